-- The beginning of every settlement: partition, queue, id and the attempt that it ends must be what `state`
-- says. Answers nil when the item may be settled, else what the item is answered:
--   'F' another owner, 'S' the state is not this attempt in flight (a repeat or a late copy), 'E<text>' a key
--   that cannot be read. In all of these nothing was changed.
local function refusal(partition, queue, id, attempt)
    if partition.fault then return partition.fault end
    local state = try('HGET', state_key(partition.base, id), queue)
    if state == 'f' .. attempt then return nil end
    local fault = failure(state)
    return fault and 'E' .. fault or 'S'
end
