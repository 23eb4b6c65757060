-- Taking a delivery away with all that is known of it, whatever its state but in flight: that one is its sender's until
-- it has ended. One that was live counts as a death and a purge, so that the accounts add up. Needs lib/keys.lua,
-- lib/state.lua, lib/dead.lua and lib/order.lua.
local erased_live, erased_letters = 0, 0

-- Looked at before the first write to a queue.
local function fault_of_places(base, queue)
    return failure(try('LLEN', queue_key(base, queue))) or failure(try('LLEN', again_key(base, queue)))
        or failure(try('ZCARD', retry_key(base, queue))) or failure(try('ZCARD', due_key(base)))
        or failure(try('SCARD', ready_key(base))) or failure(try('HLEN', parked_key(base)))
        or failure(try('ZCARD', dead_key(base, queue)))
end

-- A lane is searched from its end, and the other where it is not in the likelier one.
local function take_out(base, queue, id, letter, attempts)
    if letter == 'r' then
        call('ZREM', retry_key(base, queue), id)
    elseif letter == 'q' then
        local likely, other = queue_key(base, queue), again_key(base, queue)
        if attempts > 0 then likely, other = other, likely end
        if call('LREM', likely, -1, id) == 0 then call('LREM', other, -1, id) end
    end
end

-- Parked ones are taken from the end of their line, which may be long.
local function leave_line(base, queue, id, plan)
    if not plan then return end
    unpark(base, queue)
    call('LREM', plan.line, -1, id)
end

-- Gives 'D' done, 'F' it is in flight, 'E<text>'; nothing was changed but after 'D'. the state is what was read of it.
local function erase_one(base, queue, id, state)
    local letter, attempts, _, hash = split_state(state)
    if not letter then return 'Eno state' end
    if letter == 'f' then return 'F' end
    local live, plan, fault = is_live(letter), nil, nil
    if live then plan, fault = plan_key_end(base, queue, id, hash, letter) end
    fault = fault or fault_of_dead(base, queue, id) or remove_state(base, queue, id)
    if fault then return 'E' .. fault end
    if live then
        take_out(base, queue, id, letter, attempts)
        if letter == 'p' then
            leave_line(base, queue, id, plan)
        else
            end_of_key(base, queue, id, plan)
        end
        erased_live = erased_live + 1
    elseif letter == 'd' then
        erased_letters = erased_letters + remove_dead(base, queue, id)
    end
    return 'D'
end

-- After what was taken out of a queue: its places in the indices.
local function tidy_queue(base, queue)
    local earliest = call('ZRANGE', retry_key(base, queue), 0, 0, 'WITHSCORES')[2]
    if earliest then
        call('ZADD', due_key(base), earliest, queue)
    else
        call('ZREM', due_key(base), queue)
    end
    if call('LLEN', queue_key(base, queue)) + call('LLEN', again_key(base, queue)) == 0 then
        call('SREM', ready_key(base), queue)
    end
end

local function count_erased(base)
    if erased_live > 0 then try('HINCRBY', counts_key(base), 'dead', erased_live) end
    count_letters(base, 'dead_purged', erased_live + erased_letters)
end
