-- Groups: new events, each with one delivery, all of them to one queue and without an ordering key. They go through in a
-- few commands for the whole group. Needs lib/groups.lua and lib/arrival.lua.
--
-- In ARGV: partition (index into KEYS), queue, '1' to put them in flight at once, most that may wait in the queue, most
-- dead letters of it (0: no bound), n; then n times id, stored event, type.

-- The bodies that the call has to write, each behind its key.
local bodies, last_body = {}, 0

-- The keys of the bodies by the places of their events in ARGV, and whether none of them is there.
local body_keys, all_are_new = {}, true

-- Reads what all groups need, with one command for all bodies and one for the queues of a partition.
local function read_groups(first, groups)
    local names, keys, last = {}, {}, 0
    walk_groups(first, groups, 6, function(group, events)
        local index = tonumber(ARGV[group])
        names[index] = names[index] or {}
        table.insert(names[index], ARGV[group + 1])
        local prefix = event_key(KEYS[index], '')
        for item = group + 6, group + 3 + 3 * events, 3 do
            local key = prefix .. ARGV[item]
            last = last + 1
            body_keys[item], keys[last] = key, key
        end
    end)
    for index, of_partition in pairs(names) do read_queues(partition_at(index), of_partition) end
    for at = 1, #keys, 4000 do
        all_are_new = all_are_new and call('EXISTS', unpack(keys, at, math.min(at + 3999, #keys))) == 0
    end
end

-- Gives each event of a group its text in `states`. False, and nothing is noted, when this call has had one of them.
local function note_entries(entries, first, events, entry)
    for item = first, first + 3 * (events - 1), 3 do
        local id = ARGV[item]
        if entries[id] then
            for noted = first, item - 3, 3 do entries[ARGV[noted]] = nil end
            return false
        end
        entries[id] = entry
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

-- All in flight as attempt 1 when the call ends. Gives a letter for each.
local function begin_all(partition, queue, first, events)
    local begun, mark, field = partition.begun, partition.mark, queue.name .. '|'
    local last = #begun
    for item = first, first + 3 * (events - 1), 3 do
        begun[last + 1], begun[last + 2] = field .. ARGV[item], mark
        last = last + 2
    end
    return ('f'):rep(events)
end

-- All at the end of their queue when the call ends. Gives a letter for each.
local function append_all(queue, first, events)
    local fresh = queue.fresh
    local last, was_ready = #fresh, queue.ready
    for item = first, first + 3 * (events - 1), 3 do
        last = last + 1
        fresh[last] = ARGV[item]
    end
    if queue.waiting then queue.waiting = queue.waiting + events end
    queue.ready = true
    return (was_ready and 'q' or 'r') .. ('q'):rep(events - 1)
end

-- Puts all events of a group where they go. Gives a letter for each, or nil when this call has had one of them.
local function put_group(partition, queue, first, events, in_flight)
    if not note_entries(partition.entries, first, events, queue.name .. (in_flight and ' f1' or ' q0')) then return nil end
    for item = first, first + 3 * (events - 1), 3 do
        bodies[last_body + 1], bodies[last_body + 2] = body_keys[item], ARGV[item + 1]
        last_body = last_body + 2
    end
    count(partition, 'accepted', events)
    return in_flight and begin_all(partition, queue, first, events) or append_all(queue, first, events)
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
    local in_flight, room, letters
    if all_are_new then
        in_flight, room, fault = room_for(partition, queue, ARGV[group + 2] == '1', tonumber(ARGV[group + 3]), events)
    end
    if fault then return 'E' .. fault end
    if room then letters = put_group(partition, queue, group + 6, events, in_flight) end
    return letters and 'S' .. letters or store_each(group, events, store)
end
