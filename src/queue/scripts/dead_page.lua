#!lua flags=no-writes
-- Names of dead letters, newest or oldest first.
--
-- KEYS    the base of one partition
-- ARGV    queue ('' : all of the partition); the time and the member behind which it begins ('' and '' : at the end of
--         the list; a time alone: behind all of that time); the time at which it ends ('' : never), itself not included;
--         the most; 'rising' for oldest first, else newest first
-- Answer  '1' where there is more, else '0'; then for each letter its member (the id; '<queue>|<id>' of all) and time

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/seek.lua

local queue, time, member, ends, most = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
local key = queue == '' and all_dead_key(KEYS[1]) or dead_key(KEYS[1], queue)

-- How many entries come up to this place, with the one that lies there.
local function rank_behind()
    if member == '' then return call('ZCOUNT', key, '-inf', time) end
    local rank = rank_of(key, time, member)
    local there = call('ZRANGE', key, rank, rank, 'WITHSCORES')
    return there[1] == member and tonumber(there[2]) == tonumber(time) and rank + 1 or rank
end

-- The ranks of the page, the second not included, and whether there is more.
local function falling()
    local last = time == '' and call('ZCARD', key) or rank_of(key, time, member)
    local lowest = ends == '' and 0 or call('ZCOUNT', key, '-inf', ends)
    local first = math.max(lowest, last - most)
    return first, last, first > lowest
end

local function rising()
    local first = time == '' and 0 or rank_behind()
    local highest = ends == '' and call('ZCARD', key) or call('ZCOUNT', key, '-inf', '(' .. ends)
    local last = math.min(highest, first + most)
    return first, last, last < highest
end

local goes_up = ARGV[6] == 'rising'
local first, last, more = (goes_up and rising or falling)()
local answer = {more and '1' or '0'}
if first < last then
    local found = call('ZRANGE', key, first, last - 1, 'WITHSCORES')
    local from, to, step = #found - 1, 1, -2
    if goes_up then from, to, step = 1, #found - 1, 2 end
    for index = from, to, step do
        answer[#answer + 1] = found[index]
        answer[#answer + 1] = found[index + 1]
    end
end
return answer
