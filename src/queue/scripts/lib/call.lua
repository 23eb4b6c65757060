--@include lib/redis.lua

-- Redis' own clock in milliseconds. Schedules are counted in nothing else.
local function now_ms()
    local now = call('TIME')
    return now[1] * 1000 + math.floor(now[2] / 1000)
end

-- The gathered values of one key, with one command or several: Lua's stack ends at 8,000 values. Commands of pairs stay whole. Gives the sum of the
-- answers.
local function write_all(command, key, values)
    if #values <= 4000 then return values[1] and call(command, key, unpack(values)) or 0 end
    local sum = 0
    for first = 1, #values, 4000 do
        sum = sum + call(command, key, unpack(values, first, math.min(first + 3999, #values)))
    end
    return sum
end

-- Redis keeps a small hash as one text that each access walks through: up to 128 fields, 30,000 instructions for one that is not there yet. So one that
-- outgrows 64 gets a value for a moment that such a text may not hold, and is a table from then on, until it is empty.
local too_long = ('-'):rep(65)

local function make_table(key)
    call('HSET', key, '', too_long)
    call('HDEL', key, '')
end

-- The same for pairs of a hash that had `before` fields, if that is known. Gives how many fields are new.
local function write_fields(key, values, before)
    if #values == 0 then return 0 end
    local grows = before and before < 64 and before + #values / 2 >= 64
    if grows then values[#values + 1], values[#values + 2] = '', too_long end
    local new = write_all('HSET', key, values)
    if not grows then return new end
    return new - call('HDEL', key, '')
end

-- Fewer values than that do not ask how large their hash is: it is a table from Redis' own bound on.
local worth_a_look = 8
