#!lua flags=no-writes
-- A piece of an endpoint's history, newest first, with what has become of each delivery since.
--
-- KEYS    the base of one partition
-- ARGV    queue, the stamp below which it begins ('' : at the newest), the stamp at which it still goes on (0: to the
--         end), the most records, and the bytes of records after which no further one is given (the first always is)
-- Answer  '1' where there is more, else '0'; then for each record four elements: the record with its stamp; state and
--         note as lib/sight.lua says; '1' where a newer one of the same delivery is in the list, as far as the
--         newest 1,000 tell, else '0'

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/recent.lua
--@include lib/state.lua
--@include lib/sight.lua

local base, queue, below = KEYS[1], ARGV[1], ARGV[2]
local lowest, most, bytes_left = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local key = history_key(base, queue)

-- The place of the first record that is older than the stamp.
local function place_below(stamp)
    local low, high = 0, call('LLEN', key)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if stamp_of(call('LINDEX', key, middle)) >= stamp then low = middle + 1 else high = middle end
    end
    return low
end

local first = below == '' and 0 or place_below(tonumber(below))
local seen = newest_records(key, math.min(first, 1000))
local answer = {'0'}
-- A record may be out of order where clocks were set or told differently: what does not lie below the beginning is passed over, so that each
-- page ends further down than the one before.
walk_history(key, first, most + 256, function(stamped)
    if below ~= '' and stamp_of(stamped) >= tonumber(below) then return false end
    if stamp_of(stamped) < lowest then return true end
    if #answer > 4 * most or (#answer > 1 and bytes_left < #stamped) then
        answer[1] = '1'
        return true
    end
    bytes_left = bytes_left - #stamped
    local id = id_of(stamped)
    local state, note = state_and_note(base, queue, id)
    for _, element in ipairs({stamped, state, note, seen[id] and '1' or '0'}) do answer[#answer + 1] = element end
    seen[id] = stamped
end)
return answer
