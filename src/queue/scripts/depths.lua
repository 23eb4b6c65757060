#!lua flags=no-writes
-- What lies in queues, for the metrics. Changes nothing.
--
-- KEYS    the bases of the partitions
-- ARGV    items of partition (index into KEYS), queue
-- Answer  for each item three elements: waiting (queued, due, retrying and parked), dead, and since when the oldest
--         delivery at the heads of its lanes waits: its event's acceptance or its last replay, in ms as eight
--         bytes, as at the end of a stored event ('' : none);
--         or 'E<text>', '', ''

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua

-- Big-endian numbers of one length compare as texts do.
local function oldest_of(base, queue, ids)
    local oldest = ''
    for _, id in ipairs(ids) do
        local _, _, _, _, since = split_state((read_state(base, id, queue)))
        local time = since and struct.pack('>I8', tonumber(since)) or try('GETRANGE', event_key(base, id), -8, -1)
        if type(time) == 'string' and time ~= '' and (oldest == '' or time < oldest) then oldest = time end
    end
    return oldest
end

local function heads(base, queue)
    local ids = {}
    for _, id in ipairs({call('LINDEX', queue_key(base, queue), 0), call('LINDEX', again_key(base, queue), 0),
                         call('ZRANGE', retry_key(base, queue), 0, 0)[1]}) do
        ids[#ids + 1] = id or nil
    end
    return ids
end

local function depth(base, queue)
    local fresh = try('LLEN', queue_key(base, queue))
    local again = try('LLEN', again_key(base, queue))
    local later = try('ZCARD', retry_key(base, queue))
    local parked = try('HGET', parked_key(base), queue) or 0
    local dead = try('ZCARD', dead_key(base, queue))
    local fault = failure(fresh) or failure(again) or failure(later) or failure(parked) or failure(dead)
    if fault then return 'E' .. fault, '', '' end
    return tostring(fresh + again + later + parked), tostring(dead), oldest_of(base, queue, heads(base, queue))
end

local answer = {}
for item = 1, #ARGV, 2 do
    local waiting, dead, oldest = depth(KEYS[tonumber(ARGV[item])], ARGV[item + 1])
    answer[#answer + 1] = waiting
    answer[#answer + 1] = dead
    answer[#answer + 1] = oldest
end
return answer
