#!lua flags=allow-oom
-- Any but in flight → gone, for what waits and what is dead in a queue and was accepted up to a time. Asked by anybody,
-- owner or not.
--
-- KEYS    the base of one partition
-- ARGV    queue, the time in ms, the most entries of each place, the most parked ones; then how many
--         entries were passed at the end of each place: `queue:<queue>`, `again:<queue>`, retries, dead letters
-- Answer  how many were live, how many were dead, how many of that age are in flight and stay, '1' where every place was
--         walked to its beginning, else '0'; then how many entries are passed in each place. 'E<text>' where something
--         cannot be read; then nothing was changed.
--
-- Places are walked from where new entries come to where old ones go, so that what moves meanwhile is met again rather
-- than missed. After: as erase_event.lua says. Whether nothing is left, a walk over all that found nothing tells: between
-- calls a delivery may have come from one place to another.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/order.lua
--@include lib/erase.lua

local base, queue, until_ms, most, most_parked = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local in_flight = 0

-- What has no body any more is old: it can only end.
local function is_old(id)
    local time = try('GETRANGE', event_key(base, id), -8, -1)
    return type(time) ~= 'string' or #time ~= 8 or struct.unpack('>I8', time) <= until_ms
end

local function erase_old(id, state)
    return is_old(id) and erase_one(base, queue, id, state) == 'D'
end

-- What is parked behind the busy one of a key lies in no other place. From the end of the line, where it is cheap; those
-- before them follow as their busy one goes.
local function erase_parked(hash)
    if hash == '' or most_parked == 0 then return end
    local ids = try('LRANGE', order_key(base, queue, hash), -most_parked, -1)
    if failure(ids) then return end
    most_parked = most_parked - #ids
    for place = #ids, 1, -1 do
        local state = read_state(base, ids[place], queue)
        if split_state(state) == 'p' then erase_old(ids[place], state) end
    end
end

local function erase_waiting(id)
    local state = read_state(base, id, queue)
    local letter, _, _, hash = split_state(state)
    if letter ~= 'q' and letter ~= 'r' then return false end
    erase_parked(hash)
    return erase_old(id, state)
end

-- A letter without its delivery is in nobody's way, and would stay in the lists.
local function erase_letter(id)
    local state = read_state(base, id, queue)
    if split_state(state) == 'd' then return erase_old(id, state) end
    if state or fault_of_dead(base, queue, id) then return false end
    erased_letters = erased_letters + remove_dead(base, queue, id)
    return true
end

-- Gives how many entries are passed now, and whether that was all.
local function walk(ids, passed, erase)
    for _, id in ipairs(ids) do
        if not erase(id) then passed = passed + 1 end
    end
    return passed, #ids < most
end

local function walk_lane(key, passed)
    local ids, newest_first = call('LRANGE', key, -passed - most, -passed - 1), {}
    for place = #ids, 1, -1 do newest_first[#newest_first + 1] = ids[place] end
    return walk(newest_first, passed, erase_waiting)
end

local function walk_scores(key, passed, erase)
    return walk(call('ZRANGE', key, passed, passed + most - 1, 'REV'), passed, erase)
end

local function look_at_in_flight()
    for _, field in ipairs(call('HKEYS', inflight_key(base))) do
        if field:sub(1, #queue + 1) == queue .. '|' then
            local id = field:sub(#queue + 2)
            local _, _, _, hash = split_state((read_state(base, id, queue)))
            erase_parked(hash or '')
            if is_old(id) then in_flight = in_flight + 1 end
        end
    end
end

local fault = fault_of_places(base, queue) or failure(try('HLEN', inflight_key(base)))
if fault then return {'E' .. fault} end
local fresh, fresh_whole = walk_lane(queue_key(base, queue), tonumber(ARGV[5]))
local again, again_whole = walk_lane(again_key(base, queue), tonumber(ARGV[6]))
local later, later_whole = walk_scores(retry_key(base, queue), tonumber(ARGV[7]), erase_waiting)
local dead, dead_whole = walk_scores(dead_key(base, queue), tonumber(ARGV[8]), erase_letter)
look_at_in_flight()
if erased_live > 0 then tidy_queue(base, queue) end
if call('EXISTS', history_key(base, queue), dead_key(base, queue)) == 0 then try('SREM', names_key(base), queue) end
count_erased(base)
local whole = fresh_whole and again_whole and later_whole and dead_whole
local numbers = {erased_live, erased_letters, in_flight, whole and 1 or 0, fresh, again, later, dead}
for index, number in ipairs(numbers) do numbers[index] = tostring(number) end
return numbers
