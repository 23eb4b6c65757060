#!lua flags=no-writes
-- Jobs, newest first, without the letters that they name.
--
-- KEYS    the base of the jobs
-- ARGV    the sequence number before which to begin ('+inf': the newest), most (up to 256)
-- Answer  for each its number, id, what it is, progress, when it was made; 'E<text>'

--@include lib/call.lua
--@include lib/keys.lua

local before = ARGV[1] == '+inf' and '+inf' or '(' .. ARGV[1]
local found = try('ZREVRANGEBYSCORE', all_key, before, '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local fault = failure(found)
if fault then return 'E' .. fault end
local answer = {}
for index = 1, #found, 2 do
    local fields = try('HMGET', job_key(found[index]), 'made', 'progress', 'created_at')
    if failure(fields) then fields = {} end
    answer[#answer + 1] = found[index + 1]
    answer[#answer + 1] = found[index]
    for field = 1, 3 do
        answer[#answer + 1] = fields[field] or ''
    end
end
return answer
