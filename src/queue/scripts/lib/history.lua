-- The history of an endpoint: `history:<queue>`, newest first; `names` has the queues of a partition that
-- have one, or dead letters. A record is 8 bytes, big-endian, of microseconds of Redis' clock, growing along the list; 22 of
-- the event's id; then what queue/attempt_record.cpp made: a format byte and one of flags, and the rest is
-- nothing to scripts. It is memory, not duty: what cannot be written is forgotten, and holds up nothing.
-- Needs lib/state.lua.

-- Of a record without its stamp: whether its delivery was made and the body stays with it.
local function keeps_body(record)
    return (record:byte(24) or 0) % 16 == 1
end

-- What leaves the list takes with it the delivery that was kept for it.
local function forget_record(base, queue, stamped)
    if (stamped:byte(32) or 0) % 16 ~= 1 then return end -- as `keeps_body`, behind the stamp
    local id = stamped:sub(9, 30)
    if split_state((read_state(base, id, queue))) == 'k' then remove_state(base, queue, id) end
end

-- Gathered while the items of a call go by: one push for each queue at the end.
local noted = {}
local noted_by_name = {}
local first_noted_us

-- The history of a queue that keeps `most` records, to note some in it.
local function history_of(base, queue, most)
    local name = base .. queue
    local history = noted_by_name[name]
    if not history then
        history = {base = base, queue = queue, records = {}}
        noted_by_name[name] = history
        noted[#noted + 1] = history
    end
    history.most = tonumber(most)
    return history
end

-- `record` is without stamp; '' is nothing to remember.
local function note_record(history, record)
    if record == '' then return end
    if not first_noted_us then
        local now = call('TIME')
        first_noted_us = now[1] * 1000000 + now[2]
    end
    history.records[#history.records + 1] = record
end

local function note_attempt(base, queue, record, most)
    note_record(history_of(base, queue, most), record)
end

-- A list may be a little longer than it should, so that not every push has to cut; a cut takes 256 at most.
local function cut_history(history, key, length)
    local most = history.most
    if length <= most + math.max(8, math.floor(most / 16)) then return end
    local old = try('RPOP', key, math.min(length - most, 256))
    if failure(old) or not old then return end
    for _, stamped in ipairs(old) do forget_record(history.base, history.queue, stamped) end
end

-- Stamps count up from the time of the call's first note: an item takes longer than the microsecond that its stamp
-- is later, so the next call's clock is past them.
local function write_noted()
    for _, history in ipairs(noted) do
        local key, records = history_key(history.base, history.queue), history.records
        for index = 1, #records do
            records[index] = struct.pack('>I8', first_noted_us + index - 1) .. records[index]
        end
        local length = try('LPUSH', key, unpack(records))
        if not failure(length) then
            if length == #records then try('SADD', names_key(history.base), history.queue) end
            cut_history(history, key, length)
        end
    end
end
