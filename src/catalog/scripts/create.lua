#!lua
-- Puts an endpoint in. Without flags: refused while Redis is out of memory.
--
-- KEYS    endpoints, version, trail
-- ARGV    id, sealed entry, most entries; before, after, record, most records, how long they stay
-- Answer  the new version; 'X' there is one with this id; 'L' there are as many as may be; 'E<text>'
--
-- After a version as answer: the entry lies in `endpoints`, and its record in the trail. After anything else: nothing
-- was changed.

--@include lib/call.lua
--@include lib/trail.lua

local endpoints, version, trail = KEYS[1], KEYS[2], KEYS[3]
local count = try('HLEN', endpoints)
local _, version_fault = read_version(version)
local fault = failure(count) or version_fault or trail_fault(trail)
if fault then return 'E' .. fault end
if call('HEXISTS', endpoints, ARGV[1]) == 1 then return 'X' end
if count >= tonumber(ARGV[3]) then return 'L' end
call('HSET', endpoints, ARGV[1], ARGV[2])
write_record(trail, 6, ARGV[4], ARGV[5])
return call('INCR', version)
