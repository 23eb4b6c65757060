#!lua flags=allow-oom
-- in flight → delivered, and the next claims in the same call.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; the number of histories into which records were pushed beside the script, and their keys; how
--         many of KEYS, from the first, have deliveries that ended, then for each of these: how many ended whose records are not 'here'
--         (0: none) and, where there are some, their states as they should be, a line each; their groups as one text (lib/sized.lua) of
--         queue, attempt, most records of its history, where the records are, and ids, a line each; the number of histories that are longer
--         than they should be, and for each its queue and most records; the ids; the entries of `inflight`. Then the number of its other groups, then for
--         each: queue, attempt, most records of its history, 'here', n, n ids, n records ('' : none); then claims as lib/claim.lua says
-- Answer  for each partition where some ended whose records are not 'here' 'A' where all of that ended, else an array of the answers of its
--         groups; then one for each other group. The answer of a group is one element that is so for all of it, or an array with one for each delivery: 'A' applied,
--         'AW' applied and the queue, which had no work, has the next of the key now, 'S' stale, 'F' fenced,
--         'H' its history, into which its record was to be pushed, is not there: nothing was changed, it has to come again with its
--         record 'here'; 'E<text>'; then as lib/claim.lua says
--
-- Records are 'beside': an LPUSHX of the same transaction pushed them before this script, one for each of the group in their order; none
-- of them keeps a body, and no other group of this call is of that queue. 'here': the script pushes them. 'none': there are none.
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

-- Ends deliveries that are the only one of their event, without a key: their ids are in `ids` from `first` to `last`, their entries of `inflight` in
-- `fields` from `at` on. `inflight` is read by the first write: where that fails, nothing was changed. Gives how many ended; nil and a fault
-- where nothing was changed.
local function end_events(base, ids, first, last, fields, at)
    if last < first then return 0 end
    local fault = failure(try('HDEL', base .. inflight_name, unpack(fields, at, at + last - first)))
    if fault then return nil, fault end
    local ended = call('HDEL', base .. states_name, unpack(ids, first, last))
    try('HINCRBY', base .. counts_name, 'delivered', ended)
    local prefix, count = base .. event_name, #bodies
    for item = first, last do
        count = count + 1
        bodies[count] = prefix .. ids[item]
    end
    return ended
end

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
--@include lib/sized.lua
    local parts = {forget = forget_record}
    -- Sorts out of groups what can end without more, each once. Gives what leaves `states` and `inflight`, and where in ARGV the ids of the
    -- others are.
    local function sort_out(heads, entries)
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
    local function find_twins(heads)
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
        return ARGV[head + 3] == 'beside'
    end
    -- Takes records that were pushed beside the script out of the history again: of those of the group at `head` that did not end (nil: of
    -- all). The first of n was pushed first and lies n - 1 records behind the last, so that what goes moves none that is looked at later.
    local function take_back(base, head, refused)
        if not was_pushed(head) then return end
        local key, last = history_key(base, ARGV[head]), head + 4 + ARGV[head + 4]
        for item = head + 5, last do
            local record = (not refused or refused[item]) and try('LINDEX', key, last - item)
            if type(record) == 'string' and record:sub(9, 30) == ARGV[item] then call('LREM', key, 1, record) end
        end
    end
    -- What is left of the group at `head` when all that could end without more have ended (`others`: nil: all of it), and its records. Gives
    -- the answer of the group.
    local function complete_others(index, head, others)
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
        if next(refused) then take_back(base, head, refused) end
        return answers[2] and answers or answers[1]
    end
    -- As complete_others, for all of a group, where some history is not there.
    local function complete_unless_gone(index, head)
        if was_pushed(head) and try('EXISTS', history_key(KEYS[index], ARGV[head])) == 0 then return 'H' end
        return complete_others(index, head)
    end
    -- Ends what can end without more. Gives where in ARGV the ids of the others are, or nil and a fault.
    local function end_groups(base, heads)
        local ids = {}
        for _, head in ipairs(heads) do
            for item = head + 5, head + 4 + ARGV[head + 4] do ids[#ids + 1] = ARGV[item] end
        end
        local entries = try('HMGET', states_key(base), unpack(ids))
        if failure(entries) then return nil, failure(entries) end
        local gone, fields, others = sort_out(heads, entries)
        local _, fault = end_events(base, gone, 1, #gone, fields, 1)
        return others, fault
    end
    -- The groups of a text, appended to ARGV as other groups come there. Gives where each begins.
    function parts.append_groups(text)
        local fields, heads = read_sized(text), {}
        for at = 1, #fields, 5 do
            local head, count = #ARGV + 1, 0
            for place = 0, 3 do ARGV[head + place] = fields[at + place] end
            for id in fields[at + 4]:gmatch('[^\n]+') do
                count = count + 1
                ARGV[head + 4 + count] = id
            end
            ARGV[head + 4] = count
            heads[#heads + 1] = head
        end
        return heads
    end
    -- All of a partition's groups at `heads` are answered with a refusal.
    function parts.refuse(base, heads, refused, answer)
        for _, head in ipairs(heads) do
            take_back(base, head)
            answer[#answer + 1] = refused
        end
    end
    -- All have ended but what was named before.
    function parts.complete_twins(index, heads, answer)
        local twins = find_twins(heads)
        for _, head in ipairs(heads) do answer[#answer + 1] = complete_others(index, head, twins) end
    end
    -- The groups at `heads`, of which nothing was changed yet. `are_there`: whether each history is there into which records were pushed.
    function parts.complete_groups(index, heads, are_there, answer)
        local others, fault
        if are_there then others, fault = end_groups(KEYS[index], heads) end
        if fault then return parts.refuse(KEYS[index], heads, 'E' .. fault, answer) end
        for _, head in ipairs(heads) do
            answer[#answer + 1] = are_there and complete_others(index, head, others) or complete_unless_gone(index, head)
        end
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

-- Cuts a history that is known to be long.
local function end_records(base, queue, most)
    local length = try('LLEN', base .. history_name .. queue)
    if failure(length) then return end
    cut_history(base, queue, tonumber(most), length, function(...) rest().forget(...) end)
end

-- Whether each history is there into which records were pushed: mostly they are, and one command tells.
local histories = tonumber(ARGV[#KEYS + 1])
local are_there = histories == 0 or try('EXISTS', unpack(ARGV, #KEYS + 2, #KEYS + 1 + histories)) == histories

-- Ends those of a partition that can mostly end without that anything is asked or kept: nearly all are the only delivery of their event, without a
-- key, and no state has two lines then. Gives 'A', or an array of the answers of their groups.
local function complete_plain(index, expected, text, first, count, refused)
    local base, answer, last = KEYS[index], {}, first + count - 1
    if refused then
        rest().refuse(base, rest().append_groups(text), refused, answer)
        return answer
    end
    local entries = are_there and try('HMGET', base .. states_name, unpack(ARGV, first, last)) or {}
    local are_known, states = pcall(table.concat, entries, '\n') -- an id that is not there has no text
    if not are_known or states ~= expected then
        rest().complete_groups(index, rest().append_groups(text), are_there, answer)
        return answer
    end
    local ended, fault = end_events(base, ARGV, first, last, ARGV, last + 1)
    if ended == count then return 'A' end
    local heads = rest().append_groups(text)
    if fault then
        rest().refuse(base, heads, 'E' .. fault, answer)
    else
        rest().complete_twins(index, heads, answer)
    end
    return answer
end

-- Where groups begin, and where the last of them ends.
local function heads_of(count, at)
    local heads = {}
    for number = 1, count do
        heads[number] = at
        at = at + 5 + 2 * ARGV[at + 4]
    end
    return heads, at
end

-- Gives where the deliveries of the partition end.
local function complete_partition(index, at, answer)
    local refused, count = owner_fault(index), tonumber(ARGV[at])
    if count > 0 then
        local first = at + 4 + 2 * ARGV[at + 3]
        answer[#answer + 1] = complete_plain(index, ARGV[at + 1], ARGV[at + 2], first, count, refused)
        if not refused then
            for place = at + 4, first - 1, 2 do end_records(KEYS[index], ARGV[place], ARGV[place + 1]) end
        end
        at = first + 2 * count
    else
        at = at + 1
    end
    if ARGV[at] == '0' then return at + 1 end
    local heads, past = heads_of(tonumber(ARGV[at]), at + 1)
    if refused then
        rest().refuse(KEYS[index], heads, refused, answer)
    else
        rest().complete_groups(index, heads, are_there, answer)
    end
    return past
end

local answer = {}
local position = #KEYS + 3 + histories
for index = 1, tonumber(ARGV[position - 1]) do position = complete_partition(index, position, answer) end
if made then made.write() end
if ARGV[position + 2] ~= '0' then claim_behind(position, answer) end
for first = 1, #bodies, 4000 do call('DEL', unpack(bodies, first, math.min(first + 3999, #bodies))) end
return answer
