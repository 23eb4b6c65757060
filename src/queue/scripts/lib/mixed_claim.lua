-- A claim of new events and retries, of whatever state. Part of lib/claim.lua; needs lib/state.lua.

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

local function claim_mixed(partition, queue, lanes, wanted, turn, token, answer)
    local grants, strays = read_grants(partition.base, queue, lanes, wanted, turn)
    if not grants then return strays end
    local more, fault = leave_lanes(partition.base, queue, lanes)
    if fault then return fault end
    claim_left = claim_left - #grants
    answer[#answer + 1] = table.concat({#grants, more and 1 or 0, unpack(strays)}, ' ')
    begin_grants(partition, queue, grants, token, answer)
end
