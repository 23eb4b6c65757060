-- The trail: a stream with one entry for each change: r: who and what (JSON), b: what was, a: what is then (JSON or '').
-- Its ids are of Redis' clock, and so is the age by which the oldest go: a daemon whose clock is wrong removes nothing.

-- For before the first write: the fault of a trail that cannot be written.
local function trail_fault(trail)
    return failure(try('XLEN', trail))
end

-- What is too much or too old goes; how many there were.
local function trim_trail(trail, now, most, retention)
    local gone = call('XTRIM', trail, 'MAXLEN', most)
    local oldest = now - tonumber(retention)
    if oldest > 0 then gone = gone + call('XTRIM', trail, 'MINID', string.format('%.0f', oldest)) end
    return gone
end

-- The record, most records and how long they stay (ms) are the arguments from ARGV[first] on.
local function write_record(trail, first, before, after)
    local id = call('XADD', trail, '*', 'r', ARGV[first], 'b', before, 'a', after)
    trim_trail(trail, tonumber(string.match(id, '^%d+')), ARGV[first + 1], ARGV[first + 2])
end
