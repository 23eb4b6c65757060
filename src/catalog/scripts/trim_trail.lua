#!lua flags=allow-oom
-- Takes records out that are too old or too many, also where nothing changes any more.
--
-- KEYS    trail
-- ARGV    most records, how long they stay in milliseconds
-- Answer  how many went; or 'E<text>'

--@include lib/call.lua
--@include lib/trail.lua

local trail = KEYS[1]
local fault = trail_fault(trail)
if fault then return 'E' .. fault end
local time = call('TIME')
return trim_trail(trail, tonumber(time[1]) * 1000, ARGV[1], ARGV[2])
