#!lua flags=allow-oom
-- in flight → queued again, for attempts that were claimed and did not go out, or were cut by a clean stop.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then items of partition (index into KEYS), queue, id, attempt
-- Answer  for each item 'A' applied, 'S' stale, 'F' fenced, 'E<text>'
--
-- Before: the state is f<attempt>. After 'A': it is q<attempt - 1>: this attempt is not counted. The id is at the
-- head of the lane that it came from, the first item foremost; the queue is in `ready`. Its ordering key stays busy.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/inflight.lua
--@include lib/settle.lua

local function hand_back(partition, queue, id, attempt)
    local refused, suffix, _, entry = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local lane = attempt == '1' and queue_key(base, queue) or again_key(base, queue)
    local fault = failure(try('LLEN', lane)) or failure(try('SCARD', ready_key(base)))
    if fault then return 'E' .. fault end
    write_state(base, id, queue, 'q' .. attempt - 1 .. suffix, entry)
    call('LPUSH', lane, id)
    call('SADD', ready_key(base), queue)
    note_ended(partition, queue .. '|' .. id)
    return 'A'
end

local answer = {}
local first = #KEYS + 1
for item = #ARGV - 3, first, -4 do
    answer[(item - first) / 4 + 1] = hand_back(partition_at(tonumber(ARGV[item])), unpack(ARGV, item + 1, item + 3))
end
write_gathered()
return answer
