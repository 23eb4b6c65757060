#!lua flags=allow-oom
-- Writes the record of a change that is made elsewhere. A purge must be possible while Redis is out of memory, and
-- none is made without its record, hence the flag; the trail is bounded.
--
-- KEYS    trail
-- ARGV    before, after (JSON or ''), record (JSON), most records, how long they stay in milliseconds
-- Answer  how many records there are; or 'E<text>'
--
-- After a number as answer: it lies in the trail. A repeat writes a second one.

--@include lib/call.lua
--@include lib/trail.lua

local trail = KEYS[1]
local fault = trail_fault(trail)
if fault then return 'E' .. fault end
write_record(trail, 3, ARGV[1], ARGV[2])
return call('XLEN', trail)
