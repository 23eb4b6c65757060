#!lua flags=allow-oom
-- Gives leases up: the next owner may take them at once.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token
-- Answer  for each key 'A', 'F' (another owner, or none; nothing was changed), 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local answer = {}
for index, base in ipairs(KEYS) do
    local owner = try('HGET', owner_key(base), 'token')
    if owner == ARGV[index] then
        call('DEL', owner_key(base))
        answer[index] = 'A'
    else
        local fault = failure(owner)
        answer[index] = fault and 'E' .. fault or 'F'
    end
end
return answer
