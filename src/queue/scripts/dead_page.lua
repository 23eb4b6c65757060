#!lua flags=no-writes
-- Names of dead letters, newest first.
--
-- KEYS    the base of one partition
-- ARGV    queue ('' : all of the partition); the time and the member before which it begins ('' and '' : at the newest;
--         a time alone: before that time); the time at which it ends ('' : never), itself not included; the most
-- Answer  '1' where there is more, else '0'; then for each letter its member (the id; '<queue>|<id>' of all) and time

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/seek.lua

local queue, time, member, ends, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local key = queue == '' and all_dead_key(KEYS[1]) or dead_key(KEYS[1], queue)

local last = time == '' and call('ZCARD', key) or rank_of(key, time, member)
local lowest = ends == '' and 0 or call('ZCOUNT', key, '-inf', ends)
local first = math.max(lowest, last - most)
local answer = {first > lowest and '1' or '0'}
if first < last then
    local found = call('ZRANGE', key, first, last - 1, 'WITHSCORES')
    for index = #found - 1, 1, -2 do
        answer[#answer + 1] = found[index]
        answer[#answer + 1] = found[index + 1]
    end
end
return answer
