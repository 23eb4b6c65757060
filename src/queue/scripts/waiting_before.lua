#!lua flags=no-writes
-- What waits for an endpoint and is older than a time: what end_waiting.lua is told to end.
--
-- KEYS    the base of one partition
-- ARGV    queue, a time in ms, the most deliveries, the bytes of an event's head
-- Answer  the number of entries at the head of `again:<queue>` that are to stay; then for each delivery four elements:
--         place ('q' and 'a' the lanes, 'r' the retries), id, state, and head as lib/sight.lua says
--
-- A delivery's age counts from the event's acceptance, or from its last replay. Looked at are the head of `queue:<queue>`
-- until one is younger, 256 of `again:<queue>` and the 256 retries that are due first.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/sight.lua

local base, queue, ends, most, head_bytes = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local answer = {'0'}

-- Adds the delivery when it waits in such a place and is old enough. Gives false only for one that is younger.
local function look_at(place, id, wanted)
    local state = text_or_empty((read_state(base, id, queue)))
    local letter, _, _, _, since = split_state(state)
    if letter ~= wanted then return true end
    local head, time = head_and_time(base, id, head_bytes)
    since = since and tonumber(since) or #time == 8 and struct.unpack('>I8', time)
    if not since then return true end -- without a body it ends with its next claim
    if since >= ends then return false end
    for _, element in ipairs({place, id, state, head}) do answer[#answer + 1] = element end
    return true
end

local function is_full() return #answer > 4 * most end

for _, id in ipairs(call('LRANGE', queue_key(base, queue), 0, 255)) do
    if is_full() or not look_at('q', id, 'q') then break end
end
local stay = 0
for _, id in ipairs(call('LRANGE', again_key(base, queue), 0, 255)) do
    if is_full() then break end
    local before = #answer
    look_at('a', id, 'q')
    if #answer == before then stay = stay + 1 end
end
for _, id in ipairs(call('ZRANGE', retry_key(base, queue), 0, 255)) do
    if is_full() then break end
    look_at('r', id, 'r')
end
answer[1] = tostring(stay)
return answer
