-- How scripts talk to Redis. Reads before the first write go through `try`: what cannot be read is answered
-- as a fault of the one item, and nothing of that item was written.
local ARGV, KEYS = ARGV, KEYS -- read often: a local one costs less
local call = redis.call
local try = redis.pcall

--@include lib/names.lua

-- The text of an error reply; nil for every other reply.
local function failure(reply)
    return type(reply) == 'table' and reply.err or nil
end
