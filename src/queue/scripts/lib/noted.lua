-- Records of items of many queues, gathered while they go by: one push for each queue at the end. Needs lib/history.lua.
local noted = {}
local noted_by_name = {}

-- `record` is without stamp; '' is nothing to remember. The queue keeps `most` of them.
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

local function write_noted()
    for _, history in ipairs(noted) do
        push_records(history.base, history.queue, history.most, history.records, forget_record)
    end
end
