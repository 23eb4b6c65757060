-- Ordering keys. `key:<queue>:<hash>` lists the live deliveries of one key, the busy one first; all behind it
-- are parked, in no lane. Needs lib/state.lua.

-- Looked at before the first write of whatever ends a delivery (delivered, dead, taken away); a retry, a hand-back
-- and a recovery leave the key busy and need none of this. `letter` is the delivery's present one.
-- Gives a plan for `end_of_key`, nil where there is no key; and a fault.
local function plan_key_end(base, queue, id, hash, letter)
    if hash == '' then return nil, nil end
    local line = order_key(base, queue, hash)
    local ids = try('LRANGE', line, 0, 64)
    local fault = failure(ids) or failure(try('HLEN', parked_key(base)))
        or failure(try('LLEN', queue_key(base, queue))) or failure(try('SCARD', ready_key(base)))
    if fault then return nil, fault end
    return {line = line, ids = ids, hash = hash, was_parked = letter == 'p', leads = ids[1] == id}
end

local function unpark(base, queue)
    if call('HINCRBY', parked_key(base), queue, -1) <= 0 then call('HDEL', parked_key(base), queue) end
end

-- The next of the key goes into `queue:<queue>`, ready. What is parked no more is passed over; 64 of those at
-- most. Gives true when the queue had had no work: its owner has to know.
local function release_next(base, queue, plan)
    for position = 2, #plan.ids do
        local id = plan.ids[position]
        local state, entry = read_state(base, id, queue)
        local letter, attempts, suffix, hash = split_state(state)
        if letter == 'p' then
            write_state(base, id, queue, 'q' .. attempts .. suffix, entry)
            call('RPUSH', queue_key(base, queue), id)
            unpark(base, queue)
            return call('SADD', ready_key(base), queue) == 1
        end
        if letter and is_live(letter) and hash == plan.hash then return false end -- it is the busy one
        call('LPOP', plan.line)
    end
    return false
end

-- Takes an ended delivery out of its key's list; the delivery's own state was written by then. Gives true when the
-- queue had had no work and has now.
local function end_of_key(base, queue, id, plan)
    if not plan then return false end
    if plan.was_parked then unpark(base, queue) end
    if not plan.leads then
        call('LREM', plan.line, 1, id)
        return false
    end
    call('LPOP', plan.line)
    return release_next(base, queue, plan)
end
