#!lua
-- As replay.lua, for deliveries of one event whose body lies in another partition: it is laid down where it is gone.
-- Refused when Redis is out of memory (no flags), for nothing has to come in.
--
-- KEYS    the base of one partition
-- ARGV    the stored event; then items as of replay.lua, all of that event
-- Answer  as of replay.lua, but never 'G'
--
-- After 'D' and 'W', beside what replay.lua says: the body lies in this partition too.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/replay.lua

local answer = {}
for item = 2, #ARGV, 4 do
    answer[#answer + 1] = replay(ARGV[item], ARGV[item + 1], tonumber(ARGV[item + 2]), ARGV[item + 3], ARGV[1])
end
write_replayed()
return answer
