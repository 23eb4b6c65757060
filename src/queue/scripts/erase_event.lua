#!lua flags=allow-oom
-- Any but in flight → gone, for every delivery of one event in a partition. Asked by anybody, owner or not.
--
-- KEYS    the base of one partition
-- ARGV    id, the most deliveries
-- Answer  '1' where there are more to take, else '0'; how many are in flight, and stay; then for each that is gone its
--         queue, and '1' where it was live, else '0'. 'E<text>' before the first where one cannot be read, which stays.
--
-- After: what is gone is in no place; the next of its ordering key is in `queue:<queue>`. With the last one the body is
-- gone. Live ones count as `dead` and `dead_purged`, dead ones as `dead_purged`. What is remembered of the id stays.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/order.lua
--@include lib/erase.lua

local base, id, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local answer = {'0', 0}

local function erase(queue, state)
    local fault = fault_of_places(base, queue)
    if fault then return 'E' .. fault end
    local live_before = erased_live
    local said = erase_one(base, queue, id, state)
    if said ~= 'D' then return said end
    tidy_queue(base, queue)
    answer[#answer + 1] = queue
    answer[#answer + 1] = erased_live > live_before and '1' or '0'
    most = most - 1
    return said
end

local entry = try('HGET', states_key(base), id)
local fault = failure(entry)
for queue, state in (type(entry) == 'string' and entry or ''):gmatch('([^ \n]+) ([^\n]+)') do
    if most == 0 then
        answer[1] = '1'
        break
    end
    local said = erase(queue, state)
    if said == 'F' then answer[2] = answer[2] + 1 end
    if said:sub(1, 1) == 'E' then fault = said:sub(2) end
end
-- A body that nobody refers to would stay for ever.
if not fault and call('HEXISTS', states_key(base), id) == 0 then try('DEL', event_key(base, id)) end
count_erased(base)
if fault then return {'E' .. fault} end
answer[2] = tostring(answer[2])
return answer
