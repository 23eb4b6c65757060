-- What enqueue.lua knows of the partitions and queues that its events go to. Each is looked at once in a call; what is
-- written is gathered, and written at the end of the call. Needs lib/owner.lua.
local partitions = {}

-- Reads what all events for a partition share. `owned`: the caller's token is the owner's.
local function look_at(partition)
    local base, token = partition.base, partition.token
    partition.looked = true
    if token == '' then return end
    local owner, fault = token_of(partition.index)
    partition.in_flight = try('HLEN', inflight_key(base))
    partition.fault = fault or failure(partition.in_flight)
    partition.owned = owner == token
end

-- `entries`: the texts of `states` that the call has to write, by id; all who note one have read `states` before.
local function partition_at(index)
    local partition = partitions[index]
    if partition then return partition end
    local token = ARGV[1 + index]
    partition = {index = index, base = KEYS[index], token = token, mark = '1:' .. token, entries = {}, begun = {}, queues = {}, counted = {}}
    partitions[index] = partition
    return partition
end

local function looked_at(index)
    local partition = partition_at(index)
    if not partition.looked then look_at(partition) end
    return partition
end

-- The text of the event in `states`, what this call will write included; false where there is none.
local function entry_of(partition, id)
    local entry = partition.entries[id] or try('HGET', states_key(partition.base), id)
    return type(entry) == 'string' and entry
end

-- What all events for a queue share: `ready`, whether it has work, read once in a call and kept along; `waiting`, how
-- much waits in it, known only where somebody asked; `fresh`, the ids that are pushed when the call ends.
local function queue_at(partition, name)
    local queue = partition.queues[name]
    if queue then return queue end
    local ready = try('SMISMEMBER', ready_key(partition.base), name)
    queue = {name = name, ready = ready[1] == 1, fresh = {}, fault = failure(ready)}
    partition.queues[name] = queue
    return queue
end

local function count(partition, name, by)
    partition.counted[name] = (partition.counted[name] or 0) + (by or 1)
end

-- How much waits in a queue, what this call adds to it included. Gives nil and a fault.
local function waiting_of(base, queue)
    if queue.waiting then return queue.waiting end
    local fresh, again = try('LLEN', queue_key(base, queue.name)), try('LLEN', again_key(base, queue.name))
    local later = try('ZCARD', retry_key(base, queue.name))
    local parked = try('HGET', parked_key(base), queue.name) or 0
    local fault = failure(fresh) or failure(again) or failure(later) or failure(parked)
    if fault then return nil, fault end
    queue.waiting = fresh + again + later + parked + #queue.fresh
    return queue.waiting
end

-- In flight as attempt 1 when the call ends. Gives the letter.
local function begin_at_once(partition, queue, id)
    local begun = partition.begun
    begun[#begun + 1] = queue.name .. '|' .. id
    begun[#begun + 1] = partition.mark
    return 'f'
end

-- At the end of its queue when the call ends. Gives the letter.
local function append(queue, id)
    if queue.waiting then queue.waiting = queue.waiting + 1 end
    queue.fresh[#queue.fresh + 1] = id
    if queue.ready then return 'q' end
    queue.ready = true
    return 'r'
end

local function write_entries(partition)
    local values, last = {}, 0
    for id, entry in pairs(partition.entries) do
        values[last + 1], values[last + 2] = id, entry
        last = last + 2
    end
    local key = states_key(partition.base)
    write_fields(key, values, last >= worth_a_look and call('HLEN', key))
    partition.entries = {}
end

-- All of it was read before, so writing it cannot fail. `counts` is the one key that is written unread: a fault there
-- costs the count, and nothing of the queue.
local function write_gathered()
    for _, partition in pairs(partitions) do
        local base = partition.base
        write_entries(partition)
        for name, queue in pairs(partition.queues) do
            write_all('RPUSH', queue_key(base, name), queue.fresh)
            if #queue.fresh > 0 then call('SADD', ready_key(base), name) end
        end
        write_fields(inflight_key(base), partition.begun, partition.in_flight)
        for name, by in pairs(partition.counted) do try('HINCRBY', counts_key(base), name, by) end
    end
end
