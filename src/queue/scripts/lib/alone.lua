-- Groups: new events with ids of our own, each with one delivery, all of them to one queue and without an ordering key. An
-- MSET in the same transaction laid their bodies down before this script, so that none becomes a text of Lua, which would hash
-- each of its bytes.
--
-- In ARGV: of how many of KEYS, from the first, there may be groups, then for each of these: the number of its groups, and for
-- each group what lib/bulk.lua says, and its ids. Where a partition has one alone, and all of it can go straight in flight, as nearly
-- always, it takes the fewest commands.
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

-- Twins in one group: the first of them is in flight, so that the others are alive already. Gives the letters, and how many began.
local function letters_of_twins(first, last)
    local letters, begun, seen = {}, 0, {}
    for item = first, last do
        local id = ARGV[item]
        letters[#letters + 1] = seen[id] and 'a' or 'f'
        begun, seen[id] = begun + (seen[id] and 0 or 1), true
    end
    return table.concat(letters), begun
end

-- What `begin_alone` does for one event.
local function begin_one(base, queue, mark, id)
    local states = states_key(base)
    if try('HGET', states, id) then return nil end
    if failure(try('HSET', inflight_key(base), queue .. '|' .. id, mark)) then return nil end
    call('HSET', states, id, queue .. ' f1')
    try('HINCRBY', counts_key(base), 'accepted', '1')
    return 'Sf'
end

local function begin_some(base, queue, mark, first, last)
    local states, inflight, field, entry = states_key(base), inflight_key(base), queue .. '|', queue .. ' f1'
    local known = try('HMGET', states, unpack(ARGV, first, last))
    local length = try('HLEN', inflight)
    if failure(known) or failure(length) then return nil end
    local begun, entries, at = {}, {}, 0
    for index = 1, last - first + 1 do
        if known[index] then return nil end
        local id = ARGV[first + index - 1]
        begun[at + 1], begun[at + 2] = field .. id, mark
        entries[at + 1], entries[at + 2] = id, entry
        at = at + 2
    end
    local letters, accepted = ('f'):rep(at / 2), ARGV[first - 1]
    if write_fields(inflight, begun, length) < at / 2 then letters, accepted = letters_of_twins(first, last) end
    write_fields(states, entries, at >= worth_a_look and call('HLEN', states))
    try('HINCRBY', counts_key(base), 'accepted', accepted)
    return 'S' .. letters
end

-- Puts the only group of its partition straight in flight. Gives the answer; or nil, and nothing was changed, where that cannot be.
local function begin_alone(index, first, last)
    local base, queue, token = KEYS[index], ARGV[first - 6], ARGV[1 + index]
    if ARGV[first - 5] ~= '1' or token == '' or token_of(index) ~= token then return nil end
    if not is_none_ready() and try('SMISMEMBER', ready_key(base), queue)[1] ~= 0 then return nil end
    if first == last then return begin_one(base, queue, '1:' .. token, ARGV[first]) end
    return begin_some(base, queue, '1:' .. token, first, last)
end
