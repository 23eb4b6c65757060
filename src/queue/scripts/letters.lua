#!lua flags=no-writes
-- Dead letters by their names.
--
-- KEYS    the base of one partition
-- ARGV    the bytes of an event's head; a queue whose history is looked through ('' : none); then items of queue, id
-- Answer  for each item six elements: the time of death ('' : there is no such letter), its record, and state, head and
--         time of acceptance as lib/sight.lua says; '1' where the newest 1,000 of that history have a record of the
--         delivery, else '0'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/state.lua
--@include lib/sight.lua

local base, head_bytes, answer = KEYS[1], tonumber(ARGV[1]), {}
local noted = ARGV[2] ~= '' and newest_records(history_key(base, ARGV[2]), 1000) or {}
for item = 3, #ARGV, 2 do
    local queue, id = ARGV[item], ARGV[item + 1]
    local head, time = head_and_time(base, id, head_bytes)
    for _, element in ipairs({text_or_empty(try('ZSCORE', dead_key(base, queue), id)),
                              text_or_empty(try('GET', letter_key(base, queue, id))),
                              text_or_empty((read_state(base, id, queue))), head, time,
                              noted[id] and '1' or '0'}) do
        answer[#answer + 1] = element
    end
end
return answer
