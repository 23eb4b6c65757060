#!lua flags=no-writes
-- The deliveries that are parked behind another of their ordering key, the last first.
--
-- KEYS    the base of one partition
-- ARGV    queue, the id of the busy one, how many were passed at the end, the most
-- Answer  '1' where there is more, else '0'; then their ids

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua

local base, queue, passed, most = KEYS[1], ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4])
local _, _, _, hash = split_state((read_state(base, ARGV[2], queue)))
if not hash or hash == '' then return {'0'} end
local line = order_key(base, queue, hash)
local length = try('LLEN', line)
if failure(length) then return {'0'} end
local last = length - 1 - passed
local first = math.max(1, last - most + 1) -- the busy one leads
local answer = {first > 1 and '1' or '0'}
if last < 1 then return answer end
local ids = call('LRANGE', line, first, last)
for place = #ids, 1, -1 do answer[#answer + 1] = ids[place] end
return answer
