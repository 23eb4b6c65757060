#!lua
-- Puts a record into an endpoint's history, of an attempt that has no state: that of a test delivery, which whoever was asked for
-- it sends, owner or not; or of one that ended as its history had just gone. Refused when Redis is out of memory (no flags): nothing
-- waits for it.
--
-- KEYS    the base of the partition
-- ARGV    queue, record, most records of that history
-- Answer  'A'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/history.lua
--@include lib/forget.lua
--@include lib/noted.lua

note_attempt(KEYS[1], ARGV[1], ARGV[2], ARGV[3])
write_noted()
return 'A'
