#!lua flags=allow-oom
-- dead, or delivered with a body that is still there → queued afresh. Asked by anybody, owner or not.
--
-- KEYS    the base of one partition
-- ARGV    items of queue, id, the most that may wait in the queue (0: no bound), hash of the ordering key where
--         `states` does not know it any more ('' : none)
-- Answer  for each item 'D' done; 'W' done, and the queue had had no work: its owner has to know; 'A' it is under way;
--         'G' its body is gone; 'U' the queue is full; 'E<text>'. Nothing was changed but after 'D' and 'W'.
--
-- Before: the state is d<n> or k<n>, or has no field of the queue while the body lies in the partition for another.
-- After 'D': the state is q0 with the key that it had (or is given) and Redis' time, the id is at the end of `queue:<queue>`; where
-- another delivery of its key is on its way it is p0, at the end of the key's line. No dead letter is left of it.
-- It is one of `replayed` in `counts`, and of `dead_revived` if it had been dead.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/replay.lua

local answer = {}
for item = 1, #ARGV, 4 do
    answer[#answer + 1] = replay(ARGV[item], ARGV[item + 1], tonumber(ARGV[item + 2]), ARGV[item + 3])
end
write_replayed()
return answer
