#!lua flags=no-writes
-- All that is known of one delivery.
--
-- KEYS    the base of one partition
-- ARGV    queue, id, the most records, the bytes of the event's head ('' : the whole stored event)
-- Answer  state, note, head (or the whole) and time as lib/sight.lua says; then the newest records of it with their
--         stamps, newest first, as far as 8,192 records of the history and 4 MiB of them reach

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/state.lua
--@include lib/sight.lua

local base, queue, id, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local state, note = state_and_note(base, queue, id)
local head, time = head_and_time(base, id, tonumber(ARGV[4]) or 0) -- GETRANGE 0 -1: the whole
local answer = {state, note, head, time}
walk_history(history_key(base, queue), 0, 8192, function(stamped)
    if id_of(stamped) == id then answer[#answer + 1] = stamped end
    return #answer == 4 + most
end)
return answer
