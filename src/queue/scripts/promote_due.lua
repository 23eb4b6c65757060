#!lua flags=allow-oom
-- retrying → queued, for retries that came due; and when the next one will.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then the most deliveries to move
-- Answer  for each key one header, then the queues that it names:
--   'F', 'E<text>'                     nothing was changed
--   '<next> <moved> <strays> <ready>'  next: ms until the partition's next retry is due, 0: now (there are
--                                      more), -1: none; ready: number of queues that follow, which had been
--                                      empty; strays: entries taken out because their state said otherwise
--
-- Before: the state is r<attempts>. After: it is q<attempts>; the id is at the end of `again:<queue>`, which
-- is in `ready`, and no more in `retry:<queue>`; `due` holds the earliest of what is left.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/owner.lua
--@include lib/partition.lua

local now = now_ms()
local left = tonumber(ARGV[#KEYS + 1])

-- The text of an event whose retry came due, as it is from now on; nil where its state is another.
local function with_retry_queued(entry, queue)
    -- Nearly always it is the only delivery, and has no suffix.
    local plain = entry:sub(1, #queue + 2) == queue .. ' r' and entry:match('^%d+$', #queue + 3)
    if plain then return queue .. ' q' .. plain end
    local letter, attempts, suffix = split_state(state_in(entry, queue))
    return letter == 'r' and entry_with(entry, queue, 'q' .. attempts .. suffix) or nil
end

-- What becomes of due ids, by what `states` says of them; nothing is written. Gives the ids that move, what is to be
-- written to `states`, and how many are strays; or nil and a fault.
local function read_due(base, queue, ids)
    local moved, states, queued = {}, {}, {}
    if #ids == 0 then return moved, states, 0 end
    local entries = try('HMGET', states_key(base), unpack(ids))
    if failure(entries) then return nil, failure(entries) end
    for index, id in ipairs(ids) do
        local before = entries[index]
        local entry = queued[before]
        -- Most retries of a queue have the same text.
        if entry == nil then
            entry = before and with_retry_queued(before, queue)
            queued[before] = entry or false
        end
        if entry then
            local last = #moved + 1
            moved[last] = id
            states[2 * last - 1], states[2 * last] = id, entry
        end
    end
    return moved, states, #ids - #moved
end

local function set_next_due(base, queue)
    local earliest = call('ZRANGE', retry_key(base, queue), 0, 0, 'WITHSCORES')
    if earliest[2] then
        call('ZADD', due_key(base), earliest[2], queue)
    else
        call('ZREM', due_key(base), queue)
    end
end

-- Moves what is due of one queue. Gives moved, strays, whether the queue had been empty.
local function promote(base, queue)
    local ids = try('ZRANGEBYSCORE', retry_key(base, queue), '-inf', now, 'LIMIT', 0, left)
    local moved, states, strays
    if not failure(ids) then moved, states, strays = read_due(base, queue, ids) end
    if not moved or failure(try('LLEN', again_key(base, queue))) then
        -- Looked at again in a minute: the other queues go on, and this one too once somebody repaired it.
        call('ZADD', due_key(base), now + 60000, queue)
        return 0, 1, false
    end
    write_all('HSET', states_key(base), states)
    write_all('RPUSH', again_key(base, queue), moved)
    -- What is due comes first there.
    if #ids > 0 then call('ZREMRANGEBYRANK', retry_key(base, queue), 0, #ids - 1) end
    set_next_due(base, queue)
    left = left - #ids
    local woken = #moved > 0 and call('SADD', ready_key(base), queue) == 1
    return #moved, strays, woken
end

local function promote_partition(base, answer)
    local queues = try('ZRANGEBYSCORE', due_key(base), '-inf', now, 'LIMIT', 0, left)
    local fault = failure(queues) or failure(try('SCARD', ready_key(base)))
    if fault then
        answer[#answer + 1] = 'E' .. fault
        return
    end
    local moved, strays, woken = 0, 0, {}
    for _, queue in ipairs(queues) do
        if left <= 0 then break end
        local more, odd, was_empty = promote(base, queue)
        moved, strays = moved + more, strays + odd
        if was_empty then woken[#woken + 1] = queue end
    end
    local earliest = call('ZRANGE', due_key(base), 0, 0, 'WITHSCORES')[2]
    local next_ms = earliest and math.max(0, earliest - now) or -1
    answer[#answer + 1] = table.concat({next_ms, moved, strays, #woken}, ' ')
    for _, queue in ipairs(woken) do answer[#answer + 1] = queue end
end

local answer = {}
for index = 1, #KEYS do
    local fault = owner_fault(index)
    if fault then
        answer[#answer + 1] = fault
    else
        promote_partition(KEYS[index], answer)
    end
end
return answer
