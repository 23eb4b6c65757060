#!lua flags=allow-oom
-- in flight → dead.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then items of partition (index into KEYS), queue, id, attempt,
--         counter ('dead' or 'expired'), dead letter, most dead letters of the queue (0: no bound), record for the
--         history ('' : none), most records of that history
-- Answer  for each item 'A' applied, 'AW' applied and the queue, which had no work, has the next of the key now,
--         'S' stale, 'F' fenced, 'E<text>'
--
-- Before: the state is f<attempt>. After 'A': it is d<attempt>; the letter lies in `letter:<queue>|<id>`, the id in
-- `dead` and `dead:<queue>` by the time of death; the body stays, for this state holds it. Past the
-- most, the oldest of the queue are gone, two for each item at most. The next delivery of its ordering key is
-- queued.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/inflight.lua
--@include lib/order.lua
--@include lib/dead.lua
--@include lib/history.lua
--@include lib/forget.lua
--@include lib/noted.lua
--@include lib/settle.lua

local now = now_ms()

local function bury(partition, queue, id, attempt, counter, letter, most_dead, record, most)
    local refused, suffix, hash, entry = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local turn, fault = plan_key_end(base, queue, id, hash, 'f')
    fault = fault or fault_of_dead(base, queue, id)
    if fault then return 'E' .. fault end
    put_dead(base, queue, id, attempt .. suffix, entry, letter, tonumber(most_dead), now)
    note_ended(partition, queue .. '|' .. id)
    count(partition, counter)
    note_attempt(base, queue, record, most)
    return end_of_key(base, queue, id, turn) and 'AW' or 'A'
end

local answer = {}
for item = #KEYS + 1, #ARGV, 9 do
    answer[#answer + 1] = bury(partition_at(tonumber(ARGV[item])), unpack(ARGV, item + 1, item + 8))
end
write_gathered()
write_noted()
return answer
