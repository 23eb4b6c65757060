#!lua
-- new → queued, or straight → in flight; parked where its ordering key is busy, dead where its queue is full.
-- Stores events, each whole or not at all. Refused when Redis is out of memory (no flags). Bodies of groups were laid down
-- just before, in the same transaction; of a group or an event of it that is refused they are taken up again.
--
-- KEYS  the bases of all partitions named by the events
-- ARGV  deduplication window in ms; for each key the caller's token ('' where it owns nothing); of how many of KEYS, from the first,
--       there may be groups, then for each of these what was laid down for it (lib/straight.lua), the number of its other groups, and
--       for each of those what lib/bulk.lua says, and its ids; then items of
--       id, stored event, home partition, content hash ('' : not remembered), accepted_at in ms, type, n, and n times
--       partition, queue, '1' to put it in flight at once, hash of the ordering key ('' : none), most that may
--       wait in the queue, most dead letters of it (0: no bound)
--       (partitions are indices into KEYS; 0: the delivery lies in another partition and is written by another
--       call, which on a Cluster is another server's; it is only remembered here)
-- Answer, of each key for which something was laid down, 'S' where all of that is in flight, else an array of the answers of its groups; then
-- one element for each other group; then one for each item. Of a group whose events went different ways it is an array of what would be the
-- answers for them as items:
--   'S<letters>'  stored; a letter for each delivery:
--                 f in flight as attempt 1, q queued, r queued and the queue had been empty, p parked,
--                 x dead on arrival: as much waits in the queue as may, a alive already, e elsewhere
--   'D<n> <accepted_at> <queue>...'  remembered with the same content, with n deliveries; nothing but a count was changed
--   'C'           this id has other content, remembered or still in the store; nothing was changed
--   'E<text>'     a key of the item, or of the group, cannot be read; nothing was changed
--
-- Before: any. After 'S': every delivery of the event has its state, its body lies in each of the partitions,
-- and it is in its queue (which is in `ready`) or in `inflight`, or parked, or a dead letter; with an ordering
-- key it is in the line of that key, unless it is dead. A delivery that died earlier, or was delivered and is
-- kept, starts afresh, and its age counts from now.
-- A delivery goes in flight only when it is wanted, the token is the owner's, and the queue has no work
-- waiting: nothing is overtaken. A record outlives neither window nor need: past the window an id is as new,
-- but while its body is in the store other content under that id is a conflict.

--@include lib/redis.lua
--@include lib/owner.lua
--@include lib/straight.lua

-- What is needed where something is in the way, and by events that were not laid down. Lua makes each function of a script anew in each call,
-- which costs more than an event, so these wait until one of them comes.
local function make_rest()
--@include lib/call.lua
--@include lib/keys.lua
--@include lib/arrival.lua
--@include lib/bulk.lua
--@include lib/sized.lua
--@include lib/laid.lua
    local function make_single()
--@include lib/state.lua
--@include lib/dead.lua
--@include lib/single.lua
        return store, item_at
    end
    local store, item_at
    local function store_one(event)
        if not store then store, item_at = make_single() end
        return store(event)
    end
    local parts = {is_any_ready = is_any_ready, make_table = make_table, write = write_gathered}
    -- Gives the answer of the group at `position`, and where the next begins.
    function parts.store_group(index, position)
        local first = position + group_head
        return store_group(index, first, store_one), first + ARGV[first - 1]
    end
    function parts.store_laid(index, text)
        local answers = take_laid_up(KEYS[index], text)
        for place, position in ipairs(answers) do answers[place] = parts.store_group(index, position) end
        return answers
    end
    function parts.store_items(position, last, answer)
        if not store then store, item_at = make_single() end
        local event
        while position <= last do
            event, position = item_at(position)
            answer[#answer + 1] = store(event)
        end
    end
    return parts
end

local made
local function rest()
    made = made or make_rest()
    return made
end

local answer, last = {}, #ARGV
local position = 3 + #KEYS
for index = 1, tonumber(ARGV[position - 1]) do
    local laid = ARGV[position]
    if laid ~= '0' then
        position = position + 1
        local text = ARGV[position]
        answer[#answer + 1] = begin_laid(index, laid, text, rest) and 'S' or rest().store_laid(index, text)
    end
    local groups = tonumber(ARGV[position + 1])
    position = position + 2
    for _ = 1, groups do
        answer[#answer + 1], position = rest().store_group(index, position)
    end
end
if position <= last then rest().store_items(position, last, answer) end
if made then made.write() end
return answer
