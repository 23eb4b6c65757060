-- A field of `state:<id>`, for one delivery: <letter><attempts><suffix>.
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

-- Takes a delivery out of the store, and with the last one of the event in this partition its body. The field must
-- be there. Gives a fault, or nil; after a fault nothing was changed.
local function remove_state(base, queue, id)
    local fields = try('HLEN', state_key(base, id))
    if fields == 1 then return failure(try('DEL', state_key(base, id), event_key(base, id))) end
    return failure(fields) or failure(try('HDEL', state_key(base, id), queue))
end
