-- The beginning of every settlement: partition, queue, id and the attempt that it ends must be what `states`
-- says. Gives nil, the suffix of the state, the hash of its ordering key and the text of the event (false where it says nothing
-- but this) when the item may be settled, else what the item is answered:
--   'F' another owner, 'S' the state is not this attempt in flight (a repeat or a late copy), 'E<text>' a key
--   that cannot be read. In all of these nothing was changed.
-- Needs lib/state.lua.
local function refusal(partition, queue, id, attempt)
    if partition.fault then return partition.fault end
    local entry = try('HGET', states_key(partition.base), id)
    if entry == queue .. ' f' .. attempt then return nil, '', '', false end
    local fault = failure(entry)
    if fault then return 'E' .. fault end
    local letter, attempts, suffix, hash = split_state(entry and state_in(entry, queue))
    if letter == 'f' and attempts == tonumber(attempt) then return nil, suffix, hash, entry end
    return 'S'
end
