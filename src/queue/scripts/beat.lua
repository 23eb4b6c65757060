#!lua flags=allow-oom
-- Shows that a daemon is alive, takes away the records of those that are not, and tells who there is.
--
-- KEYS    the hash of the members
-- ARGV    the caller's id; its record ('' : it leaves); then pairs of an id and the record that was seen to stand
--         still: at most 128
-- Answer  the hash after it, as id, record, id, record, …
--
-- After: the caller's record is what it gave. Of the others only those went whose record is still the one seen:
-- whoever moved meanwhile is alive.

local members = KEYS[1]
local present = redis.pcall('HGETALL', members)
if present.err then return present end

for index = 3, #ARGV, 2 do
    local id, seen = ARGV[index], ARGV[index + 1]
    if id ~= ARGV[1] and redis.call('HGET', members, id) == seen then redis.call('HDEL', members, id) end
end
if ARGV[2] == '' then
    redis.call('HDEL', members, ARGV[1])
else
    redis.call('HSET', members, ARGV[1], ARGV[2])
end
return redis.call('HGETALL', members)
