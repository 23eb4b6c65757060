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
--@include lib/owner.lua
--@include lib/partition.lua

local function save(index, queue, text)
    local fault = owner_fault(index)
    if fault then return fault end
    local key, saved = health_key(KEYS[index]), nil
    if text == '' then
        saved = try('HDEL', key, queue)
    else
        saved = try('HSET', key, queue, text)
    end
    fault = failure(saved)
    return fault and 'E' .. fault or 'A'
end

local answer = {}
for item = #KEYS + 1, #ARGV, 3 do
    answer[#answer + 1] = save(tonumber(ARGV[item]), ARGV[item + 1], ARGV[item + 2])
end
return answer
