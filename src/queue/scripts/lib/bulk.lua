-- Groups: new events, each with one delivery, all of them to one queue and without an ordering key. They go through in a
-- few commands for the whole group. Needs lib/arrival.lua.
--
-- In ARGV: partition (index into KEYS), queue, '1' to put them in flight at once, most that may wait in the queue, most
-- dead letters of it (0: no bound), n; then n times id, stored event, type.

-- The bodies that the call has to write, each behind its key.
local bodies = {}

-- Whether the partition knows none of them; or nil and a fault.
local function are_new(partition, ids)
    local known = try('HMGET', states_key(partition.base), unpack(ids))
    local fault = failure(known)
    if fault then return nil, fault end
    local seen = {}
    for index, id in ipairs(ids) do
        if known[index] or partition.entries[id] or seen[id] then return false end
        seen[id] = true
    end
    return true
end

-- Whether the whole group goes in flight, and whether it may wait instead; or nil, nil and a fault.
local function room_for(partition, queue, wanted, most_waiting, events)
    if wanted and partition.owned and not queue.ready then return true, true end
    local waiting, fault = waiting_of(partition.base, queue)
    if fault then return nil, nil, fault end
    return false, most_waiting == 0 or waiting + events <= most_waiting
end

-- Gives a letter for each.
local function put_group(partition, queue, first, events, in_flight)
    local letters, entry = {}, queue.name .. (in_flight and ' f1' or ' q0')
    for event = 1, events do
        local item = first + 3 * (event - 1)
        local id = ARGV[item]
        bodies[#bodies + 1] = event_key(partition.base, id)
        bodies[#bodies + 1] = ARGV[item + 1]
        partition.entries[id] = entry
        letters[event] = in_flight and begin_at_once(partition, queue, id) or append(queue, id)
    end
    count(partition, 'accepted', events)
    return table.concat(letters)
end

-- The time of acceptance in ms, which a stored event ends with.
local function accepted_at(body) return ('%.0f'):format((struct.unpack('>I8', body:sub(-8)))) end

-- Those of a group that cannot go together: `store` takes an event and gives its answer.
local function store_each(first, store)
    local answers = {}
    for item = first + 6, first + 3 + 3 * ARGV[first + 5], 3 do
        answers[#answers + 1] = store({
            id = ARGV[item], body = ARGV[item + 1], type = ARGV[item + 2], hash = '',
            accepted_at = accepted_at(ARGV[item + 1]),
            targets = {{place = tonumber(ARGV[first]), queue = ARGV[first + 1], wanted = ARGV[first + 2] == '1', hash = '',
                        most_waiting = tonumber(ARGV[first + 3]), most_dead = tonumber(ARGV[first + 4])}}})
    end
    return answers[2] and answers or answers[1]
end

-- Stores the group at `first`. Gives its answer, and where the next begins.
local function store_group(first, store)
    local events = tonumber(ARGV[first + 5])
    local next_group = first + 6 + 3 * events
    local partition = looked_at(tonumber(ARGV[first]))
    local queue = not partition.fault and queue_at(partition, ARGV[first + 1])
    local fault = partition.fault or queue.fault
    if fault then return 'E' .. fault, next_group end
    local ids = {}
    for event = 1, events do ids[event] = ARGV[first + 3 + 3 * event] end
    local new, in_flight, room
    new, fault = are_new(partition, ids)
    if new then
        in_flight, room, fault = room_for(partition, queue, ARGV[first + 2] == '1', tonumber(ARGV[first + 3]), events)
    end
    if fault then return 'E' .. fault, next_group end
    if not new or not room then return store_each(first, store), next_group end
    return 'S' .. put_group(partition, queue, first + 6, events, in_flight), next_group
end

