-- Claims: moves waiting deliveries in flight. Everything is read before anything is popped.
--
-- claim_all(position, answer) reads from ARGV at `position`:
--   most        deliveries that the whole call may give
--   most_bytes  of bodies, after which no further one is given (the first always is)
--   claims      their number, then for each: partition (index into KEYS), queue, count, lane that begins
--               ('0' new events, '1' retries), and the ids, a line each, that it should begin with, whose bodies
--               were read beside the script ('' : none)
-- and appends to `answer` for each claim a header, then two elements for each delivery given:
--   'F', 'E<text>'                 nothing was given
--   'B<given> <more> <attempt>'    the first of the ids that it should begin with: nothing else follows
--   '<given> <more> <stray id>…'   more: 1 when the queue still holds work; stray: ids that lay in a lane while
--                                  their state said otherwise; they were taken out of the lane
--   '<attempt>:<id>', <body>       the body is empty when it is missing: the caller buries the delivery; behind
--                                  the id '@<ms>' where the delivery's age counts from there, and '!' where the
--                                  attempt before this one never ended
--
-- New events and retries take turns, so that neither lane starves the other. Needs lib/inflight.lua.
local claim_left, claim_bytes_left, claim_given

-- The attempts begun of the first `most` of a lane, where all have begun as many, are there once, and their text says nothing
-- else: such need no grants, only their ids. Else nil.
local function attempts_of(lane, most, queue)
    local seen, entries, alike = {}, lane.entries, lane.entries[1] or queue .. ' q0'
    for index = 1, most do
        local id = lane[index]
        if entries[index] ~= alike or seen[id] then return nil end
        seen[id] = true
    end
    return alike:sub(1, #queue + 2) == queue .. ' q' and tonumber(alike:match('^%d+$', #queue + 3))
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

-- Whether the first `most` of a lane are the first of the ids whose bodies were read beside the script.
local function was_expected(lane, most, expected)
    if expected == '' then return false end
    local ids = table.concat(lane, '\n', 1, most)
    return expected:sub(1, #ids) == ids and (#expected == #ids or expected:byte(#ids + 1) == 10) -- '\n'
end

local function begin_alike(partition, queue, lane, attempt, token)
    local states, begun, field, mark = {}, partition.begun, queue .. '|', attempt .. ':' .. token
    local state, noted = queue .. ' f' .. attempt, #begun
    for index = 1, lane.taken do
        local id = lane[index]
        states[2 * index - 1], states[2 * index] = id, state
        begun[noted + 1], begun[noted + 2] = field .. id, mark
        noted = noted + 2
    end
    write_all('HSET', states_key(partition.base), states)
end

local function grant_alike(lane, bodies, attempt, answer)
    local grant, last = attempt .. ':', #answer
    for index, body in ipairs(bodies) do
        answer[last + 1], answer[last + 2] = grant .. lane[index], body
        last = last + 2
    end
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

-- A claim of what `attempts_of` tells, where the other lane is empty: nearly all are that. Gives a fault.
local function claim_alike(partition, queue, lanes, lane, most, attempts, expected, token, answer)
    local are_beside, bodies, more, fault = was_expected(lane, most, expected)
    if are_beside then
        lane.taken, claim_given = most, claim_given + most
    else
        bodies, fault = read_bodies(partition.base, lane, most)
        if not bodies then return fault end
        lane.taken = #bodies
    end
    more, fault = leave_lanes(partition.base, queue, lanes)
    if fault then return fault end
    claim_left = claim_left - lane.taken
    local given = lane.taken .. (more and ' 1' or ' 0')
    answer[#answer + 1] = are_beside and 'B' .. given .. ' ' .. attempts + 1 or given
    if not are_beside then grant_alike(lane, bodies, attempts + 1, answer) end
    begin_alike(partition, queue, lane, attempts + 1, token)
end

-- What takes both lanes, and whatever is not alike. Its functions are made when the first such claim comes.
local function make_claim_mixed()
--@include lib/state.lua
--@include lib/mixed_claim.lua
    return claim_mixed
end
local claim_mixed

local function claim(partition, queue, wanted, turn, expected, token, answer)
    local base = partition.base
    local fresh, fault = lane_at(base, queue_key(base, queue), wanted)
    local again, other_fault = lane_at(base, again_key(base, queue), wanted)
    fault = fault or other_fault
    local lane = not fault and (not again[1] and fresh or not fresh[1] and again)
    local most = lane and math.min(wanted, #lane)
    local attempts = lane and attempts_of(lane, most, queue)
    local given_before, bytes_before = claim_given, claim_bytes_left
    if attempts then
        fault = claim_alike(partition, queue, {fresh, again}, lane, most, attempts, expected, token, answer)
    elseif not fault then
        claim_mixed = claim_mixed or make_claim_mixed()
        fault = claim_mixed(partition, queue, {fresh, again}, wanted, turn, token, answer)
    end
    if not fault then return end
    claim_given, claim_bytes_left = given_before, bytes_before
    answer[#answer + 1] = 'E' .. fault
end

local function claim_all(position, answer)
    claim_left, claim_bytes_left, claim_given = tonumber(ARGV[position]), tonumber(ARGV[position + 1]), 0
    local last = position + 2 + 5 * ARGV[position + 2]
    for item = position + 3, last, 5 do
        local index = tonumber(ARGV[item])
        local partition = partition_at(index)
        local wanted = math.min(tonumber(ARGV[item + 2]), claim_left)
        if partition.fault then
            answer[#answer + 1] = partition.fault
        elseif wanted == 0 or claim_given > 0 and claim_bytes_left <= 0 then
            answer[#answer + 1] = '0 1'
        else
            claim(partition, ARGV[item + 1], wanted, 1 + ARGV[item + 3], ARGV[item + 4], ARGV[index], answer)
        end
    end
end
