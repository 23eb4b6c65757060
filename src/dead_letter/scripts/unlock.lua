#!lua flags=allow-oom
-- Gives the lock of the runner back.
--
-- KEYS    the base of the jobs
-- ARGV    token
-- Answer  1: it was ours, and is free; 0: it was not ours, nothing was changed; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local holder = try('GET', lock_key)
local fault = failure(holder)
if fault then return 'E' .. fault end
if holder ~= ARGV[1] then return 0 end
call('DEL', lock_key)
return 1
