#!lua flags=no-writes
-- A piece of what is under way for an endpoint.
--
-- KEYS    the base of one partition
-- ARGV    queue; place: 'q' and 'a' (its lanes, newest first), 'r' (retries, the next first), 'i' (in flight, by id);
--         the number and the id behind which it begins ('0' and '' : at the beginning): of a lane how many
--         entries were passed, of retries the time, of what is in flight nothing; the most entries; the bytes of
--         an event's head
-- Answer  '1' where there is more, else '0'; then for each entry seven elements: id, the number to go on with behind it,
--         state, note, head and time as lib/sight.lua says, and the newest record that the newest 1,000 of the
--         history have of it ('' : none)
--
-- Of what is in flight in the partition, 16,384 entries at most are looked through.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/seek.lua
--@include lib/state.lua
--@include lib/sight.lua

local base, queue, place = KEYS[1], ARGV[1], ARGV[2]
local number, behind, most, head_bytes = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

-- How many entries of a lane, from its end, are passed: up to the one that was given last, wherever new ones have moved
-- it, else as many as then.
local function passed_of(lane)
    local length, passed = call('LLEN', lane), tonumber(number)
    if behind == '' or call('LINDEX', lane, -passed) == behind then return passed end
    local found = call('LPOS', lane, behind, 'RANK', -1, 'MAXLEN', 10000)
    return found and length - found or passed
end

local function page_of_lane(lane)
    local passed = passed_of(lane)
    local ids = call('LRANGE', lane, -passed - most - 1, -passed - 1)
    local entries = {}
    for index = #ids, 1, -1 do entries[#entries + 1] = {ids[index], passed + #entries + 1} end
    return entries
end

local function page_of_retries(key)
    local first = behind == '' and 0 or rank_of(key, number, behind .. '\0')
    local found = call('ZRANGE', key, first, first + most, 'WITHSCORES')
    local entries = {}
    for index = 1, #found, 2 do entries[#entries + 1] = {found[index], found[index + 1]} end
    return entries
end

local function page_of_inflight(key)
    local ids, cursor = {}, '0'
    for _ = 1, 16 do
        local scanned = call('HSCAN', key, cursor, 'MATCH', queue .. '|*', 'COUNT', 1024)
        for index = 1, #scanned[2], 2 do
            local id = scanned[2][index]:sub(#queue + 2)
            if #id == 22 and (behind == '' or comes_before(behind, id)) then ids[id] = true end
        end
        cursor = scanned[1]
        if cursor == '0' then break end
    end
    local entries = {}
    for id in pairs(ids) do entries[#entries + 1] = {id, 0} end
    table.sort(entries, function(one, other) return comes_before(one[1], other[1]) end)
    return entries
end

local function read_page()
    if place == 'i' then return page_of_inflight(inflight_key(base)) end
    if place == 'r' then return page_of_retries(retry_key(base, queue)) end
    return page_of_lane(place == 'a' and again_key(base, queue) or queue_key(base, queue))
end

local entries = read_page()
local newest = #entries > 0 and newest_records(history_key(base, queue), 1000) or {}
local answer = {#entries > most and '1' or '0'}
for index = 1, math.min(#entries, most) do
    local id = entries[index][1]
    local state, note = state_and_note(base, queue, id)
    local head, time = head_and_time(base, id, head_bytes)
    for _, element in ipairs({id, tostring(entries[index][2]), state, note, head, time, newest[id] or ''}) do
        answer[#answer + 1] = element
    end
end
return answer
