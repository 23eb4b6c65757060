#!lua flags=allow-oom
-- queued or retrying → dead, for what waits no longer. Asked by anybody, owner or not.
--
-- KEYS    the base of one partition
-- ARGV    queue, counter ('dead' or 'expired'), the most dead letters of the queue (0: no bound), the number of entries
--         at the head of `again:<queue>` that were looked at and stay; then items of place ('q' or 'a' a lane, 'r'
--         the retries), id, state as it was read, record
-- Answer  for each item 'A' applied, 'S' it is in another state by now, 'E<text>'
--
-- Before: the state is as given: q<n> or r<n>. After 'A': it is d<n> with its letter, and in neither lane nor retries;
-- the next of its ordering key is in `queue:<queue>`. Entries that stay are at the end of `again:<queue>`, so
-- that the next call looks at others.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/order.lua

local base, queue, counter, most_dead = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local lanes = {q = queue_key(base, queue), a = again_key(base, queue)}
local now, ended = now_ms(), 0

local function fault_of_places()
    return failure(try('LLEN', lanes.q)) or failure(try('LLEN', lanes.a))
        or failure(try('ZCARD', retry_key(base, queue))) or failure(try('ZCARD', due_key(base)))
        or failure(try('SCARD', ready_key(base)))
end

local function take_out(place, id)
    if place == 'r' then
        call('ZREM', retry_key(base, queue), id)
    else
        call('LREM', lanes[place], 1, id)
    end
end

local function end_one(place, id, was, record)
    local state, entry = read_state(base, id, queue)
    if state ~= was then
        local fault = failure(state)
        return fault and 'E' .. fault or 'S'
    end
    local letter, attempts, suffix, hash = split_state(was)
    if letter ~= 'q' and letter ~= 'r' then return 'S' end
    local plan, fault = plan_key_end(base, queue, id, hash, letter)
    fault = fault or fault_of_dead(base, queue, id)
    if fault then return 'E' .. fault end
    take_out(place, id)
    put_dead(base, queue, id, attempts .. suffix, entry, record, most_dead, now)
    end_of_key(base, queue, id, plan)
    ended = ended + 1
    return 'A'
end

local function set_next_due()
    local earliest = call('ZRANGE', retry_key(base, queue), 0, 0, 'WITHSCORES')[2]
    if earliest then
        call('ZADD', due_key(base), earliest, queue)
    else
        call('ZREM', due_key(base), queue)
    end
end

local function tidy(stay)
    if stay < call('LLEN', lanes.a) then
        for _ = 1, stay do call('LMOVE', lanes.a, lanes.a, 'LEFT', 'RIGHT') end
    end
    if ended == 0 then return end
    set_next_due()
    if call('LLEN', lanes.q) + call('LLEN', lanes.a) == 0 then call('SREM', ready_key(base), queue) end
    try('HINCRBY', counts_key(base), counter, ended)
end

local answer = {}
local fault = fault_of_places()
for item = 5, #ARGV, 4 do
    answer[#answer + 1] = fault and 'E' .. fault or end_one(unpack(ARGV, item, item + 3))
end
if not fault then tidy(tonumber(ARGV[4])) end
return answer
