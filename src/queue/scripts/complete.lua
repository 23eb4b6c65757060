#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; the number of groups, then for each: partition (index into KEYS), queue, most
--         records of its history, n, and n times id, attempt, record for the history ('' : none); then claims as
--         lib/claim.lua says
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
--@include lib/state.lua
--@include lib/partition.lua
--@include lib/order.lua
--@include lib/history.lua
--@include lib/settle.lua
--@include lib/claim.lua
--@include lib/groups.lua

-- Bodies of events whose only delivery ended.
local bodies = {}

local function complete(partition, queue, id, attempt, record, history)
    local refused, suffix, hash, entry = refusal(partition, queue, id, attempt)
    if refused then return refused end
    local base = partition.base
    local turn, fault = plan_key_end(base, queue, id, hash, 'f')
    if fault then return 'E' .. fault end
    if keeps_body(record) then
        write_state(base, id, queue, 'k' .. attempt .. suffix, entry)
    else
        fault = remove_state(base, queue, id)
        if fault then return 'E' .. fault end
    end
    note_ended(partition, queue .. '|' .. id)
    count(partition, 'delivered')
    note_record(history, record)
    return end_of_key(base, queue, id, turn) and 'AW' or 'A'
end

-- What was in `partition.entries` for an id whose event ended in this call.
local over = true

-- Ends each of a group that is the only delivery of its event, without a key: nothing has to be asked or kept. Nearly all are,
-- so they take the fewest steps. Gives how many there were, and the answers of the others by their places.
local function end_events(partition, queue, group, deliveries, history)
    local entries, gone, ended, answers = partition.entries, partition.gone, partition.ended, {}
    local first_attempt, field, key, done = queue .. ' f1', queue .. '|', event_key(partition.base, ''), 0
    for index = 1, deliveries do
        local item = group + 1 + 3 * index
        local id, attempt, record = ARGV[item], ARGV[item + 1], ARGV[item + 2]
        local entry = entries[id]
        if entry == over then
            answers[index] = 'S'
        elseif entry == (attempt == '1' and first_attempt or queue .. ' f' .. attempt) and not keeps_body(record) then
            done = done + 1
            entries[id] = over
            gone[#gone + 1], ended[#ended + 1], bodies[#bodies + 1] = id, field .. id, key .. id
            note_record(history, record)
        else
            entries[id] = false
            answers[index] = complete(partition, queue, id, attempt, record, history)
        end
    end
    return done, answers
end

local function complete_group(group, deliveries)
    local partition, queue = partition_at(tonumber(ARGV[group])), ARGV[group + 1]
    if partition.fault then return partition.fault end
    local history = history_of(partition.base, queue, ARGV[group + 2])
    local done, answers = end_events(partition, queue, group, deliveries, history)
    if done > 0 then count(partition, 'delivered', done) end
    if done == deliveries then return 'A' end
    for index = 1, deliveries do answers[index] = answers[index] or 'A' end
    return answers[2] and answers or answers[1]
end

-- Reads with one command for each partition what `states` says of the deliveries that are to come.
local function read_groups(first, groups)
    local wanted = {}
    walk_groups(first, groups, 4, function(group, deliveries)
        local index = tonumber(ARGV[group])
        local ids = wanted[index] or {}
        wanted[index] = ids
        local last = #ids
        for item = group + 4, group + 1 + 3 * deliveries, 3 do
            last = last + 1
            ids[last] = ARGV[item]
        end
    end)
    for index, ids in pairs(wanted) do
        local partition = partition_at(index)
        local entries = not partition.fault and try('HMGET', states_key(partition.base), unpack(ids))
        local fault = failure(entries)
        partition.fault = partition.fault or fault and 'E' .. fault
        partition.entries = {}
        for at, id in ipairs(partition.fault and {} or ids) do partition.entries[id] = entries[at] end
    end
end

local answer = {}
local position, groups = #KEYS + 2, tonumber(ARGV[#KEYS + 1])
read_groups(position, groups)
position = walk_groups(position, groups, 4, function(group, deliveries)
    answer[#answer + 1] = complete_group(group, deliveries)
end)
claim_all(position, answer)
write_many('DEL', bodies)
write_gathered()
write_noted()
return answer
