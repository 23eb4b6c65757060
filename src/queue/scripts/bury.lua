#!lua flags=allow-oom
-- in flight → dead.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then items of partition (index into KEYS), queue, id, attempt,
--         counter ('dead' or 'expired'), record
-- Answer  for each item 'A' applied, 'S' stale, 'F' fenced, 'E<text>'
--
-- Before: `state` is f<attempt>. After 'A': `state` is d<attempt>; the record lies in `letter:<queue>|<id>`, the id in
-- `dead` and `dead:<queue>` by the time of death; the body stays, for this field of `state` holds it.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/partition.lua
--@include lib/settle.lua

local now = now_ms()

local function bury(partition, queue, id, attempt, counter, record)
    local refused = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base, name = partition.base, queue .. '|' .. id
    local fault = failure(try('STRLEN', letter_key(base, queue, id))) or failure(try('ZCARD', all_dead_key(base)))
        or failure(try('ZCARD', dead_key(base, queue)))
    if fault then return 'E' .. fault end
    call('HSET', state_key(base, id), queue, 'd' .. attempt)
    call('SET', letter_key(base, queue, id), record)
    call('ZADD', all_dead_key(base), now, name)
    call('ZADD', dead_key(base, queue), now, id)
    note_ended(partition, name)
    count(partition, counter)
    return 'A'
end

local answer = {}
for item = #KEYS + 1, #ARGV, 6 do
    answer[#answer + 1] = bury(partition_at(tonumber(ARGV[item])), unpack(ARGV, item + 1, item + 5))
end
write_gathered()
return answer
