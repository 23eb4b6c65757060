#!lua flags=allow-oom
-- Shows that the owner is alive: moves the beat of its leases.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token
-- Answer  for each key 'A', 'F' (another owner; nothing was changed), 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/owner.lua
--@include lib/partition.lua

local answer = {}
for index, base in ipairs(KEYS) do
    answer[index] = owner_fault(index)
    if not answer[index] then
        local fault = failure(try('INCR', beat_key(base)))
        answer[index] = fault and 'E' .. fault or 'A'
    end
end
return answer
