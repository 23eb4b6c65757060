#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; how many of KEYS, from the first, have deliveries that ended, then for each of these: the
--         number of groups, then for each: queue, attempt, most records of its history, n, n ids, and n records for the history
--         ('' : none); then claims as lib/claim.lua says
-- Answer  for each group one element that is so for all of it, or an array with one for each delivery: 'A' applied,
--         'AW' applied and the queue, which had no work, has the next of the key now, 'S' stale, 'F' fenced,
--         'E<text>'; then as lib/claim.lua says
--
-- Before: the state is f<attempt>. After 'A': the delivery is one of `delivered` in `counts`, and in no key but the
-- history; with the last delivery of the event in this partition, dead and kept ones included, the body is
-- gone. Where the record keeps the body, the state is k<attempt> until the record goes. The next delivery
-- of its ordering key is queued.

--@include lib/redis.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/history.lua

-- Bodies of events whose only delivery ended.
local bodies = {}

-- What few completions need, and claims. Lua makes each function of a script anew in each call, which costs more than a completion,
-- so these wait until one of them comes.
local function make_rest()
--@include lib/call.lua
--@include lib/keys.lua
--@include lib/inflight.lua
--@include lib/state.lua
--@include lib/forget.lua
--@include lib/order.lua
--@include lib/settle.lua
--@include lib/ending.lua
    local parts = {forget = forget_record, write = write_gathered}
    function parts.complete(index, queue, id, attempt, record)
        return complete_one(partition_at(index), queue, id, attempt, record)
    end
    -- Sorts out of groups what can end without more, each once. Gives what leaves `states` and `inflight`, and where in ARGV the ids of the
    -- others are.
    function parts.sort_out(heads, entries)
        local gone, fields, others, seen, at, last = {}, {}, {}, {}, 0, 0
        for _, head in ipairs(heads) do
            local queue, count = ARGV[head], ARGV[head + 3]
            for item = head + 4, head + 3 + count do
                local id = ARGV[item]
                at = at + 1
                if entries[at] == queue .. ' f' .. ARGV[head + 1] and not seen[id] and not keeps_body(ARGV[item + count]) then
                    last = last + 1
                    gone[last], fields[last], seen[id] = id, queue .. '|' .. id, true
                else
                    others[item] = true
                end
            end
        end
        return gone, fields, others
    end
    -- Where in ARGV ids of groups are that were named before.
    function parts.find_twins(heads)
        local twins, seen = {}, {}
        for _, head in ipairs(heads) do
            for item = head + 4, head + 3 + ARGV[head + 3] do
                twins[item] = seen[ARGV[item]]
                seen[ARGV[item]] = true
            end
        end
        return twins
    end
    -- What is left of the group at `head` when all that could end without more have ended, and its records. Gives the answer of the group.
    function parts.complete_others(index, head, others)
        local queue, count, records, answers = ARGV[head], ARGV[head + 3], {}, {}
        for item = head + 4, head + 3 + count do
            local record = ARGV[item + count]
            local answer = others[item] and parts.complete(index, queue, ARGV[item], ARGV[head + 1], record) or 'A'
            if record ~= '' and answer:byte() == 65 then records[#records + 1] = record end -- 'A'
            answers[#answers + 1] = answer
        end
        push_records(KEYS[index], queue, ARGV[head + 2], records, forget_record)
        return answers[2] and answers or answers[1]
    end
    function parts.claim(position, answer)
--@include lib/claim.lua
        claim_all(position, answer)
    end
    return parts
end

local made
local function rest()
    made = made or make_rest()
    return made
end

local function forget(base, queue, stamped) rest().forget(base, queue, stamped) end

-- A delivery that is the only one of its event, without a key, can end without that anything is asked or kept: nearly
-- all are. `inflight` is read by the first write: where that fails, nothing was changed.

-- The only one of its partition in this call: over a thousand endpoints most are, so it takes the fewest steps.
local function complete_alone(index, at)
    local base, queue, attempt, id, record = KEYS[index], ARGV[at], ARGV[at + 1], ARGV[at + 4], ARGV[at + 5]
    local states, answer = base .. states_name, 'A'
    if try('HGET', states, id) == queue .. ' f' .. attempt and not keeps_body(record) then
        local fault = failure(try('HDEL', base .. inflight_name, queue .. '|' .. id))
        if fault then return 'E' .. fault end
        call('HDEL', states, id)
        try('HINCRBY', base .. counts_name, 'delivered', '1')
        bodies[#bodies + 1] = base .. event_name .. id
    else
        answer = rest().complete(index, queue, id, attempt, record)
        if answer:byte() ~= 65 then return answer end -- 'A'
    end
    push_record(base, queue, ARGV[at + 2], record, forget)
    return answer
end

-- Where the groups of a partition begin, their ids, and where they end.
local function read_groups(count, at)
    local heads, ids = {}, {}
    for number = 1, count do
        local first, past = at + 4, at + 4 + ARGV[at + 3]
        heads[number] = at
        if number == 1 then
            ids = {unpack(ARGV, first, past - 1)}
        else
            for item = first, past - 1 do ids[#ids + 1] = ARGV[item] end
        end
        at = past + ARGV[at + 3]
    end
    return heads, ids, at
end

-- What leaves `inflight` where all can end without more; else nil.
local function fields_of(heads, ids, entries)
    local fields, at = {unpack(ids)}, 0
    for _, head in ipairs(heads) do
        local plain, queue, count = ARGV[head] .. ' f' .. ARGV[head + 1], ARGV[head] .. '|', ARGV[head + 3]
        for record = head + 4 + count, head + 3 + 2 * count do
            at = at + 1
            if entries[at] ~= plain or keeps_body(ARGV[record]) then return nil end
            fields[at] = queue .. fields[at]
        end
    end
    return fields
end

-- Gives how many ended; nil and a fault where nothing was changed.
local function end_events(base, gone, fields)
    if not gone[1] then return 0 end
    local fault = failure(try('HDEL', base .. inflight_name, unpack(fields)))
    if fault then return nil, fault end
    local ended = call('HDEL', base .. states_name, unpack(gone))
    try('HINCRBY', base .. counts_name, 'delivered', ended)
    local prefix, before = base .. event_name, #bodies
    for index = 1, #gone do bodies[before + index] = prefix .. gone[index] end
    return ended
end

-- Ends what can end without more. Gives where in ARGV the ids of the others are (nil: there are none), or nil and a fault.
local function end_groups(base, heads, ids)
    local entries = try('HMGET', base .. states_name, unpack(ids))
    if failure(entries) then return nil, failure(entries) end
    local fields = fields_of(heads, ids, entries)
    if not fields then
        local gone, others
        gone, fields, others = rest().sort_out(heads, entries)
        local _, fault = end_events(base, gone, fields)
        return others, fault
    end
    local ended, fault = end_events(base, ids, fields)
    if fault or ended == #ids then return nil, fault end
    return rest().find_twins(heads)
end

-- The records of a group of which all ended.
local function push_all(base, head)
    local count = ARGV[head + 3]
    local first = head + 4 + count
    local records = {unpack(ARGV, first, first + count - 1)}
    for index = #records, 1, -1 do
        if records[index] == '' then table.remove(records, index) end
    end
    push_records(base, ARGV[head], ARGV[head + 2], records, forget)
end

-- Gives where the groups of the partition end.
local function complete_groups(index, count, at, answer)
    local base, refused = KEYS[index], owner_fault(index)
    local heads, ids, past = read_groups(count, at)
    local others, fault
    if not refused then
        others, fault = end_groups(base, heads, ids)
        refused = fault and 'E' .. fault
    end
    for _, head in ipairs(heads) do
        local its_answer = refused or 'A'
        if others then
            its_answer = refused or rest().complete_others(index, head, others)
        elseif not refused then
            push_all(base, head)
        end
        answer[#answer + 1] = its_answer
    end
    return past
end

local answer = {}
local position = #KEYS + 2
for index = 1, tonumber(ARGV[position - 1]) do
    if ARGV[position] == '1' and ARGV[position + 4] == '1' then
        answer[#answer + 1] = owner_fault(index) or complete_alone(index, position + 1)
        position = position + 7
    else
        position = complete_groups(index, tonumber(ARGV[position]), position + 1, answer)
    end
end
if ARGV[position + 2] ~= '0' then rest().claim(position, answer) end
for first = 1, #bodies, 4000 do call('DEL', unpack(bodies, first, math.min(first + 3999, #bodies))) end
if made then made.write() end
return answer
