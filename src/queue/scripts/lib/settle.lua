-- The beginning of every settlement: partition, queue, id and the attempt that it ends must be what `states`
-- says. Gives nil, the suffix of the state, the hash of its ordering key and the text of the event when the item may be
-- settled, else what the item is answered:
--   'F' another owner, 'S' the state is not this attempt in flight (a repeat or a late copy), 'E<text>' a key
--   that cannot be read. In all of these nothing was changed.
-- Needs lib/state.lua.
local function refusal(partition, queue, id, attempt)
    if partition.fault then return partition.fault end
    local state, entry = read_state(partition.base, id, queue)
    if state == 'f' .. attempt then return nil, '', '', entry end
    local fault = failure(state)
    if fault then return 'E' .. fault end
    local letter, attempts, suffix, hash = split_state(state)
    if letter == 'f' and attempts == tonumber(attempt) then return nil, suffix, hash, entry end
    return 'S'
end
