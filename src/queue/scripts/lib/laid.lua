-- The groups that were laid down for a partition (lib/straight.lua), where something is in their way: of each queue, most that may wait in it,
-- most dead letters (0: no bound), types, a line each or one line for all, and ids, a line each. Needs lib/sized.lua.
local function read_laid(text)
    local groups, fields = {}, read_sized(text)
    for at = 1, #fields, 5 do
        groups[#groups + 1] = {queue = fields[at], most_waiting = fields[at + 1], most_dead = fields[at + 2], types = fields[at + 3], ids = fields[at + 4]}
    end
    return groups
end

-- Whether one of the queues of a partition has work waiting, or nobody can tell.
local function is_any_ready(base, text)
    local queues = {}
    for place, group in ipairs(read_laid(text)) do queues[place] = group.queue end
    local ready = try('SMISMEMBER', ready_key(base), unpack(queues))
    for place = 1, #queues do
        if ready[place] ~= 0 then return true end
    end
    return false
end

-- Takes up what was laid down for a partition, but for the bodies. Its groups are appended to ARGV as they come there otherwise. Gives where each
-- begins.
local function take_laid_up(base, text)
    local positions = {}
    for place, group in ipairs(read_laid(text)) do
        local fields, ids = {}, {}
        for id in group.ids:gmatch('[^\n]+') do
            ids[#ids + 1] = id
            fields[#fields + 1] = group.queue .. '|' .. id
        end
        try('HDEL', inflight_key(base), unpack(fields))
        try('HDEL', states_key(base), unpack(ids))
        if try('HINCRBY', counts_key(base), 'accepted', -#ids) == 0 then call('HDEL', counts_key(base), 'accepted') end
        local last = #ARGV
        for at, value in ipairs({group.queue, '1', group.most_waiting, group.most_dead, group.types, #ids}) do ARGV[last + at] = value end
        for at, id in ipairs(ids) do ARGV[last + group_head + at] = id end
        positions[place] = last + 1
    end
    return positions
end
