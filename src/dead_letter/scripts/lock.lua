#!lua flags=allow-oom
-- Takes the lock of the runner, or holds it for longer.
--
-- KEYS    the base of the jobs
-- ARGV    token, milliseconds that it lasts, '1' to take it from another
-- Answer  1: it is ours; 0: another's; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local holder = try('GET', lock_key)
local fault = failure(holder)
if fault then return 'E' .. fault end
if holder and holder ~= ARGV[1] and ARGV[3] ~= '1' then return 0 end
call('SET', lock_key, ARGV[1], 'PX', ARGV[2])
return 1
