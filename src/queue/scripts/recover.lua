#!lua flags=allow-oom
-- in flight → queued, for what nobody holds: after a takeover, or after a lost connection. One step of a walk.
--
-- KEYS    the base of one partition
-- ARGV    the owner's token, the cursor ('0' begins the walk), the most deliveries to change; then the
--         deliveries that the caller holds, as '<queue>|<id>'
-- Answer  'F', 'E<text>', or '<cursor> <put back> <stamped> <strays>'; the walk goes on with that cursor, which is
--         '-' at its end
--
-- After the walk: every entry of `inflight` is held by the caller and carries its token. All others are at the head
-- of `again:<queue>` as q<attempts>!<attempts>: an attempt that was begun stays counted, and is known to
-- have never ended. Entries whose state
-- says otherwise were strays, and are gone.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/owner.lua
--@include lib/partition.lua

local token = ARGV[1]
local most = tonumber(ARGV[3])
local held = {}
for index = 4, #ARGV do held[ARGV[index]] = true end

-- Puts one delivery back: gives 'back', or 'stray', or 'odd' when its lane cannot be written.
local function put_back(base, field, attempt)
    local queue, id = field:match('^(.*)|(.*)$')
    if not attempt or not queue then return 'stray' end
    local state, entry = read_state(base, id, queue)
    local letter, attempts, suffix = split_state(state)
    if letter ~= 'f' or attempts ~= tonumber(attempt) then return 'stray' end
    if failure(try('LLEN', again_key(base, queue))) then return 'odd' end
    write_state(base, id, queue, 'q' .. attempt .. suffix:gsub('!%d+$', '') .. '!' .. attempt, entry)
    call('LPUSH', again_key(base, queue), id)
    call('SADD', ready_key(base), queue)
    return 'back'
end

-- One entry. Gives what was done with it; 'held' and 'odd' changed nothing.
local function recover_entry(base, field, value)
    local attempt, holder = value:match('^(%d+):(.*)$')
    if held[field] then
        if holder == token then return 'held' end
        call('HSET', inflight_key(base), field, (attempt or 1) .. ':' .. token)
        return 'stamped'
    end
    local done = put_back(base, field, attempt)
    if done ~= 'odd' then call('HDEL', inflight_key(base), field) end
    return done
end

local function recover(base, cursor)
    local fault = failure(try('SCARD', ready_key(base)))
    local scanned = try('HSCAN', inflight_key(base), cursor, 'COUNT', most)
    fault = fault or failure(scanned)
    if fault then return 'E' .. fault end
    local entries = scanned[2]
    local next_cursor = scanned[1] ~= '0' and scanned[1] or '-'
    local done = {back = 0, stamped = 0, stray = 0, held = 0, odd = 0}
    for index = 1, #entries, 2 do
        if done.back + done.stamped + done.stray >= most then
            next_cursor = cursor -- the rest of this step comes again, without what was changed now
            break
        end
        local what = recover_entry(base, entries[index], entries[index + 1])
        done[what] = done[what] + 1
    end
    return table.concat({next_cursor, done.back, done.stamped, done.stray + done.odd}, ' ')
end

return owner_fault(1) or recover(KEYS[1], ARGV[2])
