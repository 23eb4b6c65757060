-- Groups: new events with ids of our own, each with one delivery, all of them to one queue and without an ordering key. An
-- MSET in the same transaction laid their bodies down before this script, so that none becomes a text of Lua, which would hash
-- each of its bytes.
--
-- In ARGV: of how many of KEYS, from the first, there may be groups, then for each of these: the number of its groups, and for
-- each group what lib/bulk.lua says, and its ids. Where all of a partition's can go straight in flight, as nearly always, they take
-- the fewest commands. Needs lib/owner.lua.
local group_head = 6

-- Whether no queue of any partition has work waiting: mostly none has, and one command tells.
local none_ready
local function is_none_ready()
    if none_ready == nil then
        local keys = {}
        for index, base in ipairs(KEYS) do keys[index] = ready_key(base) end
        none_ready = call('EXISTS', unpack(keys)) == 0
    end
    return none_ready
end

-- Whether one of the queues of a partition has work waiting, or nobody can tell.
local function is_any_ready(base, queues)
    if is_none_ready() then return false end
    local ready = try('SMISMEMBER', ready_key(base), unpack(queues))
    for index = 1, #queues do
        if ready[index] ~= 0 then return true end
    end
    return false
end

-- The only event for a partition in this call: over a thousand endpoints most are.
local function begin_one(base, queue, mark, id)
    local states = states_key(base)
    if try('HGET', states, id) or is_any_ready(base, {queue}) then return false end
    if failure(try('HSET', inflight_key(base), queue .. '|' .. id, mark)) then return false end
    call('HSET', states, id, queue .. ' f1')
    try('HINCRBY', counts_key(base), 'accepted', '1')
    return true
end

-- What the groups at `at` need written. nil where one of them is not to go in flight at once.
local function gather_groups(at, groups, mark)
    local queues, ids, begun, entries, last = {}, {}, {}, {}, 0
    for group = 1, groups do
        local first, queue = at + group_head, ARGV[at]
        local field, entry = queue .. '|', queue .. ' f1'
        if ARGV[at + 1] ~= '1' then return nil end
        queues[group] = queue
        at = first + ARGV[first - 1]
        for item = first, at - 1 do
            local id, place = ARGV[item], 2 * last + 1
            last = last + 1
            ids[last] = id
            begun[place], begun[place + 1] = field .. id, mark
            entries[place], entries[place + 1] = id, entry
        end
    end
    return queues, ids, begun, entries
end

local function begin_some(base, mark, at, groups)
    local queues, ids, begun, entries = gather_groups(at, groups, mark)
    if not queues or is_any_ready(base, queues) then return false end
    local states, inflight = states_key(base), inflight_key(base)
    local known, length = try('HMGET', states, unpack(ids)), try('HLEN', inflight)
    if failure(known) or failure(length) then return false end
    for index = 1, #ids do
        if known[index] then return false end
    end
    if write_fields(states, entries, #entries >= worth_a_look and call('HLEN', states)) < #ids then
        call('HDEL', states, unpack(ids)) -- twins
        return false
    end
    write_fields(inflight, begun, length)
    try('HINCRBY', counts_key(base), 'accepted', #ids)
    return true
end

-- Puts all groups of a partition straight in flight, the first of which is at `at`. False, and nothing was changed, where they
-- cannot all go so. `inflight` is read before it is written, or by that, as the first write.
local function begin_groups(index, at, groups)
    local base, token = KEYS[index], ARGV[1 + index]
    if token == '' or token_of(index) ~= token then return false end
    if groups == '1' and ARGV[at + 5] == '1' and ARGV[at + 1] == '1' then
        return begin_one(base, ARGV[at], '1:' .. token, ARGV[at + group_head])
    end
    return begin_some(base, '1:' .. token, at, tonumber(groups))
end
