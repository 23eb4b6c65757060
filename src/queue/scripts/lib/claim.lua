-- Claims: moves waiting deliveries in flight. Everything is read before anything is popped.
--
-- claim_all(position, answer) reads from ARGV at `position`:
--   most        deliveries that the whole call may give
--   most_bytes  of bodies, after which no further one is given (the first always is)
--   claims      their number, then for each: partition (index into KEYS), queue, count, lane that begins
--               ('0' new events, '1' retries)
-- and appends to `answer` for each claim a header, then two elements for each delivery given:
--   'F', 'E<text>'                 nothing was given
--   '<given> <more> <stray id>…'   more: 1 when the queue still holds work; stray: ids that lay in a lane while
--                                  their state said otherwise; they were taken out of the lane
--   '<attempt>:<id>', <body>       the body is empty when it is missing: the caller buries the delivery; behind
--                                  the id '@<ms>' where the delivery's age counts from there, and '!' where the
--                                  attempt before this one never ended
--
-- New events and retries take turns, so that neither lane starves the other. Needs lib/inflight.lua.
local claim_left, claim_bytes_left, claim_given

-- Whether the first `most` of a lane are new events, each once: such need no grants, only their ids.
local function are_new(lane, most, new)
    local seen, entries = {}, lane.entries
    for index = 1, most do
        local id = lane[index]
        if entries[index] ~= new or seen[id] then return false end
        seen[id] = true
    end
    return true
end

-- The bodies of the first of a lane, as many as may be given; nothing is written. Gives nil and a fault.
local function read_bodies(base, lane, most)
    local bodies, given, prefix = {}, 0, event_key(base, '')
    for first = 1, most, 16 do
        local keys, last = {}, math.min(first + 15, most)
        for index = first, last do keys[index - first + 1] = prefix .. lane[index] end
        local read = try('MGET', unpack(keys))
        if failure(read) then return nil, failure(read) end
        for index = first, last do
            local body = read[index - first + 1] or ''
            if claim_given > 0 and #body > claim_bytes_left then return bodies end
            claim_bytes_left = claim_bytes_left - #body
            claim_given = claim_given + 1
            bodies[index] = body
        end
    end
    return bodies
end

local function begin_new(partition, queue, lane, bodies, token, answer)
    local states, begun, field, mark = {}, partition.begun, queue .. '|', '1:' .. token
    local new, noted, last = queue .. ' f1', #begun, #answer
    for index, body in ipairs(bodies) do
        local id = lane[index]
        states[2 * index - 1], states[2 * index] = id, new
        begun[noted + 1], begun[noted + 2] = field .. id, mark
        answer[last + 1], answer[last + 2] = '1:' .. id, body
        noted, last = noted + 2, last + 2
    end
    write_all('HSET', states_key(partition.base), states)
end

-- The ids of a lane from its head, with what `states` says of each. Gives nil and a fault.
local function lane_at(base, key, wanted)
    local lane = try('LRANGE', key, 0, wanted)
    if failure(lane) then return nil, failure(lane) end
    lane.key, lane.taken, lane.entries = key, 0, {}
    if #lane > 0 then lane.entries = try('HMGET', states_key(base), unpack(lane)) end
    if failure(lane.entries) then return nil, failure(lane.entries) end
    return lane
end

-- After what a claim took from its lanes. `ready` is read by the first write: gives nil and a fault where that fails, and nothing
-- was changed; else whether the queue still holds work.
local function leave_lanes(base, queue, lanes)
    local more = lanes[1].taken < #lanes[1] or lanes[2].taken < #lanes[2]
    local fault = not more and failure(try('SREM', ready_key(base), queue))
    if fault then return nil, fault end
    for _, lane in ipairs(lanes) do
        if lane.taken > 0 then call('LPOP', lane.key, lane.taken) end
    end
    return more
end

-- A claim of new events, of which alone the queue has any: nearly all are that. Gives a fault.
local function claim_new(partition, queue, lanes, most, token, answer)
    local bodies, fault = read_bodies(partition.base, lanes[1], most)
    if not bodies then return fault end
    lanes[1].taken = #bodies
    local more
    more, fault = leave_lanes(partition.base, queue, lanes)
    if fault then return fault end
    claim_left = claim_left - #bodies
    answer[#answer + 1] = #bodies .. (more and ' 1' or ' 0')
    begin_new(partition, queue, lanes[1], bodies, token, answer)
end

-- What takes retries, and whatever is not new. Its functions are made when the first such claim comes.
local function make_claim_mixed()
--@include lib/state.lua
--@include lib/mixed_claim.lua
    return claim_mixed
end
local claim_mixed

local function claim(partition, queue, wanted, turn, token, answer)
    local base = partition.base
    local fresh, fault = lane_at(base, queue_key(base, queue), wanted)
    local again, other_fault = lane_at(base, again_key(base, queue), wanted)
    fault = fault or other_fault
    local most = not fault and math.min(wanted, #fresh)
    local given_before, bytes_before = claim_given, claim_bytes_left
    if most and #again == 0 and are_new(fresh, most, queue .. ' q0') then
        fault = claim_new(partition, queue, {fresh, again}, most, token, answer)
    elseif most then
        claim_mixed = claim_mixed or make_claim_mixed()
        fault = claim_mixed(partition, queue, {fresh, again}, wanted, turn, token, answer)
    end
    if not fault then return end
    claim_given, claim_bytes_left = given_before, bytes_before
    answer[#answer + 1] = 'E' .. fault
end

local function claim_all(position, answer)
    claim_left, claim_bytes_left, claim_given = tonumber(ARGV[position]), tonumber(ARGV[position + 1]), 0
    local last = position + 2 + 4 * ARGV[position + 2]
    for item = position + 3, last, 4 do
        local index = tonumber(ARGV[item])
        local partition = partition_at(index)
        local wanted = math.min(tonumber(ARGV[item + 2]), claim_left)
        if partition.fault then
            answer[#answer + 1] = partition.fault
        elseif wanted == 0 or claim_given > 0 and claim_bytes_left <= 0 then
            answer[#answer + 1] = '0 1'
        else
            claim(partition, ARGV[item + 1], wanted, 1 + ARGV[item + 3], ARGV[index], answer)
        end
    end
end
