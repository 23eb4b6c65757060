#!lua flags=no-writes
-- What the counters of one partition say, and what lies in it. In one call, so that nothing moves between the two.
--
-- KEYS    the base of one partition
-- ARGV    the most queues to look at; then nothing, or a part ('ready', 'due', 'parked') and a cursor ('0' begins)
-- Answer  without a part: '1' where all that is live was counted, '0' where more queues than `most` have any and only
--         what is in flight was; the number that are live, of dead letters, of queues with work, with retries and with
--         parked ones; then name and value of each counter
--         with a part: the cursor to go on with ('-' : that was all), and the number of live ones in it
--
-- Live is what lies in a lane of a queue in `ready`, in the retries of one in `due`, in `parked`, or in `inflight`. A key
-- of the wrong kind holds nothing.

--@include lib/call.lua
--@include lib/keys.lua

local base, most = KEYS[1], tonumber(ARGV[1])

local function number_of(reply)
    return type(reply) == 'number' and reply or 0
end

local function count_lanes(queue)
    return number_of(try('LLEN', queue_key(base, queue))) + number_of(try('LLEN', again_key(base, queue)))
end
local function count_retries(queue)
    return number_of(try('ZCARD', retry_key(base, queue)))
end
local function count_parked(_, number)
    return tonumber(number) or 0
end

-- Where the queues of each part are named; what a scan gives for one of them; how many are live in one.
local parts = {
    ready = {scan = 'SSCAN', key = ready_key(base), step = 1, count = count_lanes},
    due = {scan = 'ZSCAN', key = due_key(base), step = 2, count = count_retries},
    parked = {scan = 'HSCAN', key = parked_key(base), step = 2, count = count_parked},
}

local function count_named(part, names)
    local live = 0
    for index = 1, #names, part.step do live = live + part.count(names[index], names[index + 1]) end
    return live
end

local function count_page(part, cursor)
    local scanned = try(part.scan, part.key, cursor, 'COUNT', most)
    if failure(scanned) then return {'-', '0'} end
    return {scanned[1] == '0' and '-' or scanned[1], tostring(count_named(part, scanned[2]))}
end

local function count_all()
    local queues = {number_of(try('SCARD', ready_key(base))), number_of(try('ZCARD', due_key(base))),
                    number_of(try('HLEN', parked_key(base)))}
    local whole = queues[1] + queues[2] + queues[3] <= most
    local live = number_of(try('HLEN', inflight_key(base)))
    if whole and queues[1] > 0 then live = live + count_named(parts.ready, call('SMEMBERS', ready_key(base))) end
    if whole and queues[2] > 0 then
        live = live + count_named(parts.due, call('ZRANGE', due_key(base), 0, -1, 'WITHSCORES'))
    end
    if whole and queues[3] > 0 then live = live + count_named(parts.parked, call('HGETALL', parked_key(base))) end
    local letters = number_of(try('ZCARD', all_dead_key(base)))
    return {whole and '1' or '0', live, letters, unpack(queues)}
end

if ARGV[2] then return count_page(parts[ARGV[2]], ARGV[3]) end
local answer = count_all()
for index = 2, #answer do answer[index] = tostring(answer[index]) end
local counted = try('HGETALL', counts_key(base))
for _, element in ipairs(failure(counted) and {} or counted) do answer[#answer + 1] = element end
return answer
