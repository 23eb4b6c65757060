#!lua flags=allow-oom
-- One step of a change of the number of partitions: what lies under one base and belongs under another goes there. Each
-- item whole or not at all, so that the move may end anywhere and begin again.
--
-- KEYS    bases, on one server
-- ARGV    items of kind, source and target (indices into KEYS), and two names:
--           'key'    the rest of a key's name, ''      the whole key, with its time to live
--           'states' id, queue                         the delivery, and the body to where it is not yet
--           'ready', 'names'                  member, ''
--           'due', 'dead'                     member, ''
--           'parked', 'health', 'inflight'    field, ''
-- Answer  for each item 'M' moved, '-' it is not there, 'E<text>' nothing was changed

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua

local places = {ready = ready_key, names = names_key, due = due_key, dead = all_dead_key, parked = parked_key,
                health = health_key, inflight = inflight_key}
local move = {}

function move.key(source, target, rest)
    if call('EXISTS', source .. rest) == 0 then return '-' end
    if call('RENAMENX', source .. rest, target .. rest) == 1 then return 'M' end
    return 'E' .. target .. rest .. ' is there already'
end

function move.states(source, target, id, queue)
    local state = read_state(source, id, queue)
    local known, entry = read_state(target, id, queue)
    local fault = failure(state) or failure(known)
    if fault then return 'E' .. fault end
    if not state then return '-' end
    if known then return 'E' .. states_key(target) .. ' has ' .. id .. ' of ' .. queue .. ' already' end
    if call('EXISTS', event_key(source, id)) == 1 then call('COPY', event_key(source, id), event_key(target, id)) end
    write_state(target, id, queue, state, entry)
    remove_state(source, queue, id)
    return 'M'
end

local function move_member(source, target, member)
    local moved = try('SMOVE', source, target, member)
    if failure(moved) then return 'E' .. failure(moved) end
    return moved == 1 and 'M' or '-'
end

local function move_scored(source, target, member)
    local score = try('ZSCORE', source, member)
    local fault = failure(score) or failure(try('ZCARD', target))
    if fault then return 'E' .. fault end
    if not score then return '-' end
    call('ZADD', target, score, member)
    call('ZREM', source, member)
    return 'M'
end

local function move_field(source, target, field)
    local value = try('HGET', source, field)
    local fault = failure(value) or failure(try('HLEN', target))
    if fault then return 'E' .. fault end
    if not value then return '-' end
    call('HSET', target, field, value)
    call('HDEL', source, field)
    return 'M'
end

local moves = {ready = move_member, names = move_member, due = move_scored, dead = move_scored, parked = move_field,
               health = move_field, inflight = move_field}

local function rehome(kind, source, target, name, queue)
    source, target = KEYS[tonumber(source)], KEYS[tonumber(target)]
    if move[kind] then return move[kind](source, target, name, queue) end
    local place = places[kind]
    return moves[kind](place(source), place(target), name)
end

local answer = {}
for item = 1, #ARGV, 5 do answer[#answer + 1] = rehome(unpack(ARGV, item, item + 4)) end
return answer
