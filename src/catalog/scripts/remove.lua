#!lua flags=allow-oom
-- Takes an endpoint and its standing out.
--
-- KEYS    endpoints, standings, version
-- ARGV    id, queue name
-- Answer  the new version; 'M' there is no such entry; 'E<text>'
--
-- After a version as answer: neither lies there any more. After anything else: nothing was changed.

--@include lib/call.lua

local endpoints, standings, version = KEYS[1], KEYS[2], KEYS[3]
local present = try('HEXISTS', endpoints, ARGV[1])
local _, version_fault = read_version(version)
local fault = failure(present) or failure(try('HLEN', standings)) or version_fault
if fault then return 'E' .. fault end
if present == 0 then return 'M' end
call('HDEL', endpoints, ARGV[1])
call('HDEL', standings, ARGV[2])
return call('INCR', version)
