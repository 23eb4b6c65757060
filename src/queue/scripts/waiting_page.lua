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

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/seek.lua
--@include lib/state.lua
--@include lib/sight.lua
--@include lib/waiting.lua

local base, queue, place = KEYS[1], ARGV[1], ARGV[2]
local number, behind, most, head_bytes = ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])

local entries = waiting_from(base, queue, place, number, behind, most, false)
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
