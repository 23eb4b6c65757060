-- What was put straight in flight beside this script: new events with ids of our own, each with one delivery, without an ordering
-- key. Commands of the same transaction laid down their bodies, their states (f1) and what is in flight with the caller's token, and
-- counted them, before this script, so that of an event nothing but its id, with all others of its partition, becomes a text of Lua, which
-- would hash each of its bytes. What is left is to see whether they may go: here is the only place where they can be stopped, and then all of it is taken up again.
--
-- In ARGV for a partition: how many deliveries were laid down ('0': none) and, where there are some, their groups as one text, which is read
-- only where something is in the way (lib/laid.lua). Needs lib/owner.lua.

-- Whether no queue of any partition has work waiting: mostly none has, and one command tells.
local none_ready

-- Lets go what was laid down for a partition. False where it may not: somebody else owns it, work is waiting, or a key is of another kind.
-- `rest` gives what is needed where work is waiting somewhere, and where a hash outgrows its text.
local function begin_laid(index, count, text, rest)
    local base, token = KEYS[index], ARGV[1 + index]
    if token == '' or token_of(index) ~= token then return false end
    if none_ready == nil then
        local keys = {}
        for place, other in ipairs(KEYS) do keys[place] = other .. ready_name end
        none_ready = call('EXISTS', unpack(keys)) == 0
    end
    if not none_ready and rest().is_any_ready(base, text) then return false end
    local states, inflight = base .. states_name, base .. inflight_name
    local known, in_flight = try('HLEN', states), try('HLEN', inflight)
    if failure(known) or failure(in_flight) then return false end
    if known >= 64 and known - count < 64 then rest().make_table(states) end
    if in_flight >= 64 and in_flight - count < 64 then rest().make_table(inflight) end
    return true
end
