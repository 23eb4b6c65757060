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
-- New events and retries take turns, so that neither lane starves the other. Needs lib/state.lua.
local claim_left, claim_bytes_left, claim_given

-- The next id of the lane whose turn it is, or of the other where that one is at its end.
local function next_of(lanes, turn)
    local lane = lanes[turn]
    if lane.taken >= #lane then lane = lanes[3 - turn] end
    return lane[lane.taken + 1], lane
end

-- The attempts begun of an event that waits for this queue alone and has no suffix, as nearly all; else nil.
local function plain_attempts(entry, queue)
    if entry:sub(1, #queue + 2) ~= queue .. ' q' then return nil end
    return tonumber(entry:match('^%d+$', #queue + 3))
end

-- Takes the next `most` of what may be given, at most. Gives grants, the keys of their bodies, and whose turn is next. Each
-- grant remembers how far the lanes were used up before it.
local function take_ids(base, queue, lanes, most, turn, given, strays)
    local grants, keys, new = {}, {}, queue .. ' q0'
    while #grants < most do
        local fresh_taken, again_taken, strays_before = lanes[1].taken, lanes[2].taken, #strays
        local id, lane = next_of(lanes, turn)
        if not id then break end
        local entry = lane.entries[lane.taken + 1]
        local plain = entry == new and 0 or entry and plain_attempts(entry, queue)
        local letter, attempts, suffix, _, since, cut = 'q', plain, '', nil, nil, nil
        if not plain then letter, attempts, suffix, _, since, cut = split_state(entry and state_in(entry, queue)) end
        if letter == 'q' and not given[id] then
            given[id] = true
            keys[#keys + 1] = event_key(base, id)
            grants[#grants + 1] = {id = id, entry = entry, plain = plain, attempt = attempts + 1, suffix = suffix,
                                   since = since, cut = tonumber(cut) == attempts, fresh_taken = fresh_taken,
                                   again_taken = again_taken, strays = strays_before}
        else
            strays[#strays + 1] = id
        end
        lane.taken = lane.taken + 1
        turn = 3 - turn
    end
    return grants, keys, turn
end

-- Puts a grant, and what was taken after it, back into its lanes.
local function put_back(lanes, strays, grant)
    lanes[1].taken, lanes[2].taken = grant.fresh_taken, grant.again_taken
    for index = #strays, grant.strays + 1, -1 do strays[index] = nil end
end

-- Reads what the claim will give, bodies in groups; nothing is written. Gives grants and strays, or nil and a fault;
-- `lanes[n].taken` says how many ids of each lane are used up by them.
local function read_grants(base, queue, lanes, wanted, turn)
    local grants, strays, given = {}, {}, {}
    while #grants < wanted do
        local group, keys
        group, keys, turn = take_ids(base, queue, lanes, math.min(wanted - #grants, 16), turn, given, strays)
        if #group == 0 then break end
        local bodies = try('MGET', unpack(keys))
        if failure(bodies) then return nil, failure(bodies) end
        for index, grant in ipairs(group) do
            grant.body = bodies[index] or ''
            if claim_given > 0 and #grant.body > claim_bytes_left then
                put_back(lanes, strays, grant)
                return grants, strays
            end
            claim_bytes_left = claim_bytes_left - #grant.body
            claim_given = claim_given + 1
            grants[#grants + 1] = grant
        end
    end
    return grants, strays
end

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

local function begin_grants(partition, queue, grants, token, answer)
    local states, begun, first = {}, queue .. ' f', queue .. ' f1'
    for index, grant in ipairs(grants) do
        states[2 * index - 1] = grant.id
        states[2 * index] = grant.plain == 0 and first or grant.plain and begun .. grant.attempt
            or entry_with(grant.entry, queue, 'f' .. grant.attempt .. grant.suffix)
        note_begun(partition, queue .. '|' .. grant.id, grant.attempt, token)
        answer[#answer + 1] = grant.attempt .. ':' .. grant.id .. (grant.since and '@' .. grant.since or '')
            .. (grant.cut and '!' or '')
        answer[#answer + 1] = grant.body
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

-- After what a claim took from its lanes; all was read before. Gives whether the queue still holds work.
local function leave_lanes(base, queue, lanes)
    local more = false
    for _, lane in ipairs(lanes) do
        more = more or lane.taken < #lane
        if lane.taken > 0 then call('LPOP', lane.key, lane.taken) end
    end
    if not more then call('SREM', ready_key(base), queue) end
    return more
end

-- A claim of new events, of which alone the queue has any: nearly all are that. Gives a fault.
local function claim_new(partition, queue, lanes, most, token, answer)
    local bodies, fault = read_bodies(partition.base, lanes[1], most)
    if not bodies then return fault end
    lanes[1].taken = #bodies
    claim_left = claim_left - #bodies
    local more = leave_lanes(partition.base, queue, lanes)
    answer[#answer + 1] = #bodies .. (more and ' 1' or ' 0')
    begin_new(partition, queue, lanes[1], bodies, token, answer)
end

local function claim_mixed(partition, queue, lanes, wanted, turn, token, answer)
    local grants, strays = read_grants(partition.base, queue, lanes, wanted, turn)
    if not grants then return strays end
    claim_left = claim_left - #grants
    local more = leave_lanes(partition.base, queue, lanes)
    answer[#answer + 1] = table.concat({#grants, more and 1 or 0, unpack(strays)}, ' ')
    begin_grants(partition, queue, grants, token, answer)
end

local function claim(partition, queue, wanted, turn, token, answer)
    local base = partition.base
    local fresh, fault = lane_at(base, queue_key(base, queue), wanted)
    local again, other_fault = lane_at(base, again_key(base, queue), wanted)
    fault = fault or other_fault or failure(try('SCARD', ready_key(base)))
    local most = not fault and math.min(wanted, #fresh)
    if most and #again == 0 and are_new(fresh, most, queue .. ' q0') then
        fault = claim_new(partition, queue, {fresh, again}, most, token, answer)
    elseif most then
        fault = claim_mixed(partition, queue, {fresh, again}, wanted, turn, token, answer)
    end
    if fault then answer[#answer + 1] = 'E' .. fault end
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
