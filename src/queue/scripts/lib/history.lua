-- The history of an endpoint: `history:<queue>`, newest first; `names` has the queues of a partition that
-- have one, or dead letters. A record is 8 bytes, big-endian, of microseconds of Redis' clock, growing along the list; 22 of
-- the event's id; then what queue/attempt_record.cpp made: a format byte and one of flags, and the rest is
-- nothing to scripts. It is memory, not duty: what cannot be written is forgotten, and holds up nothing. Needs lib/redis.lua.
local byte, pack = string.byte, struct.pack

-- Of a record without its stamp: whether its delivery was made and the body stays with it.
local function keeps_body(record)
    return (byte(record, 24) or 0) % 16 == 1
end

-- Stamps count up from the time of the call's first: an item takes longer than the microsecond that its stamp is later, so the
-- next call's clock is past them.
local last_stamp_us
local function stamped(record)
    if last_stamp_us then
        last_stamp_us = last_stamp_us + 1
    else
        local now = call('TIME')
        last_stamp_us = now[1] * 1000000 + now[2]
    end
    return pack('>I8', last_stamp_us) .. record
end

-- After a push of `pushed` that left `length` in a list of `most`. A list may be a little longer than it should, so that not every push
-- has to cut; a cut takes 256 at most. `forget` (lib/forget.lua) is given each record that leaves and may have kept its body.
local function end_push(base, queue, most, length, pushed, forget)
    if failure(length) then return end
    if length == pushed then try('SADD', base .. names_name, queue) end
    local over = length - most
    if over <= 8 or over <= most / 16 then return end
    local old = try('RPOP', base .. history_name .. queue, math.min(over, 256))
    if failure(old) or not old then return end
    for _, record in ipairs(old) do
        if (byte(record, 32) or 0) % 16 == 1 then forget(base, queue, record) end
    end
end

-- `record` is without stamp; '' is nothing to remember.
local function push_record(base, queue, most, record, forget)
    if record == '' then return end
    end_push(base, queue, most, try('LPUSH', base .. history_name .. queue, stamped(record)), 1, forget)
end

-- Some of one queue, none of them ''; they get their stamps in their table.
local function push_records(base, queue, most, records, forget)
    if not records[1] then return end
    for index = 1, #records do records[index] = stamped(records[index]) end
    end_push(base, queue, most, try('LPUSH', base .. history_name .. queue, unpack(records)), #records, forget)
end
