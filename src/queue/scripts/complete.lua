#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; n; n times partition (index into KEYS), queue, id, attempt;
--         then claims as lib/claim.lua says
-- Answer  for each item 'A' applied, 'S' stale, 'F' fenced, 'E<text>'; then as lib/claim.lua says
--
-- Before: `state` is f<attempt>. After 'A': the delivery is in no key but as one of `delivered` in `counts`;
-- with the last delivery of the event in this partition, dead ones included, the body is gone.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/partition.lua
--@include lib/settle.lua
--@include lib/claim.lua

local function complete(partition, queue, id, attempt)
    local refused = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local removed
    if call('HLEN', state_key(base, id)) == 1 then
        removed = try('DEL', state_key(base, id), event_key(base, id))
    else
        removed = try('HDEL', state_key(base, id), queue)
    end
    local fault = failure(removed)
    if fault then return 'E' .. fault end
    note_ended(partition, queue .. '|' .. id)
    count(partition, 'delivered')
    return 'A'
end

local answer = {}
local first = #KEYS + 2
local items = tonumber(ARGV[first - 1])
for item = first, first + 4 * items - 1, 4 do
    answer[#answer + 1] = complete(partition_at(tonumber(ARGV[item])), ARGV[item + 1], ARGV[item + 2], ARGV[item + 3])
end
claim_all(first + 4 * items, answer)
write_gathered()
return answer
