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
    partition = {base = KEYS[index], token = ARGV[1 + index], begun = {}, waiting = {}, counted = {}}
    partitions[index] = partition
    return partition
end

local function count(partition, name)
    partition.counted[name] = (partition.counted[name] or 0) + 1
end

-- How much waits in a queue: read once in a call, and counted along. Gives nil and a fault.
local function waiting_of(partition, queue)
    local known = partition.waiting[queue]
    if known then return known end
    local base = partition.base
    local fresh, again = try('LLEN', queue_key(base, queue)), try('LLEN', again_key(base, queue))
    local later = try('ZCARD', retry_key(base, queue))
    local parked = try('HGET', parked_key(base), queue) or 0
    local fault = failure(fresh) or failure(again) or failure(later) or failure(parked)
    if fault then return nil, fault end
    known = fresh + again + later + parked
    partition.waiting[queue] = known
    return known
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
local function choose_place(plan, id, wanted, empty, most_waiting)
    local partition, queue, fault = plan.partition, plan.queue, nil
    plan.busy, fault = is_key_busy(partition.base, queue, plan.hash)
    if fault then return fault end
    plan.claimed = wanted and partition.owned and empty and not plan.busy
    if plan.claimed then return nil end
    if most_waiting == 0 and not plan.busy then return failure(try('LLEN', queue_key(partition.base, queue))) end
    local waiting
    waiting, fault = waiting_of(partition, queue)
    if fault then return fault end
    plan.full = most_waiting > 0 and waiting >= most_waiting
    return plan.full and fault_of_dead(partition.base, queue, id)
end

-- What becomes of the delivery whose arguments begin at `item`; nothing is written. Gives a plan, or nil and
-- the fault.
local function plan_delivery(item, id)
    if ARGV[item] == '0' then return {queue = ARGV[item + 1], elsewhere = true} end
    local partition, queue = partition_at(tonumber(ARGV[item])), ARGV[item + 1]
    local base = partition.base
    if not partition.looked then look_at(partition) end
    local state = try('HGET', state_key(base, id), queue)
    local ready = try('SISMEMBER', ready_key(base), queue)
    local fault = partition.fault or failure(state) or failure(ready)
    if fault then return nil, fault end
    local letter = split_state(state)
    local plan = {partition = partition, queue = queue, hash = ARGV[item + 3], most_dead = tonumber(ARGV[item + 5])}
    plan.dead = letter == 'd'
    plan.again = plan.dead or letter == 'k'
    plan.alive = state and not plan.again
    if plan.alive then return plan end
    if plan.dead then fault = fault_of_dead(base, queue, id) end
    fault = fault or choose_place(plan, id, ARGV[item + 2] == '1', ready == 0, tonumber(ARGV[item + 4]))
    if fault then return nil, fault end
    return plan
end

-- Lays the body into each partition of the event: the first write, and the last thing that can refuse it; what
-- was laid down by then is taken up again. Gives the item's answer if it is refused.
local function lay_bodies(plans, id, body)
    local content = body:sub(-24, -9)
    local laid = {}
    for _, plan in ipairs(plans) do
        local key = not plan.elsewhere and event_key(plan.partition.base, id)
        if key and laid[key] == nil then
            local before = try('SET', key, body, 'NX', 'GET')
            local fault = failure(before)
            if fault or before and before:sub(-24, -9) ~= content then
                for written, is_new in pairs(laid) do
                    if is_new then call('DEL', written) end
                end
                return fault and 'E' .. fault or 'C'
            end
            laid[key] = not before
        end
    end
end

local function bury_on_arrival(plan, id, suffix, event_type)
    local letter = cjson.encode({event_type = event_type, reason = 'backlog_full', attempts = 0, response_code = 0,
                                 response_body = '', error = 'the queue of the endpoint was full'})
    put_dead(plan.partition.base, plan.queue, id, 0, suffix, letter, plan.most_dead, now_ms())
    count(plan.partition, 'dead')
    return 'x'
end

local function begin_at_once(plan, id, suffix)
    local partition, begun = plan.partition, plan.partition.begun
    begun[#begun + 1] = plan.queue .. '|' .. id
    begun[#begun + 1] = '1:' .. partition.token
    call('HSET', state_key(partition.base, id), plan.queue, 'f1' .. suffix)
    return 'f'
end

local function let_wait(plan, id, suffix)
    local partition, queue = plan.partition, plan.queue
    local base, waiting = partition.base, partition.waiting
    if waiting[queue] then waiting[queue] = waiting[queue] + 1 end
    call('HSET', state_key(base, id), queue, (plan.busy and 'p0' or 'q0') .. suffix)
    if plan.busy then
        call('HINCRBY', parked_key(base), queue, 1)
        return 'p'
    end
    call('RPUSH', queue_key(base, queue), id)
    return call('SADD', ready_key(base), queue) == 1 and 'r' or 'q'
end

-- Writes one delivery and gives its letter.
local function write_delivery(plan, id, accepted_at, event_type)
    if plan.elsewhere then return 'e' end
    if plan.alive then return 'a' end
    local partition = plan.partition
    local suffix = plan.hash ~= '' and ':' .. plan.hash or ''
    if plan.again then suffix = suffix .. '@' .. accepted_at end
    if plan.dead and remove_dead(partition.base, plan.queue, id) == 1 then count(partition, 'dead_revived') end
    count(partition, 'accepted')
    if plan.full then return bury_on_arrival(plan, id, suffix, event_type) end
    if plan.hash ~= '' then call('RPUSH', order_key(partition.base, plan.queue, plan.hash), id) end
    if plan.claimed then return begin_at_once(plan, id, suffix) end
    return let_wait(plan, id, suffix)
end

-- The answer for an id that is remembered; nil when it is not.
local function recall(record_key, hash)
    local record = try('GET', record_key)
    local fault = failure(record)
    if fault then return 'E' .. fault end
    if not record then return nil end
    if record:sub(2, 17) ~= hash then return 'C' end
    local _, deliveries = record:sub(18):gsub(' ', '')
    return 'D' .. deliveries .. ' ' .. record:sub(18)
end

local function remember(record_key, hash, accepted_at, plans)
    local parts = {'1' .. hash .. accepted_at}
    for index, plan in ipairs(plans) do parts[index + 1] = plan.queue end
    call('SET', record_key, table.concat(parts, ' '), 'PX', window)
end

local function store(first)
    local id, body, hash = ARGV[first], ARGV[first + 1], ARGV[first + 3]
    local record_key
    local home
    if hash ~= '' then
        home = partition_at(tonumber(ARGV[first + 2]))
        record_key = remembered_key(home.base, id)
        local known = recall(record_key, hash)
        -- A duplicate is counted not least because that is a write: replicas that have it have the event as well.
        if known and known:sub(1, 1) == 'D' then count(home, 'repeated') end
        if known then return known end
    end
    local plans = {}
    for item = first + 7, first + 6 * ARGV[first + 6] + 1, 6 do
        local plan, fault = plan_delivery(item, id)
        if not plan then return 'E' .. fault end
        plans[#plans + 1] = plan
    end
    local refused = lay_bodies(plans, id, body)
    if refused then return refused end
    if record_key then
        remember(record_key, hash, ARGV[first + 4], plans)
        count(home, 'remembered')
    end
    local letters = {}
    for index, plan in ipairs(plans) do
        letters[index] = write_delivery(plan, id, ARGV[first + 4], ARGV[first + 5])
    end
    return 'S' .. table.concat(letters)
end

local answer = {}
local position = 2 + #KEYS
while position <= #ARGV do
    answer[#answer + 1] = store(position)
    position = position + 7 + 6 * ARGV[position + 6]
end
-- `inflight` was read before, so writing it cannot fail. `counts` is the one key that is written unread: a fault
-- there costs the count, and nothing of the queue.
for _, partition in pairs(partitions) do
    local begun = partition.begun
    for first = 1, #begun, 4000 do
        call('HSET', inflight_key(partition.base), unpack(begun, first, math.min(first + 3999, #begun)))
    end
    for name, by in pairs(partition.counted) do try('HINCRBY', counts_key(partition.base), name, by) end
end
return answer
