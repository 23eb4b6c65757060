#!lua flags=allow-oom
-- Takes the records of one event out of a history.
--
-- KEYS    the base of one partition
-- ARGV    queue, id, how many records were passed at its head, the most records to look at
-- Answer  how many are gone, how many are passed now, '1' where there is more to look at, else '0'; 'E<text>'
--
-- After: the records are gone, and with them what was kept for them. A queue without a history is not in `names` unless
-- it has dead letters. New records push others away from the head, where they are met again.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/forget.lua

local base, queue, id, passed, most = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local key = history_key(base, queue)
local records, gone = try('LRANGE', key, passed, passed + most - 1), 0
local fault = failure(records)
if fault then return {'E' .. fault} end
for _, stamped in ipairs(records) do
    if stamped:sub(9, 30) == id and call('LREM', key, 1, stamped) == 1 then
        forget_record(base, queue, stamped)
        gone = gone + 1
    else
        passed = passed + 1
    end
end
if call('EXISTS', key) == 0 and try('ZCARD', dead_key(base, queue)) == 0 then try('SREM', names_key(base), queue) end
return {tostring(gone), tostring(passed), #records == most and '1' or '0'}
