#!lua
-- Exchanges an endpoint's entry by compare-and-set. Without flags: refused while Redis is out of memory.
--
-- KEYS    endpoints, version, trail
-- ARGV    id, the sealed entry that the change was made from, the new one, '1' when the version moves ('0': the
--         same content under another key, which is no change and has no record); before, after, record, most records,
--         how long they stay
-- Answer  the version; 'M' there is no such entry; 'C' another entry is there; 'E<text>'
--
-- After a version as answer: the new entry lies in `endpoints`, and its record in the trail. After anything else:
-- nothing was changed.

--@include lib/call.lua
--@include lib/trail.lua

local endpoints, version, trail = KEYS[1], KEYS[2], KEYS[3]
local present = try('HGET', endpoints, ARGV[1])
local now, version_fault = read_version(version)
local fault = failure(present) or version_fault or trail_fault(trail)
if fault then return 'E' .. fault end
if not present then return 'M' end
if present ~= ARGV[2] then return 'C' end
call('HSET', endpoints, ARGV[1], ARGV[3])
if ARGV[4] == '0' then return tonumber(now) end
write_record(trail, 7, ARGV[5], ARGV[6])
return call('INCR', version)
