-- Groups: new events with ids of our own, each with one delivery, all of them to one queue and without an ordering key. An
-- MSET in the same transaction laid their bodies down before this script, so that none becomes a text of Lua, which would hash
-- each of its bytes. They go through in a few commands for the whole group. Needs lib/arrival.lua.
--
-- In ARGV: partition (index into KEYS), queue, '1' to put them in flight at once, most that may wait in the queue, most
-- dead letters of it (0: no bound), their types, a line each or one line for all, n; then n ids.
local group_head = 7

-- Calls `visit` with the place of each group, of its first and of its last id. Gives where the last group ends.
local function each_group(first, groups, visit)
    for _ = 1, groups do
        local first_id = first + group_head
        local last_id = first_id + tonumber(ARGV[first_id - 1]) - 1
        visit(first, first_id, last_id)
        first = last_id + 1
    end
    return first
end

-- Reads what all groups need of their queues, with one command for those of a partition.
local function read_groups(first, groups)
    local names = {}
    each_group(first, groups, function(group)
        local index = tonumber(ARGV[group])
        names[index] = names[index] or {}
        table.insert(names[index], ARGV[group + 1])
    end)
    for index, of_partition in pairs(names) do read_queues(partition_at(index), of_partition) end
end

-- Whether the store knows none of the ids; or nil and a fault.
local function are_all_new(partition, first_id, last_id)
    local known = try('HMGET', states_key(partition.base), unpack(ARGV, first_id, last_id))
    if failure(known) then return nil, failure(known) end
    for index = 1, #known do
        if known[index] then return false end
    end
    return true
end

-- Gives each event of a group its text in `states`. False, and nothing is noted, when this call has had one of them.
local function note_entries(entries, first_id, last_id, entry)
    for item = first_id, last_id do
        local id = ARGV[item]
        if entries[id] then
            for noted = first_id, item - 1 do entries[ARGV[noted]] = nil end
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
local function begin_all(partition, queue, first_id, last_id)
    local begun, mark, field = partition.begun, partition.mark, queue.name .. '|'
    local last = #begun
    for item = first_id, last_id do
        begun[last + 1], begun[last + 2] = field .. ARGV[item], mark
        last = last + 2
    end
    return ('f'):rep(last_id - first_id + 1)
end

-- All at the end of their queue when the call ends. Gives a letter for each.
local function append_all(queue, first_id, last_id)
    local fresh, was_ready = queue.fresh, queue.ready
    local last = #fresh
    for item = first_id, last_id do
        last = last + 1
        fresh[last] = ARGV[item]
    end
    if queue.waiting then queue.waiting = queue.waiting + last_id - first_id + 1 end
    queue.ready = true
    return (was_ready and 'q' or 'r') .. ('q'):rep(last_id - first_id)
end

-- Puts all events of a group where they go. Gives a letter for each, or nil when this call has had one of them.
local function put_group(partition, queue, first_id, last_id, in_flight)
    local entry = queue.name .. (in_flight and ' f1' or ' q0')
    if not note_entries(partition.entries, first_id, last_id, entry) then return nil end
    count(partition, 'accepted', last_id - first_id + 1)
    if in_flight then return begin_all(partition, queue, first_id, last_id) end
    return append_all(queue, first_id, last_id)
end

-- The bodies of what is refused go, but not one that a delivery has.
local function take_bodies_up(partition, first_id, last_id)
    for item = first_id, last_id do
        if not entry_of(partition, ARGV[item]) then try('DEL', event_key(partition.base, ARGV[item])) end
    end
end

-- Those of a group that cannot go together: `store` takes an event and gives its answer.
local function store_each(partition, group, first_id, last_id, store)
    local answers, types = {}, {}
    for type in ARGV[group + 5]:gmatch('[^\n]+') do types[#types + 1] = type end
    for item = first_id, last_id do
        local time = call('GETRANGE', event_key(partition.base, ARGV[item]), -8, -1)
        local answer = 'Ethe body of the event is not there'
        if #time == 8 then
            answer = store({
                id = ARGV[item], is_laid = true, type = types[#answers + 1] or types[1], hash = '',
                accepted_at = ('%.0f'):format((struct.unpack('>I8', time))),
                targets = {{place = tonumber(ARGV[group]), queue = ARGV[group + 1], wanted = ARGV[group + 2] == '1', hash = '',
                            most_waiting = tonumber(ARGV[group + 3]), most_dead = tonumber(ARGV[group + 4])}}})
        end
        if answer:sub(1, 1) == 'E' then take_bodies_up(partition, item, item) end
        answers[#answers + 1] = answer
    end
    return answers[2] and answers or answers[1]
end


-- Gives the answer of a group.
local function store_group(group, first_id, last_id, store)
    local partition = looked_at(tonumber(ARGV[group]))
    local queue = not partition.fault and queue_at(partition, ARGV[group + 1])
    local fault = partition.fault or queue.fault
    local are_new, in_flight, room, letters
    if not fault then are_new, fault = are_all_new(partition, first_id, last_id) end
    if are_new then
        in_flight, room, fault = room_for(partition, queue, ARGV[group + 2] == '1', tonumber(ARGV[group + 3]),
                                          last_id - first_id + 1)
    end
    if fault then
        take_bodies_up(partition, first_id, last_id)
        return 'E' .. fault
    end
    if room then letters = put_group(partition, queue, first_id, last_id, in_flight) end
    return letters and 'S' .. letters or store_each(partition, group, first_id, last_id, store)
end
