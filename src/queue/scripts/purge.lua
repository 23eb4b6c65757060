#!lua flags=allow-oom
-- dead → gone. Asked by anybody, owner or not.
--
-- KEYS    the base of one partition
-- ARGV    items of queue, id
-- Answer  for each item 'D' done; 'A' it is under way; 'G' there is no such dead letter; 'E<text>'. Nothing was changed
--         but after 'D'.
--
-- Before: the state is d<n>. After 'D': the letter is in no key; with the last delivery of the event in this partition
-- the body is gone. `dead_purged` in `counts` tells of the letters.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/state.lua
--@include lib/dead.lua

local base, purged = KEYS[1], 0

local function purge(queue, id)
    local state = read_state(base, id, queue)
    local letter = split_state(state)
    local fault = failure(state) or (state and not letter and 'no state') or fault_of_dead(base, queue, id)
    if fault then return 'E' .. fault end
    if letter and is_live(letter) then return 'A' end
    if letter ~= 'd' then
        -- A letter without its delivery is in nobody's way, and would stay in the lists for ever.
        if not call('ZSCORE', dead_key(base, queue), id) then return 'G' end
        purged = purged + remove_dead(base, queue, id)
        return 'D'
    end
    fault = remove_state(base, queue, id)
    if fault then return 'E' .. fault end
    purged = purged + remove_dead(base, queue, id)
    return 'D'
end

local answer = {}
for item = 1, #ARGV, 2 do answer[#answer + 1] = purge(ARGV[item], ARGV[item + 1]) end
count_letters(base, 'dead_purged', purged)
return answer
