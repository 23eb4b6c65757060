-- Who owns the partitions of a call: `token` of all KEYS, read with one command when it is first asked for.
-- Needs lib/redis.lua.
local tokens

-- nil where the partition is free. A key of another kind is nobody's lease; where the keys cannot be read, gives nil and a fault.
local function token_of(index)
    if not tokens then
        local keys = {}
        for place, base in ipairs(KEYS) do keys[place] = base .. token_name end
        tokens = try('MGET', unpack(keys))
    end
    return tokens[index], tokens.err
end
