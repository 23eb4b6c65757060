-- Reads before the first write go through `try`: a key that cannot be read is answered as a fault, and nothing
-- was written.
local call = redis.call
local try = redis.pcall

-- The text of an error reply; nil for every other reply.
local function failure(reply)
    return type(reply) == 'table' and reply.err or nil
end

-- Redis' own clock in milliseconds: deaths are dated by it as well.
local function now_ms()
    local now = call('TIME')
    return now[1] * 1000 + math.floor(now[2] / 1000)
end
