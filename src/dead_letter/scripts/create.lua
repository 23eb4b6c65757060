#!lua flags=allow-oom
-- A job begins. Allowed without memory: purging frees some.
--
-- KEYS    the base of the jobs
-- ARGV    id, what it is (JSON), its progress (JSON), the named ones (JSON, or ''), most running
-- Answer  when it was made, milliseconds of Redis' clock; 'L' as many are running as may be; 'E<text>'
--
-- After a time as answer: the job lies in `job:<id>`, `all` and `running`. A repeat with the same id changes nothing.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/prune.lua

local id = ARGV[1]
local created_at, running = try('HGET', job_key(id), 'created_at'), try('ZCARD', running_key)
local sequence = try('GET', sequence_key)
local fault = failure(created_at) or failure(running) or failure(sequence) or prune_fault()
if not fault and sequence and not string.match(sequence, '^%d+$') then fault = 'the sequence is no number' end
if fault then return 'E' .. fault end
if created_at then return tonumber(created_at) end
if running >= tonumber(ARGV[5]) then return 'L' end

local now = now_ms()
local number = call('INCR', sequence_key)
call('HSET', job_key(id), 'made', ARGV[2], 'progress', ARGV[3], 'created_at', now)
if ARGV[4] ~= '' then call('HSET', job_key(id), 'named', ARGV[4]) end
call('ZADD', all_key, number, id)
call('ZADD', running_key, number, id)
prune(now)
return now
