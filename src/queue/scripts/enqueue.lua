#!lua
-- new → queued, or straight → in flight; parked where its ordering key is busy, dead where its queue is full.
-- Stores events, each whole or not at all. Refused when Redis is out of memory (no flags). Bodies of groups were laid down
-- just before, in the same transaction; of a group or an event of it that is refused they are taken up again.
--
-- KEYS  the bases of all partitions named by the events
-- ARGV  deduplication window in ms; for each key the caller's token ('' where it owns nothing); groups as lib/straight.lua
--       says; then items of
--       id, stored event, home partition, content hash ('' : not remembered), accepted_at in ms, type, n, and n times
--       partition, queue, '1' to put it in flight at once, hash of the ordering key ('' : none), most that may
--       wait in the queue, most dead letters of it (0: no bound)
--       (partitions are indices into KEYS; 0: the delivery lies in another partition and is written by another
--       call, which on a Cluster is another server's; it is only remembered here)
-- Answer, one element for each group, then one for each item; of a group whose events went different ways an array of what
-- would be the answers for them as items:
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

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/owner.lua
--@include lib/straight.lua

-- What is needed where something is in the way of a group, and by events that go one by one. Functions are made when one of these
-- comes: Lua makes each function of a script anew in each call, a third of what a call costs before its first event.
local function make_rest()
--@include lib/arrival.lua
--@include lib/bulk.lua
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
    return {
        store_group = function(index, first) return store_group(index, first, store_one) end,
        store_items = function(position, answer)
            if not store then store, item_at = make_single() end
            local event
            while position <= #ARGV do
                event, position = item_at(position)
                answer[#answer + 1] = store(event)
            end
        end,
        write = write_gathered}
end

local rest
local function store_group(index, first)
    rest = rest or make_rest()
    return rest.store_group(index, first)
end

local answer = {}
local position = 3 + #KEYS
for index = 1, tonumber(ARGV[position - 1]) do
    local groups = ARGV[position]
    local begun = begin_groups(index, position + 1, groups)
    position = position + 1
    for _ = 1, tonumber(groups) do
        local first = position + group_head
        local count = ARGV[first - 1]
        answer[#answer + 1] = begun and (count == '1' and 'Sf' or 'S' .. ('f'):rep(count)) or store_group(index, first)
        position = first + count
    end
end
if position <= #ARGV then
    rest = rest or make_rest()
    rest.store_items(position, answer)
end
if rest then rest.write() end
return answer
