-- How scripts talk to Redis. Reads before the first write go through `try`: what cannot be read is answered
-- as a fault of the one item, and nothing of that item was written.
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
