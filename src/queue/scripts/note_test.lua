#!lua
-- Puts the record of a test delivery into an endpoint's history: it has no state, and whoever was asked for it
-- sends it, owner or not. Refused when Redis is out of memory (no flags): nothing waits for it.
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
