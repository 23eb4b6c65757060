-- What readers are told of a delivery beside its id: its state, what its state alone does not say (the time when a
-- retry is due, or the dead letter), the beginning of the stored event, and the event's acceptance (8 bytes).
-- Needs lib/state.lua.
local function text_or_empty(reply) return type(reply) == 'string' and reply or '' end

local function note_of(base, queue, id, letter)
    if letter == 'r' then return text_or_empty(try('ZSCORE', retry_key(base, queue), id)) end
    if letter == 'd' then return text_or_empty(try('GET', letter_key(base, queue, id))) end
    return ''
end

local function state_and_note(base, queue, id)
    local state = text_or_empty((read_state(base, id, queue)))
    return state, note_of(base, queue, id, state:sub(1, 1))
end

local function head_and_time(base, id, head_bytes)
    local key = event_key(base, id)
    return text_or_empty(try('GETRANGE', key, 0, head_bytes - 1)), text_or_empty(try('GETRANGE', key, -8, -1))
end
