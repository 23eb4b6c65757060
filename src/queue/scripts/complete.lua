#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; n; n times partition (index into KEYS), queue, id, attempt, record for the
--         history ('' : none), most records of that history; then claims as lib/claim.lua says
-- Answer  for each item 'A' applied, 'AW' applied and the queue, which had no work, has the next of the key now,
--         'S' stale, 'F' fenced, 'E<text>'; then as lib/claim.lua says
--
-- Before: `state` is f<attempt>. After 'A': the delivery is one of `delivered` in `counts`, and in no key but the
-- history; with the last delivery of the event in this partition, dead and kept ones included, the body is
-- gone. Where the record keeps the body, `state` is k<attempt> until the record goes. The next delivery
-- of its ordering key is queued.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/partition.lua
--@include lib/order.lua
--@include lib/history.lua
--@include lib/settle.lua
--@include lib/claim.lua

local function complete(partition, queue, id, attempt, record, most)
    local refused, suffix, hash = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local turn, fault = plan_key_end(base, queue, id, hash, 'f')
    if fault then return 'E' .. fault end
    if keeps_body(record) then
        call('HSET', state_key(base, id), queue, 'k' .. attempt .. suffix)
    else
        fault = remove_state(base, queue, id)
        if fault then return 'E' .. fault end
    end
    note_ended(partition, queue .. '|' .. id)
    count(partition, 'delivered')
    note_attempt(base, queue, record, most)
    return end_of_key(base, queue, id, turn) and 'AW' or 'A'
end

local answer = {}
local first = #KEYS + 2
local items = tonumber(ARGV[first - 1])
for item = first, first + 6 * items - 1, 6 do
    answer[#answer + 1] = complete(partition_at(tonumber(ARGV[item])), unpack(ARGV, item + 1, item + 5))
end
claim_all(first + 6 * items, answer)
write_gathered()
write_noted()
return answer
