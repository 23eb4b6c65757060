#!lua flags=allow-oom
-- How many jobs run; what finished long ago goes. Each daemon asks once a second.
--
-- KEYS    the base of the jobs
-- Answer  how many; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/prune.lua

local running = try('ZCARD', running_key)
local fault = failure(running) or prune_fault()
if fault then return 'E' .. fault end
prune(now_ms())
return running
