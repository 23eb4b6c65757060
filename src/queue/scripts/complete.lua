#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; the number of histories into which records were pushed beside the script, and their keys; how
--         many of KEYS, from the first, have deliveries that ended, then for each of these: the
--         number of groups, then for each: queue, attempt, most records of its history, where the records are, n, n ids, and with
--         'here' n records ('' : none); then claims as lib/claim.lua says
-- Answer  for each group one element that is so for all of it, or an array with one for each delivery: 'A' applied,
--         'AW' applied and the queue, which had no work, has the next of the key now, 'S' stale, 'F' fenced,
--         'H' its history, into which its record was to be pushed, is not there: nothing was changed, it has to come again with its
--         record 'here'; 'E<text>'; then as lib/claim.lua says
--
-- Records are 'beside': an LPUSHX of the same transaction pushed them before this script, one for each of the group in their order; none
-- of them keeps a body, and no other group of this call is of that queue. 'long': the same, and that
-- history is longer than it should be. 'here': the script pushes them. 'none': there are none.
--
-- Before: the state is f<attempt>. After 'A': the delivery is one of `delivered` in `counts`, and in no key but the
-- history; with the last delivery of the event in this partition, dead and kept ones included, the body is
-- gone. Where the record keeps the body, the state is k<attempt> until the record goes. The next delivery
-- of its ordering key is queued. After another answer its record is in no history.

--@include lib/redis.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/history.lua

-- Bodies of events whose only delivery ended.
local bodies = {}

-- What few completions need. Lua makes each function of a script anew in each call, which costs more than a completion,
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
--@include lib/noted.lua
    local parts = {forget = forget_record}
    -- Sorts out of groups what can end without more, each once. Gives what leaves `states` and `inflight`, and where in ARGV the ids of the
    -- others are.
    function parts.sort_out(heads, entries)
        local gone, fields, others, seen, at, last = {}, {}, {}, {}, 0, 0
        for _, head in ipairs(heads) do
            local queue = ARGV[head]
            for item = head + 5, head + 4 + ARGV[head + 4] do
                local id = ARGV[item]
                at = at + 1
                if entries[at] == queue .. ' f' .. ARGV[head + 1] and not seen[id] and ARGV[head + 3] ~= 'here' then
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
            for item = head + 5, head + 4 + ARGV[head + 4] do
                twins[item] = seen[ARGV[item]]
                seen[ARGV[item]] = true
            end
        end
        return twins
    end
    local function was_pushed(head)
        return ARGV[head + 3] == 'beside' or ARGV[head + 3] == 'long'
    end
    -- Takes records that were pushed beside the script out of the history again: of those of the group at `head` that did not end (nil: of
    -- all). The first of n was pushed first and lies n - 1 records behind the last, so that what goes moves none that is looked at later.
    function parts.take_back(base, head, refused)
        if not was_pushed(head) then return end
        local key, last = history_key(base, ARGV[head]), head + 4 + ARGV[head + 4]
        for item = head + 5, last do
            local record = (not refused or refused[item]) and try('LINDEX', key, last - item)
            if type(record) == 'string' and record:sub(9, 30) == ARGV[item] then call('LREM', key, 1, record) end
        end
    end
    -- What is left of the group at `head` when all that could end without more have ended (`others`: nil: all of it), and its records. Gives
    -- the answer of the group.
    function parts.complete_others(index, head, others)
        local base, queue, count, answers, refused = KEYS[index], ARGV[head], ARGV[head + 4], {}, {}
        local is_here = ARGV[head + 3] == 'here'
        for item = head + 5, head + 4 + count do
            local record = is_here and ARGV[item + count] or ''
            local answer = 'A'
            if not others or others[item] then
                answer = complete_one(partition_at(index), queue, ARGV[item], ARGV[head + 1], record)
            end
            if answer:byte() ~= 65 then -- 'A'
                refused[item] = true
            else
                note_attempt(base, queue, record, ARGV[head + 2])
            end
            answers[#answers + 1] = answer
        end
        if next(refused) then parts.take_back(base, head, refused) end
        return answers[2] and answers or answers[1]
    end
    -- As complete_others, for all of a group, where some history is not there.
    function parts.complete_unless_gone(index, head)
        if was_pushed(head) and try('EXISTS', history_key(KEYS[index], ARGV[head])) == 0 then return 'H' end
        return parts.complete_others(index, head)
    end
    function parts.write()
        write_gathered()
        write_noted()
    end
    return parts
end

-- Claims behind the completions; what their functions need is made for them, and only for calls that have some.
local function claim_behind(position, answer)
--@include lib/call.lua
--@include lib/keys.lua
--@include lib/inflight.lua
--@include lib/claim.lua
    claim_all(position, answer)
    write_gathered()
end

local made
local function rest()
    made = made or make_rest()
    return made
end

-- Cuts the history of the group at `head`, where it is known to be long.
local function end_records(base, head)
    if ARGV[head + 3] ~= 'long' then return end
    local length = try('LLEN', base .. history_name .. ARGV[head])
    if failure(length) then return end
    cut_history(base, ARGV[head], tonumber(ARGV[head + 2]), length, function(...) rest().forget(...) end)
end

-- A delivery that is the only one of its event, without a key, can end without that anything is asked or kept: nearly
-- all are. `inflight` is read by the first write: where that fails, nothing was changed.

-- The only one of its partition in this call: over a thousand endpoints most are, so it takes the fewest steps.
local function complete_alone(index, head)
    local base, queue, id, answer = KEYS[index], ARGV[head], ARGV[head + 5], 'A'
    local states = base .. states_name
    if ARGV[head + 3] == 'here' or try('HGET', states, id) ~= queue .. ' f' .. ARGV[head + 1] then
        answer = rest().complete_others(index, head)
    else
        local fault = failure(try('HDEL', base .. inflight_name, queue .. '|' .. id))
        if fault then
            rest().take_back(base, head)
            return 'E' .. fault
        end
        call('HDEL', states, id)
        try('HINCRBY', base .. counts_name, 'delivered', '1')
        bodies[#bodies + 1] = base .. event_name .. id
    end
    end_records(base, head)
    return answer
end

-- Where the groups of a partition begin, their ids, and where they end.
local function read_groups(count, at)
    local heads, ids = {}, {}
    for number = 1, count do
        local first, past = at + 5, at + 5 + ARGV[at + 4]
        heads[number] = at
        if number == 1 then
            ids = {unpack(ARGV, first, past - 1)}
        else
            for item = first, past - 1 do ids[#ids + 1] = ARGV[item] end
        end
        at = ARGV[at + 3] == 'here' and past + ARGV[at + 4] or past
    end
    return heads, ids, at
end

-- What leaves `inflight` where all can end without more; else nil.
local function fields_of(heads, ids, entries)
    local fields, at = {unpack(ids)}, 0
    for _, head in ipairs(heads) do
        if ARGV[head + 3] == 'here' then return nil end
        local plain, queue = ARGV[head] .. ' f' .. ARGV[head + 1], ARGV[head] .. '|'
        for place = at + 1, at + ARGV[head + 4] do
            if entries[place] ~= plain then return nil end
            fields[place] = queue .. fields[place]
        end
        at = at + ARGV[head + 4]
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

-- Whether each history is there into which records were pushed: mostly they are, and one command tells.
local histories = tonumber(ARGV[#KEYS + 1])
local are_there = histories == 0 or try('EXISTS', unpack(ARGV, #KEYS + 2, #KEYS + 1 + histories)) == histories

-- Gives where the groups of the partition end.
local function complete_groups(index, count, at, answer)
    local base, refused = KEYS[index], owner_fault(index)
    local heads, ids, past = read_groups(count, at)
    local others, fault
    if not refused and are_there then
        others, fault = end_groups(base, heads, ids)
        refused = fault and 'E' .. fault
    end
    for _, head in ipairs(heads) do
        local its_answer = refused or 'A'
        if refused then
            rest().take_back(base, head)
        elseif not are_there then
            its_answer = rest().complete_unless_gone(index, head)
        elseif others then
            its_answer = rest().complete_others(index, head, others)
        end
        answer[#answer + 1] = its_answer
        if not refused then end_records(base, head) end
    end
    return past
end

local answer = {}
local position = #KEYS + 3 + histories
for index = 1, tonumber(ARGV[position - 1]) do
    if are_there and ARGV[position] == '1' and ARGV[position + 5] == '1' and not owner_fault(index) then
        answer[#answer + 1] = complete_alone(index, position + 1)
        position = position + (ARGV[position + 4] == 'here' and 8 or 7)
    else
        position = complete_groups(index, tonumber(ARGV[position]), position + 1, answer)
    end
end
if made then made.write() end
if ARGV[position + 2] ~= '0' then claim_behind(position, answer) end
for first = 1, #bodies, 4000 do call('DEL', unpack(bodies, first, math.min(first + 3999, #bodies))) end
return answer
