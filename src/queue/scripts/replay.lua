#!lua flags=allow-oom
-- dead, or delivered with a body that is still there → queued afresh. Asked by anybody, owner or not.
--
-- KEYS    the base of one partition
-- ARGV    items of queue, id, the most that may wait in the queue (0: no bound), hash of the ordering key where
--         `state` does not know it any more ('' : none)
-- Answer  for each item 'D' done; 'W' done, and the queue had had no work: its owner has to know; 'A' it is under way;
--         'G' its body is gone; 'U' the queue is full; 'E<text>'. Nothing was changed but after 'D' and 'W'.
--
-- Before: `state` is d<n> or k<n>, or has no field of the queue while the body lies in the partition for another.
-- After 'D': `state` is q0 with the key that it had (or is given) and Redis' time, the id is at the end of `queue:<queue>`; where
-- another delivery of its key is on its way it is p0, at the end of the key's line. No dead letter is left of it.
-- It is one of `replayed` in `counts`, and of `dead_revived` if it had been dead.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua

local base, now, replayed, revived = KEYS[1], now_ms(), 0, 0

-- Everything that will be written is read here. Gives how much waits in the queue and in the line of the key; or nil
-- and a fault.
local function read_place(queue, id, hash)
    local fresh, again = try('LLEN', queue_key(base, queue)), try('LLEN', again_key(base, queue))
    local later = try('ZCARD', retry_key(base, queue))
    local parked = try('HGET', parked_key(base), queue) or 0
    local line = hash == '' and 0 or try('LLEN', order_key(base, queue, hash))
    local fault = failure(fresh) or failure(again) or failure(later) or failure(parked) or failure(line)
        or failure(try('SCARD', ready_key(base))) or fault_of_dead(base, queue, id)
    if fault then return nil, fault end
    return fresh + again + later + parked, line
end

-- Gives true when the queue had had no work.
local function put_back(queue, id, hash, line)
    local suffix = (hash ~= '' and ':' .. hash or '') .. '@' .. now
    if hash ~= '' then call('RPUSH', order_key(base, queue, hash), id) end
    if line > 0 then
        call('HSET', state_key(base, id), queue, 'p0' .. suffix)
        call('HINCRBY', parked_key(base), queue, 1)
        return false
    end
    call('HSET', state_key(base, id), queue, 'q0' .. suffix)
    call('RPUSH', queue_key(base, queue), id)
    return call('SADD', ready_key(base), queue) == 1
end

local function replay(queue, id, most, given_hash)
    local state = try('HGET', state_key(base, id), queue)
    local letter, _, _, hash = split_state(state)
    local body = try('STRLEN', event_key(base, id))
    local fault = failure(state) or failure(body) or (state and not letter and 'no state')
    if fault then return 'E' .. fault end
    if letter and is_live(letter) then return 'A' end
    if body == 0 then return 'G' end
    if not letter then hash = given_hash end
    hash = hash or ''
    local waiting, line = read_place(queue, id, hash)
    if not waiting then return 'E' .. line end
    if most > 0 and waiting >= most then return 'U' end
    if letter == 'd' then revived = revived + remove_dead(base, queue, id) end
    replayed = replayed + 1
    return put_back(queue, id, hash, line) and 'W' or 'D'
end

local answer = {}
for item = 1, #ARGV, 4 do
    answer[#answer + 1] = replay(ARGV[item], ARGV[item + 1], tonumber(ARGV[item + 2]), ARGV[item + 3])
end
if replayed > 0 then try('HINCRBY', counts_key(base), 'replayed', replayed) end
count_letters(base, 'dead_revived', revived)
return answer
