#!lua flags=no-writes
-- The ids of the jobs that run, oldest first.
--
-- KEYS    the base of the jobs
-- ARGV    most
-- Answer  the ids; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local ids = try('ZRANGE', running_key, 0, ARGV[1] - 1)
local fault = failure(ids)
return fault and 'E' .. fault or ids
