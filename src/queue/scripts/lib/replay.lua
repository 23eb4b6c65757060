-- What replay.lua and replay_with_body.lua do with each of their items. Sets `replayed` and `revived`, which
-- `write_replayed` counts. Needs lib/keys.lua, lib/state.lua and lib/dead.lua.

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

-- `entry` is the text of the event as it was read. Gives true when the queue had had no work.
local function put_back(queue, id, hash, line, entry)
    local suffix = (hash ~= '' and ':' .. hash or '') .. '@' .. now
    if hash ~= '' then call('RPUSH', order_key(base, queue, hash), id) end
    if line > 0 then
        write_state(base, id, queue, 'p0' .. suffix, entry)
        call('HINCRBY', parked_key(base), queue, 1)
        return false
    end
    write_state(base, id, queue, 'q0' .. suffix, entry)
    call('RPUSH', queue_key(base, queue), id)
    return call('SADD', ready_key(base), queue) == 1
end

-- `stored` is the event, to be laid down where its body is gone; nil: then the item is refused.
local function replay(queue, id, most, given_hash, stored)
    local state, entry = read_state(base, id, queue)
    local letter, _, _, hash = split_state(state)
    local body = try('STRLEN', event_key(base, id))
    local fault = failure(state) or failure(body) or (state and not letter and 'no state')
    if fault then return 'E' .. fault end
    if letter and is_live(letter) then return 'A' end
    if body == 0 and not stored then return 'G' end
    if not letter then hash = given_hash end
    hash = hash or ''
    local waiting, line = read_place(queue, id, hash)
    if not waiting then return 'E' .. line end
    if most > 0 and waiting >= most then return 'U' end
    if letter == 'd' then revived = revived + remove_dead(base, queue, id) end
    replayed = replayed + 1
    if body == 0 then call('SET', event_key(base, id), stored) end
    return put_back(queue, id, hash, line, entry) and 'W' or 'D'
end

local function write_replayed()
    if replayed > 0 then try('HINCRBY', counts_key(base), 'replayed', replayed) end
    count_letters(base, 'dead_revived', revived)
end
