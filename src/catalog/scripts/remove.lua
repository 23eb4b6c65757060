#!lua flags=allow-oom
-- Takes an endpoint and its standing out.
--
-- KEYS    endpoints, standings, version, trail
-- ARGV    id, queue name; before, after, record, most records, how long they stay
-- Answer  the new version; 'M' there is no such entry; 'E<text>'
--
-- After a version as answer: neither lies there any more, and the record lies in the trail. After anything else:
-- nothing was changed.

--@include lib/call.lua
--@include lib/trail.lua

local endpoints, standings, version, trail = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local present = try('HEXISTS', endpoints, ARGV[1])
local _, version_fault = read_version(version)
local fault = failure(present) or failure(try('HLEN', standings)) or version_fault or trail_fault(trail)
if fault then return 'E' .. fault end
if present == 0 then return 'M' end
call('HDEL', endpoints, ARGV[1])
call('HDEL', standings, ARGV[2])
write_record(trail, 5, ARGV[3], ARGV[4])
return call('INCR', version)
