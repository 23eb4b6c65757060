-- How scripts talk to Redis. Reads before the first write go through `try`: what cannot be read is answered
-- as a fault of the one item, and nothing of that item was written.
local ARGV, KEYS = ARGV, KEYS -- read often: a local one costs less
local call = redis.call
local try = redis.pcall

-- The text of an error reply; nil for every other reply.
local function failure(reply)
    return type(reply) == 'table' and reply.err or nil
end

-- Redis' own clock in milliseconds. Schedules are counted in nothing else.
local function now_ms()
    local now = call('TIME')
    return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- One command, or several: Lua's stack ends at 8,000 values. Commands of pairs stay whole.
local function write_many(command, values)
    for first = 1, #values, 4000 do call(command, unpack(values, first, math.min(first + 3999, #values))) end
end

-- The same for the gathered values of one key.
local function write_all(command, key, values)
    for first = 1, #values, 4000 do call(command, key, unpack(values, first, math.min(first + 3999, #values))) end
end
