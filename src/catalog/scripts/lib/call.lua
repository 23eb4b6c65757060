-- Reads before the first write go through `try`: a key that cannot be read is answered as a fault, and nothing
-- was written.
local call = redis.call
local try = redis.pcall

-- The text of an error reply; nil for every other reply.
local function failure(reply)
    return type(reply) == 'table' and reply.err or nil
end

-- The version of the catalog; its fault as a second result.
local function read_version(key)
    local version = try('GET', key)
    local fault = failure(version)
    if fault then return nil, fault end
    if version and not string.match(version, '^%d+$') then return nil, 'the version is no number' end
    return version or '0'
end
