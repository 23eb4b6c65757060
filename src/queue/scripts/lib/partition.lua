-- The partitions that a call of an owner names: KEYS are their bases, ARGV[1 .. #KEYS] the tokens that the
-- caller believes to hold. Each is looked at once, when its first item comes; its writes that many items
-- share (`states`, `inflight`, `counts`) are gathered and made at the end, one call each. `gone`: ids whose text in `states`
-- goes; `in_flight`: how many were in `inflight`.
local partitions = {}

-- Fills `partition.fault` with 'F' (another token: the caller is fenced) or 'E<text>'.
local function look_at(partition, token)
    local base = partition.base
    local owner = try('HGET', owner_key(base), 'token')
    if owner ~= token then
        local fault = failure(owner)
        partition.fault = fault and 'E' .. fault or 'F'
        return
    end
    partition.in_flight = try('HLEN', inflight_key(base))
    local fault = failure(partition.in_flight)
    partition.fault = fault and 'E' .. fault
end

-- ARGV[index] may be empty for a partition that is in the call without being owned: it answers 'F'.
local function partition_at(index)
    local partition = partitions[index]
    if partition then return partition end
    local base = KEYS[index]
    partition = {base = base, ended = {}, begun = {}, gone = {}, counted = {}}
    partitions[index] = partition
    look_at(partition, ARGV[index])
    return partition
end

local function count(partition, name, by)
    partition.counted[name] = (partition.counted[name] or 0) + (by or 1)
end

-- `inflight` gets or loses an entry when the call ends.
local function note_begun(partition, field, attempt, token)
    local begun = partition.begun
    begun[#begun + 1] = field
    begun[#begun + 1] = attempt .. ':' .. token
end
local function note_ended(partition, field)
    partition.ended[#partition.ended + 1] = field
end

-- The gathered writes. `states` and `inflight` were read before, so writing them cannot fail. `counts` is the one key that is
-- written unread: a fault there costs the count, and nothing of the queue.
local function write_gathered()
    for _, partition in pairs(partitions) do
        write_all('HDEL', states_key(partition.base), partition.gone)
        write_all('HDEL', inflight_key(partition.base), partition.ended)
        if partition.begun[1] then
            write_fields(inflight_key(partition.base), partition.begun, partition.in_flight - #partition.ended)
        end
        for name, by in pairs(partition.counted) do try('HINCRBY', counts_key(partition.base), name, by) end
    end
end
