-- Groups that were not put straight in flight beside the script (lib/straight.lua), or had something in their way. Writes are gathered for
-- all groups of a partition. Needs lib/arrival.lua.

-- How many a group has in ARGV before its first id: queue, '1' to put them in flight at once, most that may wait in the queue, most dead
-- letters of it (0: no bound), their types, a line each or one line for all, n.
local group_head = 6

local function group_at(first)
    return {queue = ARGV[first - 6], wanted = ARGV[first - 5] == '1', most_waiting = tonumber(ARGV[first - 4]),
            most_dead = tonumber(ARGV[first - 3]), types = ARGV[first - 2], first = first, last = first + ARGV[first - 1] - 1}
end

-- Whether the store knows none of the ids; or nil and a fault.
local function are_all_new(partition, group)
    local known = try('HMGET', states_key(partition.base), unpack(ARGV, group.first, group.last))
    if failure(known) then return nil, failure(known) end
    for index = 1, #known do
        if known[index] then return false end
    end
    return true
end

-- Gives each event of a group its text in `states`. False, and nothing is noted, when this call has had one of them.
local function note_entries(entries, group, entry)
    for item = group.first, group.last do
        local id = ARGV[item]
        if entries[id] then
            for noted = group.first, item - 1 do entries[ARGV[noted]] = nil end
            return false
        end
        entries[id] = entry
    end
    return true
end

-- Whether the whole group goes in flight, and whether it may wait instead; or nil, nil and a fault.
local function room_for(partition, queue, group)
    if group.wanted and partition.owned and not queue.ready then return true, true end
    local waiting, fault = waiting_of(partition.base, queue)
    if fault then return nil, nil, fault end
    return false, group.most_waiting == 0 or waiting + group.last - group.first + 1 <= group.most_waiting
end

-- All in flight as attempt 1 when the call ends. Gives a letter for each.
local function begin_all(partition, queue, group)
    local begun, mark, field = partition.begun, partition.mark, queue.name .. '|'
    local last = #begun
    for item = group.first, group.last do
        begun[last + 1], begun[last + 2] = field .. ARGV[item], mark
        last = last + 2
    end
    return ('f'):rep(group.last - group.first + 1)
end

-- All at the end of their queue when the call ends. Gives a letter for each.
local function append_all(queue, group)
    local fresh, was_ready = queue.fresh, queue.ready
    local last = #fresh
    for item = group.first, group.last do
        last = last + 1
        fresh[last] = ARGV[item]
    end
    if queue.waiting then queue.waiting = queue.waiting + group.last - group.first + 1 end
    queue.ready = true
    return (was_ready and 'q' or 'r') .. ('q'):rep(group.last - group.first)
end

-- Puts all events of a group where they go. Gives a letter for each, or nil when this call has had one of them.
local function put_group(partition, queue, group, in_flight)
    local entry = queue.name .. (in_flight and ' f1' or ' q0')
    if not note_entries(partition.entries, group, entry) then return nil end
    count(partition, 'accepted', group.last - group.first + 1)
    if in_flight then return begin_all(partition, queue, group) end
    return append_all(queue, group)
end

-- The bodies of what is refused go, but not one that a delivery has.
local function take_bodies_up(partition, first, last)
    for item = first, last do
        if not entry_of(partition, ARGV[item]) then try('DEL', event_key(partition.base, ARGV[item])) end
    end
end

-- Those of a group that cannot go together: `store` takes an event and gives its answer.
local function store_each(index, group, store)
    local answers, types, base = {}, {}, KEYS[index]
    for type in group.types:gmatch('[^\n]+') do types[#types + 1] = type end
    for item = group.first, group.last do
        local time = call('GETRANGE', event_key(base, ARGV[item]), -8, -1)
        local answer = 'Ethe body of the event is not there'
        if #time == 8 then
            answer = store({
                id = ARGV[item], is_laid = true, type = types[#answers + 1] or types[1], hash = '',
                accepted_at = ('%.0f'):format((struct.unpack('>I8', time))),
                targets = {{place = index, queue = group.queue, wanted = group.wanted, hash = '',
                            most_waiting = group.most_waiting, most_dead = group.most_dead}}})
        end
        if answer:sub(1, 1) == 'E' then take_bodies_up(looked_at(index), item, item) end
        answers[#answers + 1] = answer
    end
    return answers[2] and answers or answers[1]
end

-- Gives the answer of a group.
local function store_group(index, first, store)
    local group, partition = group_at(first), looked_at(index)
    local queue = not partition.fault and queue_at(partition, group.queue)
    local fault = partition.fault or queue.fault
    local are_new, in_flight, room, letters
    if not fault then are_new, fault = are_all_new(partition, group) end
    if are_new then in_flight, room, fault = room_for(partition, queue, group) end
    if fault then
        take_bodies_up(partition, group.first, group.last)
        return 'E' .. fault
    end
    if room then letters = put_group(partition, queue, group, in_flight) end
    return letters and 'S' .. letters or store_each(index, group, store)
end
