-- What is under way for an endpoint, place by place: 'q' and 'a' (its lanes, newest first), 'r' (retries, the next first),
-- 'i' (in flight, by id). `number` and `id` name the entry that was looked at last ('0' and '' : none): of a lane how many entries
-- were passed, of retries the time, of what is in flight nothing. A walk begins behind that entry; with `again` at it,
-- where it is still there. Needs lib/seek.lua.

-- How many entries of a lane, from its end, are passed.
local function passed_of(lane, number, id, again)
    local length, passed = call('LLEN', lane), tonumber(number)
    if id == '' then return passed end
    if call('LINDEX', lane, -passed) ~= id then
        local found = call('LPOS', lane, id, 'RANK', -1, 'MAXLEN', 10000)
        if not found then return passed end
        passed = length - found
    end
    return again and passed - 1 or passed
end

local function page_of_lane(lane, number, id, most, again)
    local passed = passed_of(lane, number, id, again)
    local ids = call('LRANGE', lane, -passed - most - 1, -passed - 1)
    local entries = {}
    for index = #ids, 1, -1 do entries[#entries + 1] = {ids[index], passed + #entries + 1} end
    return entries
end

local function page_of_retries(key, number, id, most, again)
    local first = id == '' and 0 or rank_of(key, number, again and id or id .. '\0')
    local found = call('ZRANGE', key, first, first + most, 'WITHSCORES')
    local entries = {}
    for index = 1, #found, 2 do entries[#entries + 1] = {found[index], found[index + 1]} end
    return entries
end

-- Of what is in flight in the partition, 16,384 entries at most are looked through.
local function page_of_inflight(key, queue, behind, again)
    local ids, cursor = {}, '0'
    for _ = 1, 16 do
        local scanned = call('HSCAN', key, cursor, 'MATCH', queue .. '|*', 'COUNT', 1024)
        for index = 1, #scanned[2], 2 do
            local id = scanned[2][index]:sub(#queue + 2)
            local wanted = behind == '' or comes_before(behind, id) or (again and id == behind)
            if #id == 22 and wanted then ids[id] = true end
        end
        cursor = scanned[1]
        if cursor == '0' then break end
    end
    local entries = {}
    for id in pairs(ids) do entries[#entries + 1] = {id, 0} end
    table.sort(entries, function(one, other) return comes_before(one[1], other[1]) end)
    return entries
end

-- Pairs of an id and its number; more than `most` where there is more.
local function waiting_from(base, queue, place, number, id, most, again)
    if place == 'i' then return page_of_inflight(inflight_key(base), queue, id, again) end
    if place == 'r' then return page_of_retries(retry_key(base, queue), number, id, most, again) end
    local lane = place == 'a' and again_key(base, queue) or queue_key(base, queue)
    return page_of_lane(lane, number, id, most, again)
end
