#!lua flags=allow-oom
-- Takes the oldest records of a history, for an endpoint that is gone.
--
-- KEYS    the base of one partition
-- ARGV    queue, the most records
-- Answer  '1' where there is more, else '0'
--
-- After: the records are gone, and with them what was kept for them. A queue without a history is not in `names` unless
-- it has dead letters.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/forget.lua

local base, queue = KEYS[1], ARGV[1]
local key = history_key(base, queue)
for _, stamped in ipairs(call('RPOP', key, ARGV[2]) or {}) do forget_record(base, queue, stamped) end
if call('EXISTS', key) == 1 then return '1' end
if try('ZCARD', dead_key(base, queue)) == 0 then try('SREM', names_key(base), queue) end
return '0'
