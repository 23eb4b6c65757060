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

-- The groups of a partition, and what `states` says of their deliveries. Gives also where they end.
local function read_groups(base, count, at)
    local groups, ids, last = {}, {}, 0
    for number = 1, count do
        local head = at
        at = at + 4 + 2 * ARGV[at + 3]
        groups[number] = {queue = ARGV[head], attempt = ARGV[head + 1], most = ARGV[head + 2], first = head + 4, past = at, records = {}}
        for item = head + 4, at - 1, 2 do
            last = last + 1
            ids[last] = ARGV[item]
        end
    end
    return groups, try('HMGET', states_key(base), unpack(ids)), at
end

-- Sorts out those of the groups that can end without more, each once. Gives what leaves `states` and `inflight`; the others are in
-- `group.others`.
local function plan_ends(groups, entries)
    local gone, fields, seen, at, last = {}, {}, {}, 0, 0
    for _, group in ipairs(groups) do
        local plain, field, records, noted = group.queue .. ' f' .. group.attempt, group.queue .. '|', group.records, 0
        for item = group.first, group.past - 1, 2 do
            local id, record = ARGV[item], ARGV[item + 1]
            at = at + 1
            if entries[at] == plain and not seen[id] and not keeps_body(record) then
                last = last + 1
                gone[last], fields[last], seen[id] = id, field .. id, true
                if record ~= '' then
                    noted = noted + 1
                    records[noted] = record
                end
            else
                group.others = group.others or {}
                group.others[item] = true
            end
        end
    end
    return gone, fields
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

-- What the plan left, and the records. Gives the answer of the group.
local function complete_others(index, group)
    local answers = 'A'
    if group.others then
        answers = {}
        for item = group.first, group.past - 1, 2 do
            local answer, record = 'A', ARGV[item + 1]
            if group.others[item] then
                answer = complete(index, group.queue, ARGV[item], group.attempt, record)
                if answer:byte() == 65 and record ~= '' then group.records[#group.records + 1] = record end
            end
            answers[#answers + 1] = answer
        end
        answers = answers[2] and answers or answers[1]
    end
    push_records(KEYS[index], group.queue, group.most, group.records, forget)
    return answers
end

-- Gives where the groups of the partition end.
local function complete_groups(index, count, at, answer)
    local base, fault = KEYS[index], owner_fault(index)
    local groups, entries, past = read_groups(base, count, at)
    if not fault then
        fault = failure(entries) or end_events(base, plan_ends(groups, entries))
        fault = fault and 'E' .. fault
    end
    for _, group in ipairs(groups) do answer[#answer + 1] = fault or complete_others(index, group) end
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
