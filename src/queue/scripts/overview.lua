#!lua flags=no-writes
-- What lies in the queues of one partition, for people.
--
-- KEYS    the base of one partition
-- ARGV    queues
-- Answer  for each queue five elements: waiting (queued, due, retrying and parked), in flight (0 where more than 4,096
--         are in the whole partition), dead, the acceptance of the oldest at the heads of its lanes (8 bytes; '' :
--         none), and the health that its owner saved; or 'E<text>' and four empty ones

--@include lib/call.lua
--@include lib/keys.lua

local base = KEYS[1]

local function count_inflight()
    local by_queue = {}
    local length = try('HLEN', inflight_key(base))
    if failure(length) or length > 4096 then return by_queue end
    for _, field in ipairs(call('HKEYS', inflight_key(base))) do
        local queue = field:match('^(.*)|') or ''
        by_queue[queue] = (by_queue[queue] or 0) + 1
    end
    return by_queue
end

-- Big-endian numbers of one length, compared as numbers.
local function oldest_at_heads(queue)
    local oldest, oldest_time = '', nil
    for _, id in ipairs({call('LINDEX', queue_key(base, queue), 0) or '', call('LINDEX', again_key(base, queue), 0) or '',
                         call('ZRANGE', retry_key(base, queue), 0, 0)[1] or ''}) do
        local bytes = id ~= '' and try('GETRANGE', event_key(base, id), -8, -1)
        if type(bytes) == 'string' and #bytes == 8 then
            local time = struct.unpack('>I8', bytes)
            if not oldest_time or time < oldest_time then oldest, oldest_time = bytes, time end
        end
    end
    return oldest
end

local in_flight = count_inflight()

local function overview(queue)
    local fresh, again = try('LLEN', queue_key(base, queue)), try('LLEN', again_key(base, queue))
    local later, dead = try('ZCARD', retry_key(base, queue)), try('ZCARD', dead_key(base, queue))
    local parked, health = try('HGET', parked_key(base), queue) or 0, try('HGET', health_key(base), queue) or ''
    local fault = failure(fresh) or failure(again) or failure(later) or failure(dead) or failure(parked)
        or failure(health)
    if fault then return {'E' .. fault, '', '', '', ''} end
    return {tostring(fresh + again + later + parked), tostring(in_flight[queue] or 0), tostring(dead),
            oldest_at_heads(queue), health}
end

local answer = {}
for _, queue in ipairs(ARGV) do
    for _, element in ipairs(overview(queue)) do answer[#answer + 1] = element end
end
return answer
