-- The history of an endpoint: `history:<queue>`, newest first; `names` has the queues of a partition that
-- have one, or dead letters. A record is made by queue/attempt_record.cpp: 8 bytes, big-endian, of microseconds of Redis' clock, as far as
-- the daemon knows it, growing along the list; 22 of the event's id; a format byte and one of flags; and the rest is nothing to
-- scripts. It is memory, not duty: what cannot be written is forgotten, and holds up nothing. Needs lib/redis.lua.

-- Takes the oldest of a list of `length` that are past `most`, 256 of them at most. `forget` (lib/forget.lua) is given each that may have
-- kept its body.
local function cut_history(base, queue, most, length, forget)
    if length <= most then return end
    local old = try('RPOP', base .. history_name .. queue, math.min(length - most, 256))
    if failure(old) or not old then return end
    for _, record in ipairs(old) do
        if (record:byte(32) or 0) % 16 == 1 then forget(base, queue, record) end
    end
end
