#!lua flags=allow-oom
-- Moves the mark of the store, in which a store shows that it was wiped or went back in time.
--
-- KEYS    the mark
-- ARGV    an id for the store if it has none; the daemon's id; the highest number that the daemon was told (0: none)
-- Answer  the store's id, the number that it had, the last one that this daemon was given in it ('' : none), and the
--         new one; or an error
--
-- After: the number is higher than all that this daemon was told, and is noted as this daemon's. The numbers of the
-- 64 daemons that moved it last are kept.

--@include lib/call.lua

local key, own = KEYS[1], 'of:' .. ARGV[2]

local function forget_one()
    local oldest, least
    local fields = call('HGETALL', key)
    for index = 1, #fields, 2 do
        local number = tonumber(fields[index + 1])
        if fields[index]:sub(1, 3) == 'of:' and (not least or number < least) then
            oldest, least = fields[index], number
        end
    end
    if oldest then call('HDEL', key, oldest) end
end

local seen = try('HMGET', key, 'id', 'number', own)
if failure(seen) then return seen end
local id, number = seen[1] or ARGV[1], tonumber(seen[2] or '0')
local moved = math.max(number, tonumber(ARGV[3])) + 1
call('HSET', key, 'id', id, 'number', moved, own, moved)
if call('HLEN', key) > 66 then forget_one() end
return {id, tostring(number), seen[3] or '', tostring(moved)}
