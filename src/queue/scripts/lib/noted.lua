-- Records of items of many queues, gathered while they go by: one push for each queue at the end. Needs lib/history.lua and
-- lib/forget.lua.
local noted = {}
local noted_by_name = {}

-- '' is nothing to remember. The queue keeps `most` of them.
local function note_attempt(base, queue, record, most)
    if record == '' then return end
    local name = base .. queue
    local history = noted_by_name[name]
    if not history then
        history = {base = base, queue = queue, records = {}}
        noted_by_name[name] = history
        noted[#noted + 1] = history
    end
    history.most = most
    history.records[#history.records + 1] = record
end

-- A list may be a little longer than it should (as known_histories.cpp has it), so that not every push has to cut.
local function push_noted(base, queue, most, records)
    local length = try('LPUSH', history_key(base, queue), unpack(records))
    if failure(length) then return end
    if length == #records then try('SADD', names_key(base), queue) end
    local over = length - most
    if over > 8 and over > most / 16 then cut_history(base, queue, tonumber(most), length, forget_record) end
end

local function write_noted()
    for _, history in ipairs(noted) do push_noted(history.base, history.queue, history.most, history.records) end
end
