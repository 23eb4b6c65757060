#!lua flags=allow-oom
-- Takes dead letters and records of histories past their retention.
--
-- KEYS    the base of one partition
-- ARGV    the most of each kind; then items of queue, the retention of its dead letters in ms, that of its history
-- Answer  '1' where there is more of these queues to take, else '0'; then 'E<text>' for each queue that cannot be read
--
-- After: what is gone is gone with its delivery, and with the last one of the event in this partition its body. A queue
-- with neither is not in `names`.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/forget.lua

local base, now = KEYS[1], now_ms()
local letters_left, records_left = tonumber(ARGV[1]), tonumber(ARGV[1])

local function sweep_letters(queue, retention)
    local ids = call('ZRANGEBYSCORE', dead_key(base, queue), '-inf', '(' .. now - retention, 'LIMIT', 0, letters_left)
    local swept = 0
    for _, id in ipairs(ids) do
        if split_state((read_state(base, id, queue))) == 'd' then remove_state(base, queue, id) end
        swept = swept + remove_dead(base, queue, id)
    end
    count_letters(base, 'dead_swept', swept)
    letters_left = letters_left - #ids
end

local function sweep_history(queue, retention)
    local key, lowest = history_key(base, queue), (now - retention) * 1000
    while records_left > 0 do
        local oldest = call('LINDEX', key, -1)
        if not oldest or #oldest >= 8 and struct.unpack('>I8', oldest) >= lowest then return end
        call('RPOP', key)
        forget_record(base, queue, oldest)
        records_left = records_left - 1
    end
end

local function sweep(queue, letters, records)
    local history, dead = try('LLEN', history_key(base, queue)), try('ZCARD', dead_key(base, queue))
    local fault = failure(history) or failure(dead) or failure(try('ZCARD', all_dead_key(base)))
    if fault then return fault end
    sweep_letters(queue, letters)
    sweep_history(queue, records)
    if call('EXISTS', history_key(base, queue), dead_key(base, queue)) == 0 then
        try('SREM', names_key(base), queue)
    end
end

local answer = {'0'}
for item = 2, #ARGV, 3 do
    if letters_left == 0 or records_left == 0 then break end
    local fault = sweep(ARGV[item], tonumber(ARGV[item + 1]), tonumber(ARGV[item + 2]))
    if fault then answer[#answer + 1] = 'E' .. fault end
end
if letters_left == 0 or records_left == 0 then answer[1] = '1' end
return answer
