#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; how many of KEYS, from the first, have deliveries that ended, then for each of these: the
--         number of groups, then for each: queue, attempt, most records of its history, n, and n times id, record for the history
--         ('' : none); then claims as lib/claim.lua says
-- Answer  for each group one element that is so for all of it, or an array with one for each delivery: 'A' applied,
--         'AW' applied and the queue, which had no work, has the next of the key now, 'S' stale, 'F' fenced,
--         'E<text>'; then as lib/claim.lua says
--
-- Before: the state is f<attempt>. After 'A': the delivery is one of `delivered` in `counts`, and in no key but the
-- history; with the last delivery of the event in this partition, dead and kept ones included, the body is
-- gone. Where the record keeps the body, the state is k<attempt> until the record goes. The next delivery
-- of its ordering key is queued.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/inflight.lua
--@include lib/history.lua

-- Bodies of events whose only delivery ended.
local bodies = {}

-- What few completions need. Its functions are made when the first of these comes: Lua makes each function of a script anew in each
-- call.
local function make_rare()
--@include lib/state.lua
--@include lib/forget.lua
--@include lib/order.lua
--@include lib/settle.lua
--@include lib/ending.lua
    return complete_one, forget_record
end

local complete_one, forget_record

local function complete(index, queue, id, attempt, record)
    if not complete_one then complete_one, forget_record = make_rare() end
    return complete_one(partition_at(index), queue, id, attempt, record)
end

local function forget(base, queue, stamped)
    if not complete_one then complete_one, forget_record = make_rare() end
    forget_record(base, queue, stamped)
end

-- A delivery that is the only one of its event, without a key, can end without that anything is asked or kept: nearly
-- all are. `inflight` is read by the first write: where that fails, nothing was changed.

-- The only one of its partition in this call: over a thousand endpoints most are, so it takes the fewest steps.
local function complete_alone(index, at)
    local base, queue, attempt, id, record = KEYS[index], ARGV[at], ARGV[at + 1], ARGV[at + 4], ARGV[at + 5]
    local states, answer = states_key(base), 'A'
    if try('HGET', states, id) == queue .. ' f' .. attempt and not keeps_body(record) then
        local fault = failure(try('HDEL', inflight_key(base), queue .. '|' .. id))
        if fault then return 'E' .. fault end
        call('HDEL', states, id)
        try('HINCRBY', counts_key(base), 'delivered', '1')
        bodies[#bodies + 1] = event_key(base, id)
    else
        answer = complete(index, queue, id, attempt, record)
        if answer:byte() ~= 65 then return answer end -- 'A'
    end
    push_record(base, queue, ARGV[at + 2], record, forget)
    return answer
end

-- Where the groups of a partition begin, what `states` says of their deliveries, and where they end.
local function read_groups(base, count, at)
    local heads, ids, last = {}, {}, 0
    for number = 1, count do
        local first = at + 4
        heads[number] = at
        at = first + 2 * ARGV[at + 3]
        for item = first, at - 1, 2 do
            last = last + 1
            ids[last] = ARGV[item]
        end
    end
    return heads, try('HMGET', states_key(base), unpack(ids)), at
end

-- Sorts out those that can end without more, each once. Gives what leaves `states` and `inflight`, and where in ARGV the others are.
local function plan_ends(heads, entries)
    local gone, fields, others, seen, at, last = {}, {}, {}, {}, 0, 0
    for _, head in ipairs(heads) do
        local queue = ARGV[head]
        local plain, field = queue .. ' f' .. ARGV[head + 1], queue .. '|'
        for item = head + 4, head + 2 + 2 * ARGV[head + 3], 2 do
            local id = ARGV[item]
            at = at + 1
            if entries[at] == plain and not seen[id] and not keeps_body(ARGV[item + 1]) then
                last = last + 1
                gone[last], fields[last], seen[id] = id, field .. id, true
            else
                others[item] = true
            end
        end
    end
    return gone, fields, others
end

-- Gives a fault; then nothing was changed.
local function end_events(base, gone, fields)
    local last = #fields
    if last == 0 then return nil end
    local fault = failure(try('HDEL', inflight_key(base), unpack(fields)))
    if fault then return fault end
    call('HDEL', states_key(base), unpack(gone))
    try('HINCRBY', counts_key(base), 'delivered', last)
    local prefix, before = event_key(base, ''), #bodies
    for index = 1, last do bodies[before + index] = prefix .. gone[index] end
end

-- The records of a group of which all ended.
local function push_all(base, head)
    local records, last = {}, 0
    for item = head + 5, head + 3 + 2 * ARGV[head + 3], 2 do
        if ARGV[item] ~= '' then
            last = last + 1
            records[last] = ARGV[item]
        end
    end
    push_records(base, ARGV[head], ARGV[head + 2], records, forget)
end

-- What the plan left of a group, and its records. Gives the answer of the group.
local function complete_others(index, head, others)
    local queue, records, answers = ARGV[head], {}, {}
    for item = head + 4, head + 2 + 2 * ARGV[head + 3], 2 do
        local record = ARGV[item + 1]
        local answer = others[item] and complete(index, queue, ARGV[item], ARGV[head + 1], record) or 'A'
        if record ~= '' and answer:byte() == 65 then records[#records + 1] = record end -- 'A'
        answers[#answers + 1] = answer
    end
    push_records(KEYS[index], queue, ARGV[head + 2], records, forget)
    return answers[2] and answers or answers[1]
end

-- Gives where the groups of the partition end.
local function complete_groups(index, count, at, answer)
    local base, fault = KEYS[index], owner_fault(index)
    local heads, entries, past = read_groups(base, count, at)
    local gone, fields, others
    fault = fault or failure(entries) and 'E' .. failure(entries)
    if not fault then
        gone, fields, others = plan_ends(heads, entries)
        fault = end_events(base, gone, fields)
        fault = fault and 'E' .. fault
    end
    local have_all_ended = not fault and next(others) == nil
    for _, head in ipairs(heads) do
        local its_answer = fault or 'A'
        if not have_all_ended then
            its_answer = fault or complete_others(index, head, others)
        elseif ARGV[head + 3] == '1' then
            push_record(base, ARGV[head], ARGV[head + 2], ARGV[head + 5], forget)
        else
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
if ARGV[position + 2] ~= '0' then
    local function make_claims()
--@include lib/claim.lua
        return claim_all
    end
    make_claims()(position, answer)
end
write_many('DEL', bodies)
write_gathered()
return answer
