-- Dead letters: the record in `letter:<queue>|<id>`, the id in `dead` and `dead:<queue>` by the time of death, and
-- state d<attempts><suffix>, which keeps the body. `names` tells the sweep of the queue. Whoever takes letters away
-- counts them: `dead_revived`, `dead_purged`, `dead_dropped` or `dead_swept`. Needs lib/state.lua.

-- Looked at before the first write.
local function fault_of_dead(base, queue, id)
    return failure(try('ZCARD', all_dead_key(base)))
        or failure(try('ZCARD', dead_key(base, queue)))
        or failure(try('STRLEN', letter_key(base, queue, id)))
end

-- Takes a letter away; the delivery's state is the caller's affair. Gives 1, or 0 where there was none.
local function remove_dead(base, queue, id)
    call('ZREM', dead_key(base, queue), id)
    call('DEL', letter_key(base, queue, id))
    return call('ZREM', all_dead_key(base), queue .. '|' .. id)
end

-- A fault of `counts` costs the count, and nothing of the queue.
local function count_letters(base, name, letters)
    if letters > 0 then try('HINCRBY', counts_key(base), name, letters) end
end

-- Past `most` (0: no bound) the oldest of the queue go, two in a call: one more than came.
local function trim_dead(base, queue, most)
    local excess = call('ZCARD', dead_key(base, queue)) - most
    if most == 0 or excess <= 0 then return end
    local oldest = call('ZRANGE', dead_key(base, queue), 0, math.min(excess, 2) - 1)
    local dropped = 0
    for _, id in ipairs(oldest) do
        dropped = dropped + remove_dead(base, queue, id)
        if split_state((read_state(base, id, queue))) == 'd' then remove_state(base, queue, id) end
    end
    count_letters(base, 'dead_dropped', dropped)
end

-- `ended` is the state behind its letter, `entry` the text of the event as it was read, `most` a number: the bound of the
-- queue. `now` is Redis' clock in ms.
local function put_dead(base, queue, id, ended, entry, record, most, now)
    write_state(base, id, queue, 'd' .. ended, entry)
    call('SET', letter_key(base, queue, id), record)
    call('ZADD', all_dead_key(base), now, queue .. '|' .. id)
    call('ZADD', dead_key(base, queue), now, id)
    try('SADD', names_key(base), queue)
    trim_dead(base, queue, most)
end
