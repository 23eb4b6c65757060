#!lua flags=no-writes
-- A piece of what is parked for an endpoint. It lies in no place of its own: behind the busy one of its ordering key, which
-- leads it, and is in flight or waits. Those that lead are walked as waiting_page.lua does, and behind each its line.
--
-- KEYS    the base of one partition
-- ARGV    queue; the place of those that lead: 'q', 'a', 'r' or 'i'; the number and the id of the one at which it
--         begins ('0' and '' : the first); how many of its line were passed, from the end; the most entries; the bytes of
--         an event's head
-- Answer  '-' where nothing is parked for the endpoint; else '1' where there is more, or '0'; then for each entry eight elements:
--         id, number and id of the one that leads, how many of its line are passed behind the entry, state, head and time as
--         lib/sight.lua says, and the newest record that the newest 1,000 of the history have of it ('' : none). Each that
--         leads is an entry before its line, without a state; the last of a line comes first.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/seek.lua
--@include lib/state.lua
--@include lib/sight.lua
--@include lib/waiting.lua

local base, queue, place, number, from = KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local already, most, head_bytes = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
if text_or_empty(try('HGET', parked_key(base), queue)) == '' then return {'-'} end

local leaders = waiting_from(base, queue, place, number, from, most, true)
local newest = #leaders > 0 and newest_records(history_key(base, queue), 1000) or {}
local answer = {'0'}
local room = most

local function add(...)
    for index = 1, 8 do answer[#answer + 1] = (select(index, ...)) end
    room = room - 1
end

-- Gives false where the line has more than there is room for.
local function add_line(leader, its_number, passed)
    local _, _, _, hash = split_state((read_state(base, leader, queue)))
    if not hash or hash == '' then return true end
    local line = order_key(base, queue, hash)
    local length = try('LLEN', line)
    local last = failure(length) and 0 or length - 1 - passed
    local first = math.max(1, last - room + 1) -- the busy one leads
    local ids = last >= first and call('LRANGE', line, first, last) or {}
    for index = #ids, 1, -1 do
        local id = ids[index]
        passed = passed + 1
        local state = text_or_empty((read_state(base, id, queue)))
        local head, time = head_and_time(base, id, head_bytes)
        add(id, its_number, leader, tostring(passed), state, head, time, newest[id] or '')
    end
    return first <= 1
end

for _, entry in ipairs(leaders) do
    local leader, its_number = entry[1], tostring(entry[2])
    if room == 0 then
        answer[1] = '1'
        break
    end
    local passed = leader == from and already or 0
    add(leader, its_number, leader, tostring(passed), '', '', '', '')
    if not add_line(leader, its_number, passed) then
        answer[1] = '1'
        break
    end
end
return answer
