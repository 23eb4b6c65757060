#!lua flags=allow-oom
-- Keeps a text for a queue (the state of its endpoint's circuit) for whoever owns the partition next.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then items of partition (index into KEYS), queue, text ('' : none)
-- Answer  for each item 'A' applied, 'F' fenced, 'E<text>'
--
-- After 'A': `health` has the text for the queue, or nothing for it.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/partition.lua

local function save(partition, queue, text)
    if partition.fault then return partition.fault end
    local saved
    if text == '' then
        saved = try('HDEL', health_key(partition.base), queue)
    else
        saved = try('HSET', health_key(partition.base), queue, text)
    end
    local fault = failure(saved)
    return fault and 'E' .. fault or 'A'
end

local answer = {}
for item = #KEYS + 1, #ARGV, 3 do
    answer[#answer + 1] = save(partition_at(tonumber(ARGV[item])), ARGV[item + 1], ARGV[item + 2])
end
return answer
