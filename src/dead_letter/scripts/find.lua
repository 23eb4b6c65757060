#!lua flags=no-writes
-- One job.
--
-- KEYS    the base of the jobs
-- ARGV    id
-- Answer  what it is, progress, when it was made, the named ones; nil for each that is not there; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local fields = try('HMGET', job_key(ARGV[1]), 'made', 'progress', 'created_at', 'named')
local fault = failure(fields)
return fault and 'E' .. fault or fields
