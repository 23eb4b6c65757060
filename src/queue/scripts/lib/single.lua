-- Events that go one by one: with an id of their client, an ordering key or several deliveries, and those of a group that
-- cannot go together. `store` takes an event and gives its answer. Needs lib/state.lua, lib/dead.lua and lib/arrival.lua.

-- Whether another delivery of the same ordering key is on its way; or nil and a fault.
local function is_key_busy(base, queue, hash)
    if hash == '' then return false end
    local length = try('LLEN', order_key(base, queue, hash))
    local fault = failure(length)
    if fault then return nil, fault end
    return length > 0
end

-- Where a new delivery goes: sets `claimed`, `busy` or `full` in the plan, or none for its queue. Gives a fault.
local function choose_place(plan, id, target)
    local partition, queue, fault = plan.partition, plan.queue, nil
    plan.busy, fault = is_key_busy(partition.base, queue.name, plan.hash)
    if fault then return fault end
    plan.claimed = target.wanted and partition.owned and not queue.ready and not plan.busy
    if plan.claimed then return nil end
    local waiting
    waiting, fault = waiting_of(partition.base, queue)
    if fault then return fault end
    plan.full = target.most_waiting > 0 and waiting >= target.most_waiting
    return plan.full and fault_of_dead(partition.base, queue.name, id)
end

-- What became of the delivery earlier: sets `alive`, `dead` or `again` in the plan. Gives a fault.
local function look_back(plan, id)
    local base, queue = plan.partition.base, plan.queue.name
    local entry = entry_of(plan.partition, id)
    local state = entry and state_in(entry, queue)
    local letter = split_state(state)
    plan.dead = letter == 'd'
    plan.again = plan.dead or letter == 'k'
    plan.alive = state and not plan.again
    return plan.dead and fault_of_dead(base, queue, id) or nil
end

-- `states` is asked once in a call: a new event is written there unread.
local function fault_of_states(partition)
    partition.states = partition.states or try('HLEN', states_key(partition.base))
    return failure(partition.states)
end

-- What becomes of the delivery to a target. A delivery has a state only where its event has a body: `laid` says where this
-- one has just been given its first, and nothing has to be asked. Gives a plan, or nil and the fault.
local function plan_delivery(target, event, laid)
    if target.place == 0 then return {elsewhere = true} end
    local partition = looked_at(target.place)
    partition.fault = partition.fault or fault_of_states(partition)
    local queue = not partition.fault and queue_at(partition, target.queue)
    local fault = partition.fault or queue.fault
    if fault then return nil, fault end
    local plan = {partition = partition, queue = queue, hash = target.hash, most_dead = target.most_dead}
    fault = (not laid[partition] or partition.entries[event.id]) and look_back(plan, event.id)
    if not fault and not plan.alive then fault = choose_place(plan, event.id, target) end
    if fault then return nil, fault end
    plan.suffix = (plan.hash ~= '' and ':' .. plan.hash or '') .. (plan.again and '@' .. event.accepted_at or '')
    return plan
end

local function take_up_again(laid, id)
    for partition in pairs(laid) do call('DEL', event_key(partition.base, id)) end
end

-- Lays the body into each partition of the event, the first write. Gives a set of the partitions that had none, or nil
-- and the item's answer if it is refused; then what was laid down is taken up again.
local function lay_bodies(event)
    if event.is_laid then return {} end
    local seen, laid, body = {}, {}, event.body
    for _, target in ipairs(event.targets) do
        local partition = target.place ~= 0 and partition_at(target.place)
        if partition and not seen[partition] then
            seen[partition] = true
            local before = try('SET', event_key(partition.base, event.id), body, 'NX', 'GET')
            local fault = failure(before)
            if fault or before and before:sub(-24, -9) ~= body:sub(-24, -9) then
                take_up_again(laid, event.id)
                return nil, fault and 'E' .. fault or 'C'
            end
            if not before then laid[partition] = true end
        end
    end
    return laid
end

-- An event that is new in the partition gets its text at once, when all of its deliveries there are placed; they may
-- be thousands.
local function note_state(plan, event, state)
    local partition, name = plan.partition, plan.queue.name
    local lines = event.lines[partition]
    if lines then
        lines[#lines + 1] = name .. ' ' .. state .. plan.suffix
    else
        partition.entries[event.id] = entry_with(entry_of(partition, event.id), name, state .. plan.suffix)
    end
end

local function write_lines(event)
    for partition, lines in pairs(event.lines) do
        if lines[1] then partition.entries[event.id] = table.concat(lines, '\n') end
        event.lines[partition] = nil
    end
end

-- Letters that go because of this one may be of events that this call gave another delivery.
local function bury_on_arrival(plan, event)
    local letter = cjson.encode({event_type = event.type, reason = 'backlog_full', attempts = 0, response_code = 0,
                                 response_body = '', error = 'the queue of the endpoint was full'})
    write_lines(event)
    write_entries(plan.partition)
    put_dead(plan.partition.base, plan.queue.name, event.id, 0 .. plan.suffix, entry_of(plan.partition, event.id), letter,
             plan.most_dead, now_ms())
    count(plan.partition, 'dead')
    return 'x'
end

local function park(plan)
    if plan.queue.waiting then plan.queue.waiting = plan.queue.waiting + 1 end
    call('HINCRBY', parked_key(plan.partition.base), plan.queue.name, 1)
    return 'p'
end

-- Puts one delivery where it goes, and gives its letter.
local function place_delivery(plan, event)
    if plan.elsewhere then return 'e' end
    if plan.alive then return 'a' end
    local partition, queue, id = plan.partition, plan.queue, event.id
    if plan.dead and remove_dead(partition.base, queue.name, id) == 1 then count(partition, 'dead_revived') end
    count(partition, 'accepted')
    if plan.full then return bury_on_arrival(plan, event) end
    note_state(plan, event, plan.claimed and 'f1' or plan.busy and 'p0' or 'q0')
    if plan.hash ~= '' then call('RPUSH', order_key(partition.base, queue.name, plan.hash), id) end
    if plan.claimed then return begin_at_once(partition, queue, id) end
    return plan.busy and park(plan) or append(queue, id)
end

-- The answer for an id that is remembered.
local function recall(record, hash)
    if record:sub(2, 17) ~= hash then return 'C' end
    local _, deliveries = record:sub(18):gsub(' ', '')
    return 'D' .. deliveries .. ' ' .. record:sub(18)
end

-- Remembers the id, or gives the answer for one that is remembered already; or for a key that cannot be read.
local function remember(home, event)
    local parts = {'1' .. event.hash .. event.accepted_at}
    for _, target in ipairs(event.targets) do parts[#parts + 1] = target.queue end
    local known = try('SET', remembered_key(home.base, event.id), table.concat(parts, ' '), 'NX', 'GET', 'PX', ARGV[1])
    if not known then return nil end
    local fault = failure(known)
    if fault then return 'E' .. fault end
    local answer = recall(known, event.hash)
    -- A duplicate is counted not least because that is a write: replicas that have it have the event as well.
    if answer ~= 'C' then count(home, 'repeated') end
    return answer
end

-- Lays the bodies and plans every delivery. Gives the plans, or nil and the answer of an event that is refused, of which
-- nothing stays.
local function plan_event(event)
    local laid, refused = lay_bodies(event)
    if refused then return nil, refused end
    local plans = {}
    event.lines = {}
    for partition in pairs(laid) do
        if not partition.entries[event.id] then event.lines[partition] = {} end
    end
    for index, target in ipairs(event.targets) do
        local plan, fault = plan_delivery(target, event, laid)
        if not plan then
            take_up_again(laid, event.id)
            return nil, 'E' .. fault
        end
        plans[index] = plan
    end
    return plans
end

local function store(event)
    local home = event.hash ~= '' and partition_at(event.home)
    local known = home and remember(home, event)
    if known then return known end
    local plans, refused = plan_event(event)
    if refused then
        if home then call('DEL', remembered_key(home.base, event.id)) end
        return refused
    end
    if home then count(home, 'remembered') end
    local letters = {}
    for index, plan in ipairs(plans) do letters[index] = place_delivery(plan, event) end
    write_lines(event)
    return 'S' .. table.concat(letters)
end

-- The event of the item at `first`, and where the next begins.
local function item_at(first)
    local event = {id = ARGV[first], body = ARGV[first + 1], home = tonumber(ARGV[first + 2]), hash = ARGV[first + 3],
                   accepted_at = ARGV[first + 4], type = ARGV[first + 5], targets = {}}
    local next_item = first + 7 + 6 * ARGV[first + 6]
    for at = first + 7, next_item - 1, 6 do
        event.targets[#event.targets + 1] = {
            place = tonumber(ARGV[at]), queue = ARGV[at + 1], wanted = ARGV[at + 2] == '1', hash = ARGV[at + 3],
            most_waiting = tonumber(ARGV[at + 4]), most_dead = tonumber(ARGV[at + 5])}
    end
    return event, next_item
end
