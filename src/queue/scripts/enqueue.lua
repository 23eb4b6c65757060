#!lua
-- new → queued, or straight → in flight; parked where its ordering key is busy, dead where its queue is full.
-- Stores events, each whole or not at all. Refused when Redis is out of memory (no flags).
--
-- KEYS  the bases of all partitions named by the items
-- ARGV  deduplication window in ms; for each key the caller's token ('' where it owns nothing); then items of
--       id, stored event, home partition, content hash ('' : not remembered), accepted_at in ms, type, n, and n times
--       partition, queue, '1' to put it in flight at once, hash of the ordering key ('' : none), most that may
--       wait in the queue, most dead letters of it (0: no bound)
--       (partitions are indices into KEYS; 0: the delivery lies in another partition and is written by another
--       call, which on a Cluster is another server's; it is only remembered here)
-- Answer, one element for each item:
--   'S<letters>'  stored; a letter for each delivery:
--                 f in flight as attempt 1, q queued, r queued and the queue had been empty, p parked,
--                 x dead on arrival: as much waits in the queue as may, a alive already, e elsewhere
--   'D<n> <accepted_at> <queue>...'  remembered with the same content, with n deliveries; nothing but a count was changed
--   'C'           this id has other content, remembered or still in the store; nothing was changed
--   'E<text>'     a key of the item cannot be read; nothing was changed
--
-- Before: any. After 'S': every delivery of the event has a `state`, its body lies in each of the partitions,
-- and it is in its queue (which is in `ready`) or in `inflight`, or parked, or a dead letter; with an ordering
-- key it is in the line of that key, unless it is dead. A delivery that died earlier, or was delivered and is
-- kept, starts afresh, and its age counts from now.
-- A delivery goes in flight only when it is wanted, the token is the owner's, and the queue has no work
-- waiting: nothing is overtaken. A record outlives neither window nor need: past the window an id is as new,
-- but while its body is in the store other content under that id is a conflict.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua

local window = ARGV[1]
local partitions = {}

-- Reads what all items of a partition share. `owned`: the caller's token is the owner's.
local function look_at(partition)
    local base, token = partition.base, partition.token
    partition.looked = true
    if token == '' then return end
    local owner = try('HGET', owner_key(base), 'token')
    partition.fault = failure(owner) or failure(try('HLEN', inflight_key(base)))
    partition.owned = owner == token
end

local function partition_at(index)
    local partition = partitions[index]
    if partition then return partition end
    partition = {base = KEYS[index], token = ARGV[1 + index], begun = {}, queues = {}, counted = {}}
    partitions[index] = partition
    return partition
end

-- What all items for a queue share: `ready`, whether it has work, read once in a call and kept along; `waiting`, how
-- much waits in it, known only where somebody asked; `fresh`, the ids that are pushed when the call ends.
local function queue_at(partition, name)
    local queue = partition.queues[name]
    if queue then return queue end
    local ready = try('SISMEMBER', ready_key(partition.base), name)
    queue = {name = name, ready = ready == 1, fresh = {}}
    queue.fault = failure(ready)
    partition.queues[name] = queue
    return queue
end

local function count(partition, name)
    partition.counted[name] = (partition.counted[name] or 0) + 1
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

-- Whether another delivery of the same ordering key is on its way; or nil and a fault.
local function is_key_busy(base, queue, hash)
    if hash == '' then return false end
    local length = try('LLEN', order_key(base, queue, hash))
    local fault = failure(length)
    if fault then return nil, fault end
    return length > 0
end

-- Where a new delivery goes: sets `claimed`, `busy` or `full` in the plan, or none for its queue. Gives a fault.
local function choose_place(plan, id, wanted, most_waiting)
    local partition, queue, fault = plan.partition, plan.queue, nil
    plan.busy, fault = is_key_busy(partition.base, queue.name, plan.hash)
    if fault then return fault end
    plan.claimed = wanted and partition.owned and not queue.ready and not plan.busy
    if plan.claimed then return nil end
    local waiting
    waiting, fault = waiting_of(partition.base, queue)
    if fault then return fault end
    plan.full = most_waiting > 0 and waiting >= most_waiting
    return plan.full and fault_of_dead(partition.base, queue.name, id)
end

-- What became of the delivery earlier: sets `alive`, `dead` or `again` in the plan. Gives a fault.
local function look_back(plan, id)
    local base, queue = plan.partition.base, plan.queue.name
    local state = try('HGET', state_key(base, id), queue)
    local fault = failure(state)
    if fault then return fault end
    local letter = split_state(state)
    plan.dead = letter == 'd'
    plan.again = plan.dead or letter == 'k'
    plan.alive = state and not plan.again
    return plan.dead and fault_of_dead(base, queue, id) or nil
end

-- What becomes of the delivery whose arguments begin at `item`. A delivery has a state only where its event has a
-- body: `laid` says where this one has just been given its first, and nothing has to be asked. Gives a plan, or
-- nil and the fault.
local function plan_delivery(item, id, laid, accepted_at)
    if ARGV[item] == '0' then return {name = ARGV[item + 1], elsewhere = true} end
    local partition = partition_at(tonumber(ARGV[item]))
    if not partition.looked then look_at(partition) end
    local queue = queue_at(partition, ARGV[item + 1])
    local plan = {partition = partition, queue = queue, name = queue.name, hash = ARGV[item + 3],
                  most_dead = tonumber(ARGV[item + 5]), is_new = laid[partition]}
    local fault = partition.fault or queue.fault or not plan.is_new and look_back(plan, id)
    if not fault and not plan.alive then
        fault = choose_place(plan, id, ARGV[item + 2] == '1', tonumber(ARGV[item + 4]))
    end
    if fault then return nil, fault end
    plan.suffix = (plan.hash ~= '' and ':' .. plan.hash or '') .. (plan.again and '@' .. accepted_at or '')
    return plan
end

local function take_up_again(laid, id)
    for partition in pairs(laid) do call('DEL', event_key(partition.base, id)) end
end

-- Lays the body into each partition of the event, the first write. Gives a set of the partitions that had none, or nil
-- and the item's answer if it is refused; then what was laid down is taken up again.
local function lay_bodies(first, last, id, body)
    local seen, laid = {}, {}
    for item = first, last, 6 do
        local partition = ARGV[item] ~= '0' and partition_at(tonumber(ARGV[item]))
        if partition and not seen[partition] then
            seen[partition] = true
            local before = try('SET', event_key(partition.base, id), body, 'NX', 'GET')
            local fault = failure(before)
            if fault or before and before:sub(-24, -9) ~= body:sub(-24, -9) then
                take_up_again(laid, id)
                return nil, fault and 'E' .. fault or 'C'
            end
            if not before then laid[partition] = true end
        end
    end
    return laid
end

local function bury_on_arrival(plan, id, event_type)
    local letter = cjson.encode({event_type = event_type, reason = 'backlog_full', attempts = 0, response_code = 0,
                                 response_body = '', error = 'the queue of the endpoint was full'})
    put_dead(plan.partition.base, plan.name, id, 0, plan.suffix, letter, plan.most_dead, now_ms())
    count(plan.partition, 'dead')
    return 'x'
end

local function begin_at_once(plan, id)
    local begun = plan.partition.begun
    begun[#begun + 1] = plan.name .. '|' .. id
    begun[#begun + 1] = '1:' .. plan.partition.token
    return 'f'
end

local function let_wait(plan, id)
    local queue = plan.queue
    if queue.waiting then queue.waiting = queue.waiting + 1 end
    if plan.busy then
        call('HINCRBY', parked_key(plan.partition.base), queue.name, 1)
        return 'p'
    end
    queue.fresh[#queue.fresh + 1] = id
    if queue.ready then return 'q' end
    queue.ready = true
    return 'r'
end

-- Writes the state of a delivery. Gives a fault.
local function write_state(plan, id)
    local letter = plan.claimed and 'f1' or plan.busy and 'p0' or 'q0'
    return failure(try('HSET', state_key(plan.partition.base, id), plan.name, letter .. plan.suffix))
end

-- Writes the states of an event: new ones first, which nobody has read and which may therefore be refused. Gives a
-- fault; then none was written.
local function write_states(plans, id)
    for index, plan in ipairs(plans) do
        local fault = plan.is_new and write_state(plan, id)
        if fault then
            for before = 1, index - 1 do
                local written = plans[before]
                if written.is_new then call('HDEL', state_key(written.partition.base, id), written.name) end
            end
            return fault
        end
    end
    for _, plan in ipairs(plans) do
        if not plan.is_new and not plan.elsewhere and not plan.alive then write_state(plan, id) end
    end
end

-- Puts one delivery, whose state was written, where it goes, and gives its letter.
local function place_delivery(plan, id, event_type)
    if plan.elsewhere then return 'e' end
    if plan.alive then return 'a' end
    local partition = plan.partition
    if plan.dead and remove_dead(partition.base, plan.name, id) == 1 then count(partition, 'dead_revived') end
    count(partition, 'accepted')
    if plan.full then return bury_on_arrival(plan, id, event_type) end
    if plan.hash ~= '' then call('RPUSH', order_key(partition.base, plan.name, plan.hash), id) end
    if plan.claimed then return begin_at_once(plan, id) end
    return let_wait(plan, id)
end

-- The answer for an id that is remembered.
local function recall(record, hash)
    if record:sub(2, 17) ~= hash then return 'C' end
    local _, deliveries = record:sub(18):gsub(' ', '')
    return 'D' .. deliveries .. ' ' .. record:sub(18)
end

-- Remembers the id, or gives the answer for one that is remembered already; or for a key that cannot be read.
local function remember(home, id, first, last)
    local parts = {'1' .. ARGV[first + 3] .. ARGV[first + 4]}
    for item = first + 7, last, 6 do parts[#parts + 1] = ARGV[item + 1] end
    local known = try('SET', remembered_key(home.base, id), table.concat(parts, ' '), 'NX', 'GET', 'PX', window)
    if not known then return nil end
    local fault = failure(known)
    if fault then return 'E' .. fault end
    local answer = recall(known, ARGV[first + 3])
    -- A duplicate is counted not least because that is a write: replicas that have it have the event as well.
    if answer ~= 'C' then count(home, 'repeated') end
    return answer
end

-- Plans every delivery whose body was laid. Gives the plans, or nil and a fault.
local function plan_all(first, last, id, laid)
    local plans = {}
    for item = first + 7, last, 6 do
        local plan, fault = plan_delivery(item, id, laid, ARGV[first + 4])
        if not plan then return nil, fault end
        plans[#plans + 1] = plan
    end
    return plans
end

-- Writes bodies and states. Gives the plans of the deliveries, or nil and the answer of an item that is refused, of which
-- nothing stays.
local function begin_event(first, last, id)
    local laid, refused = lay_bodies(first + 7, last, id, ARGV[first + 1])
    if refused then return nil, refused end
    local plans, fault = plan_all(first, last, id, laid)
    fault = fault or write_states(plans, id)
    if not fault then return plans end
    take_up_again(laid, id)
    return nil, 'E' .. fault
end

local function store(first, last)
    local id = ARGV[first]
    local home = ARGV[first + 3] ~= '' and partition_at(tonumber(ARGV[first + 2]))
    local known = home and remember(home, id, first, last)
    if known then return known end
    local plans, refused = begin_event(first, last, id)
    if refused then
        if home then call('DEL', remembered_key(home.base, id)) end
        return refused
    end
    if home then count(home, 'remembered') end
    local letters = {}
    for index, plan in ipairs(plans) do
        letters[index] = place_delivery(plan, id, ARGV[first + 5])
    end
    return 'S' .. table.concat(letters)
end

local answer = {}
local position = 2 + #KEYS
while position <= #ARGV do
    local last = position + 6 * ARGV[position + 6] + 6
    answer[#answer + 1] = store(position, last)
    position = last + 1
end
-- `inflight`, `ready` and the queues were read before, so writing them cannot fail. `counts` is the one key that is
-- written unread: a fault there costs the count, and nothing of the queue.
for _, partition in pairs(partitions) do
    local base = partition.base
    for name, queue in pairs(partition.queues) do
        write_all('RPUSH', queue_key(base, name), queue.fresh)
        if #queue.fresh > 0 then call('SADD', ready_key(base), name) end
    end
    write_all('HSET', inflight_key(base), partition.begun)
    for name, by in pairs(partition.counted) do try('HINCRBY', counts_key(base), name, by) end
end
return answer
