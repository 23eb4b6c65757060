#!lua flags=allow-oom
-- Shows that the owner is alive: moves the beat of its leases.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token
-- Answer  for each key 'A', 'F' (another owner; nothing was changed), 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local answer = {}
for index, base in ipairs(KEYS) do
    local owner = try('HGET', owner_key(base), 'token')
    if owner == ARGV[index] then
        call('HINCRBY', owner_key(base), 'beat', 1)
        answer[index] = 'A'
    else
        local fault = failure(owner)
        answer[index] = fault and 'E' .. fault or 'F'
    end
end
return answer
