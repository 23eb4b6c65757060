-- Groups: new events, each with one delivery, all of them to one queue and without an ordering key. They go through in a
-- few commands for the whole group. Needs lib/groups.lua and lib/arrival.lua.
--
-- In ARGV: partition (index into KEYS), queue, '1' to put them in flight at once, most that may wait in the queue, most
-- dead letters of it (0: no bound), n; then n times id, stored event, type.

-- The bodies that the call has to write, each behind its key.
local bodies = {}

-- The keys of the bodies by the places of their events in ARGV, and whether none of them is there.
local body_keys, all_are_new = {}, true

-- Reads what all groups need, with one command for all bodies and one for the queues of a partition.
local function read_groups(first, groups)
    local names, keys = {}, {}
    walk_groups(first, groups, 6, function(group, events)
        local index = tonumber(ARGV[group])
        names[index] = names[index] or {}
        table.insert(names[index], ARGV[group + 1])
        local prefix = event_key(KEYS[index], '')
        for item = group + 6, group + 3 + 3 * events, 3 do
            body_keys[item] = prefix .. ARGV[item]
            keys[#keys + 1] = body_keys[item]
        end
    end)
    for index, of_partition in pairs(names) do read_queues(partition_at(index), of_partition) end
    for at = 1, #keys, 4000 do
        all_are_new = all_are_new and call('EXISTS', unpack(keys, at, math.min(at + 3999, #keys))) == 0
    end
end

-- Whether the store knows none of the events, nor has this call had them.
local function are_new(partition, first, events)
    local seen = {}
    for item = first, first + 3 * (events - 1), 3 do
        local id = ARGV[item]
        if partition.entries[id] or seen[id] then return false end
        seen[id] = true
    end
    return all_are_new
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
        bodies[#bodies + 1] = body_keys[item]
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
local function store_each(group, events, store)
    local answers = {}
    for item = group + 6, group + 3 + 3 * events, 3 do
        answers[#answers + 1] = store({
            id = ARGV[item], body = ARGV[item + 1], type = ARGV[item + 2], hash = '',
            accepted_at = accepted_at(ARGV[item + 1]),
            targets = {{place = tonumber(ARGV[group]), queue = ARGV[group + 1], wanted = ARGV[group + 2] == '1', hash = '',
                        most_waiting = tonumber(ARGV[group + 3]), most_dead = tonumber(ARGV[group + 4])}}})
    end
    return answers[2] and answers or answers[1]
end

-- Gives the answer of a group.
local function store_group(group, events, store)
    local partition = looked_at(tonumber(ARGV[group]))
    local queue = not partition.fault and queue_at(partition, ARGV[group + 1])
    local fault = partition.fault or queue.fault
    if fault then return 'E' .. fault end
    local in_flight, room
    local new = are_new(partition, group + 6, events)
    if new then
        in_flight, room, fault = room_for(partition, queue, ARGV[group + 2] == '1', tonumber(ARGV[group + 3]), events)
    end
    if fault then return 'E' .. fault end
    if not new or not room then return store_each(group, events, store) end
    return 'S' .. put_group(partition, queue, group + 6, events, in_flight)
end
