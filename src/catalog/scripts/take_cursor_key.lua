#!lua flags=allow-oom
-- The key that lists' cursors are signed with: made once, and the same for every daemon from then on. The catalog
-- is not read without it, also where Redis is out of memory, hence the flag.
--
-- KEYS    cursor_key
-- ARGV    a fresh one
-- Answer  {the key}; or 'E<text>'

--@include lib/call.lua

local known = try('GET', KEYS[1])
local fault = failure(known)
if fault then return 'E' .. fault end
if not known then
    call('SET', KEYS[1], ARGV[1])
    known = ARGV[1]
end
return {known}
