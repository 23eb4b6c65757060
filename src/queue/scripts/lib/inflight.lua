-- Partitions whose `inflight` a call changes: the entries of many items are gathered, as are what they count, and written at
-- the end. Needs lib/partition.lua.
local partitions = {}

-- `fault` is that of its owner, or of `inflight`; `in_flight`: how many were there.
local function partition_at(index)
    local partition = partitions[index]
    if partition then return partition end
    local base = KEYS[index]
    partition = {base = base, fault = owner_fault(index), ended = {}, begun = {}, counted = {}}
    partitions[index] = partition
    if not partition.fault then
        partition.in_flight = try('HLEN', inflight_key(base))
        local fault = failure(partition.in_flight)
        partition.fault = fault and 'E' .. fault
    end
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

-- The gathered writes. `inflight` was read before, so writing it cannot fail. `counts` is the one key that is
-- written unread: a fault there costs the count, and nothing of the queue.
local function write_gathered()
    for _, partition in pairs(partitions) do
        write_all('HDEL', inflight_key(partition.base), partition.ended)
        if partition.begun[1] then
            write_fields(inflight_key(partition.base), partition.begun, partition.in_flight - #partition.ended)
        end
        for name, by in pairs(partition.counted) do try('HINCRBY', counts_key(partition.base), name, by) end
    end
end
