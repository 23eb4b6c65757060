#!lua flags=allow-oom
-- Keeps the progress of a job that runs.
--
-- KEYS    the base of the jobs
-- ARGV    the token of the lock, id, progress (JSON), '1' when it ended
-- Answer  1; 0 when the lock is another's, or no such job runs; 'E<text>'
--
-- After 1 with '1': the job left `running`, lies in `finished`, and names no letters any more. After anything but 1:
-- nothing was changed.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/prune.lua

local id = ARGV[2]
local lock, running = try('GET', lock_key), try('ZSCORE', running_key, id)
local fault = failure(lock) or failure(running) or failure(try('HLEN', job_key(id))) or prune_fault()
if fault then return 'E' .. fault end
if lock ~= ARGV[1] or not running then return 0 end

call('HSET', job_key(id), 'progress', ARGV[3])
if ARGV[4] == '1' then
    local now = now_ms()
    call('ZREM', running_key, id)
    call('HDEL', job_key(id), 'named')
    call('ZADD', finished_key, now, id)
    prune(now)
end
return 1
