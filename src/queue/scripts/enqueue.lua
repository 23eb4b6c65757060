#!lua
-- new → queued, or straight → in flight. Stores events, each whole or not at all. Refused when Redis is out
-- of memory (no flags).
--
-- KEYS  the bases of all partitions named by the items
-- ARGV  deduplication window in ms; for each key the caller's token ('' where it owns nothing); then items of
--       id, stored event, home partition, content hash ('' : not remembered), accepted_at in ms, n, and n times
--       partition, queue, '1' to put it in flight at once
--       (partitions are indices into KEYS)
-- Answer, one element for each item:
--   'S<letters>'  stored; a letter for each delivery:
--                 f in flight as attempt 1, q queued, r queued and the queue had been empty, a alive already
--   'D<n>'        remembered with the same content, with n deliveries; nothing was changed
--   'C'           this id has other content, remembered or still in the store; nothing was changed
--   'E<text>'     a key of the item cannot be read; nothing was changed
--
-- Before: any. After 'S': every delivery of the event has a `state`, its body lies in each of the partitions,
-- and it is in its queue (which is in `ready`) or in `inflight`. A delivery that died earlier starts afresh.
-- A delivery goes in flight only when it is wanted, the token is the owner's, and the queue has no work
-- waiting: nothing is overtaken. A record outlives neither window nor need: past the window an id is as new,
-- but while its body is in the store other content under that id is a conflict.

--@include lib/call.lua
--@include lib/keys.lua

local window = ARGV[1]
local partitions = {}

-- Reads what all items of a partition share. `owned`: the caller's token is the owner's.
local function look_at(partition, token)
    if token == '' then return end
    local base = partition.base
    local owner = try('HGET', owner_key(base), 'token')
    partition.fault = failure(owner) or failure(try('HLEN', inflight_key(base)))
    partition.owned = owner == token
end

local function partition_at(index)
    local partition = partitions[index]
    if partition then return partition end
    partition = {base = KEYS[index], token = ARGV[1 + index], begun = {}, accepted = 0}
    partitions[index] = partition
    look_at(partition, partition.token)
    return partition
end

-- The keys of a dead letter that will start afresh.
local function fault_of_dead(base, queue, id)
    return failure(try('ZSCORE', all_dead_key(base), queue .. '|' .. id))
        or failure(try('ZSCORE', dead_key(base, queue), id))
        or failure(try('STRLEN', letter_key(base, queue, id)))
end

-- What becomes of a delivery; nothing is written. Gives a plan, or nil and the fault.
local function plan_delivery(partition, queue, wanted, id)
    local base = partition.base
    local state = try('HGET', state_key(base, id), queue)
    local waiting = try('SISMEMBER', ready_key(base), queue)
    local fault = partition.fault or failure(state) or failure(waiting)
    if fault then return nil, fault end
    local dead = state and state:sub(1, 1) == 'd'
    local claimed = wanted == '1' and partition.owned and waiting == 0
    if dead then fault = fault_of_dead(base, queue, id) end
    if not claimed then fault = fault or failure(try('LLEN', queue_key(base, queue))) end
    if fault then return nil, fault end
    return {partition = partition, queue = queue, dead = dead, alive = state and not dead, claimed = claimed}
end

-- Lays the body into each partition of the event: the first write, and the last thing that can refuse it; what
-- was laid down by then is taken up again. Gives the item's answer if it is refused.
local function lay_bodies(plans, id, body)
    local content = body:sub(-24, -9)
    local laid = {}
    for _, plan in ipairs(plans) do
        local key = event_key(plan.partition.base, id)
        if laid[key] == nil then
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

local function remove_dead_letter(base, queue, id)
    call('ZREM', all_dead_key(base), queue .. '|' .. id)
    call('ZREM', dead_key(base, queue), id)
    call('DEL', letter_key(base, queue, id))
end

-- Writes one delivery and gives its letter.
local function write_delivery(plan, id)
    if plan.alive then return 'a' end
    local partition, queue = plan.partition, plan.queue
    local base = partition.base
    if plan.dead then remove_dead_letter(base, queue, id) end
    partition.accepted = partition.accepted + 1
    if plan.claimed then
        local begun = partition.begun
        begun[#begun + 1] = queue .. '|' .. id
        begun[#begun + 1] = '1:' .. partition.token
        call('HSET', state_key(base, id), queue, 'f1')
        return 'f'
    end
    call('HSET', state_key(base, id), queue, 'q0')
    call('RPUSH', queue_key(base, queue), id)
    return call('SADD', ready_key(base), queue) == 1 and 'r' or 'q'
end

-- The answer for an id that is remembered; nil when it is not.
local function recall(record_key, hash)
    local record = try('GET', record_key)
    local fault = failure(record)
    if fault then return 'E' .. fault end
    if not record then return nil end
    if record:sub(2, 17) ~= hash then return 'C' end
    local _, deliveries = record:sub(18):gsub(' ', '')
    return 'D' .. deliveries
end

local function remember(record_key, hash, accepted_at, plans)
    local parts = {'1' .. hash .. accepted_at}
    for index, plan in ipairs(plans) do parts[index + 1] = plan.queue end
    call('SET', record_key, table.concat(parts, ' '), 'PX', window)
end

local function store(first)
    local id, body, hash = ARGV[first], ARGV[first + 1], ARGV[first + 3]
    local record_key
    if hash ~= '' then
        record_key = remembered_key(KEYS[tonumber(ARGV[first + 2])], id)
        local known = recall(record_key, hash)
        if known then return known end
    end
    local plans = {}
    for item = first + 6, first + 3 + 3 * ARGV[first + 5], 3 do
        local plan, fault = plan_delivery(partition_at(tonumber(ARGV[item])), ARGV[item + 1], ARGV[item + 2], id)
        if not plan then return 'E' .. fault end
        plans[#plans + 1] = plan
    end
    local refused = lay_bodies(plans, id, body)
    if refused then return refused end
    if record_key then remember(record_key, hash, ARGV[first + 4], plans) end
    local letters = {}
    for index, plan in ipairs(plans) do letters[index] = write_delivery(plan, id) end
    return 'S' .. table.concat(letters)
end

local answer = {}
local position = 2 + #KEYS
while position <= #ARGV do
    answer[#answer + 1] = store(position)
    position = position + 6 + 3 * ARGV[position + 5]
end
-- `inflight` was read before, so writing it cannot fail. `counts` is the one key that is written unread: a fault
-- there costs the count, and nothing of the queue.
for _, partition in pairs(partitions) do
    local begun = partition.begun
    for first = 1, #begun, 4000 do
        call('HSET', inflight_key(partition.base), unpack(begun, first, math.min(first + 3999, #begun)))
    end
    if partition.accepted > 0 then
        try('HINCRBY', counts_key(partition.base), 'accepted', partition.accepted)
    end
end
return answer
