-- What is known of an event's deliveries in a partition: the field <id> of `states`, a line '<queue> <state>' for each,
-- without an end of line behind the last. It is also the reference count of the body: with its last delivery the field goes, and
-- `event:<id>` with it. A state is <letter><attempts><suffix>.
--   letter  q queued, f in flight, r retrying, p parked behind its ordering key, d dead, k kept: delivered, and
--           the body stays for the history
--   suffix  ':<hash>' where the delivery has an ordering key, then '@<ms>' where its age counts from there
--           and not from the event's acceptance, then '!<n>' where attempt n began and never ended: it was
--           recovered. Every transition keeps it.

-- Gives letter, attempts (a number), suffix, hash ('' : no key), since (a text; nil: the acceptance), and the last
-- attempt that never ended (a text; nil: none). nil for nil, false, an error reply, and what is no state.
local function split_state(text)
    if text == 'q0' then return 'q', 0, '', '', nil end -- nearly every claim asks for this one
    if type(text) ~= 'string' then return nil end
    local letter, attempts, suffix = text:match('^([qfrpdk])(%d+)(.*)$')
    if not letter then return nil end
    if suffix == '' then return letter, tonumber(attempts), '', '', nil end
    local hash = suffix:match('^:([%w_-]+)') or ''
    local since = suffix:match('@(%d+)')
    local cut = suffix:match('!(%d+)$')
    local whole = (hash ~= '' and ':' .. hash or '') .. (since and '@' .. since or '') .. (cut and '!' .. cut or '')
    if whole ~= suffix then return nil end
    return letter, tonumber(attempts), suffix, hash, since, cut
end

-- Whether the delivery still has to be made.
local function is_live(letter)
    return letter == 'q' or letter == 'f' or letter == 'r' or letter == 'p'
end

-- Where in the text of an event the state of the queue's delivery begins and ends; nil where there is none.
local function place_in(entry, queue)
    local name = queue .. ' '
    local first, last = entry:find(name, 1, true)
    if first ~= 1 then first, last = entry:find('\n' .. name, 1, true) end
    if not first then return nil end
    return last + 1, (entry:find('\n', last + 1, true) or #entry + 1) - 1
end

-- The state of the queue's delivery; false where there is none.
local function state_in(entry, queue)
    local first, last = place_in(entry, queue)
    return first and entry:sub(first, last) or false
end

local function entry_without(entry, queue, first, last)
    local line = first - #queue - 1
    local before, after = line > 1 and entry:sub(1, line - 2) or '', entry:sub(last + 2)
    if before == '' or after == '' then return before .. after end
    return before .. '\n' .. after
end

-- The text with the queue's delivery in this state. `entry` may be false or nil: there is none yet.
local function entry_with(entry, queue, state)
    if not entry then return queue .. ' ' .. state end
    local first, last = place_in(entry, queue)
    if not first then return entry .. '\n' .. queue .. ' ' .. state end
    return entry:sub(1, first - 1) .. state .. entry:sub(last + 1)
end

-- Gives the state, false where there is none, or an error reply; and the text of the event as `write_state` wants it.
local function read_state(base, id, queue)
    local entry = try('HGET', states_key(base), id)
    if type(entry) ~= 'string' then return entry, entry end
    return state_in(entry, queue), entry
end

-- `entry` is what was read of the event; `states` was read, so that writing it cannot fail.
local function write_state(base, id, queue, state, entry)
    call('HSET', states_key(base), id, entry_with(entry, queue, state))
end

-- Takes a delivery out of the store, and with the last one of the event in this partition its body. It must
-- be there. Gives a fault, or nil; after a fault nothing was changed.
local function remove_state(base, queue, id)
    local entry = try('HGET', states_key(base), id)
    if failure(entry) then return failure(entry) end
    local first, last = place_in(entry, queue)
    local rest = entry_without(entry, queue, first, last)
    if rest ~= '' then
        call('HSET', states_key(base), id, rest)
        return nil
    end
    call('HDEL', states_key(base), id)
    call('DEL', event_key(base, id))
end
