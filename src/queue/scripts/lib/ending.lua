-- The end of one delivery by success, of whatever kind: with an ordering key, of an event with more deliveries, kept with its
-- body for the history. Needs lib/inflight.lua, lib/settle.lua and lib/order.lua.

-- Gives the answer; the caller notes the record when that begins with 'A'.
local function complete_one(partition, queue, id, attempt, record)
    local refused, suffix, hash, entry = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local turn, fault = plan_key_end(base, queue, id, hash, 'f')
    if fault then return 'E' .. fault end
    if (record:byte(32) or 0) % 16 == 1 then -- as lib/history.lua has it: the body stays with the record
        write_state(base, id, queue, 'k' .. attempt .. suffix, entry)
    else
        fault = remove_state(base, queue, id)
        if fault then return 'E' .. fault end
    end
    note_ended(partition, queue .. '|' .. id)
    count(partition, 'delivered')
    return end_of_key(base, queue, id, turn) and 'AW' or 'A'
end
