#!lua flags=allow-oom
-- in flight → retrying.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then items of partition (index into KEYS), queue, id, attempt, delay in
--         ms, record for the history ('' : none), most records of that history
-- Answer  for each item 'A' applied, 'S' stale, 'F' fenced, 'E<text>'
--
-- Before: the state is f<attempt>. After 'A': it is r<attempt>; the id is in `retry:<queue>` at Redis' time plus
-- the delay, and `due` knows the earliest of that queue. Its ordering key stays busy.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/inflight.lua
--@include lib/history.lua
--@include lib/forget.lua
--@include lib/noted.lua
--@include lib/settle.lua

local now = now_ms()

local function retry_later(partition, queue, id, attempt, delay, record, most)
    local refused, suffix, _, entry = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local fault = failure(try('ZCARD', due_key(base)))
    local due = now + delay
    fault = fault or failure(try('ZADD', retry_key(base, queue), due, id)) -- the first write: where it fails, nothing was changed
    if fault then return 'E' .. fault end
    write_state(base, id, queue, 'r' .. attempt .. suffix, entry)
    call('ZADD', due_key(base), 'LT', due, queue)
    note_ended(partition, queue .. '|' .. id)
    count(partition, 'retried')
    note_attempt(base, queue, record, most)
    return 'A'
end

local answer = {}
for item = #KEYS + 1, #ARGV, 7 do
    answer[#answer + 1] = retry_later(partition_at(tonumber(ARGV[item])), unpack(ARGV, item + 1, item + 6))
end
write_gathered()
write_noted()
return answer
