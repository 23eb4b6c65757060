#!lua flags=no-writes
-- Dead letters by their names.
--
-- KEYS    the base of one partition
-- ARGV    the bytes of an event's head; then items of queue, id
-- Answer  for each item five elements: the time of death ('' : there is no such letter), its record, and state, head and
--         time of acceptance as lib/sight.lua says

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/sight.lua

local base, head_bytes, answer = KEYS[1], tonumber(ARGV[1]), {}
for item = 2, #ARGV, 2 do
    local queue, id = ARGV[item], ARGV[item + 1]
    local head, time = head_and_time(base, id, head_bytes)
    for _, element in ipairs({text_or_empty(try('ZSCORE', dead_key(base, queue), id)),
                              text_or_empty(try('GET', letter_key(base, queue, id))),
                              text_or_empty(try('HGET', state_key(base, id), queue)), head, time}) do
        answer[#answer + 1] = element
    end
end
return answer
