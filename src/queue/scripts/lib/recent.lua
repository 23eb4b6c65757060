-- Reading a history (lib/history.lua): newest first, in bounded pieces.
local walk_step, walk_bytes = 128, 4194304

local function stamp_of(stamped) return #stamped >= 8 and (struct.unpack('>I8', stamped)) or 0 end
local function id_of(stamped) return stamped:sub(9, 30) end

-- Shows `visit` at most `most` records from `first` on, and no more than 4 MiB of them, until it says true.
local function walk_history(key, first, most, visit)
    local bytes, last = 0, first + most - 1
    for begin = first, last, walk_step do
        local records = call('LRANGE', key, begin, math.min(begin + walk_step - 1, last))
        for _, stamped in ipairs(records) do
            bytes = bytes + #stamped
            if bytes > walk_bytes or visit(stamped) then return end
        end
        if #records < walk_step then return end
    end
end

-- The newest record of each delivery among the first `most`, by id.
local function newest_records(key, most)
    local newest = {}
    walk_history(key, 0, most, function(stamped)
        local id = id_of(stamped)
        if not newest[id] then newest[id] = stamped end
    end)
    return newest
end
