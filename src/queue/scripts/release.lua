#!lua flags=allow-oom
-- Gives leases up: the next owner may take them at once.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token
-- Answer  for each key 'A', 'F' (another owner, or none; nothing was changed), 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/owner.lua
--@include lib/partition.lua

local answer = {}
for index, base in ipairs(KEYS) do
    answer[index] = owner_fault(index)
    if not answer[index] then
        call('DEL', token_key(base), beat_key(base), holder_key(base))
        answer[index] = 'A'
    end
end
return answer
