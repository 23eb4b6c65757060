-- What leaves a history takes with it the delivery that was kept for it. Needs lib/state.lua.
local function forget_record(base, queue, stamped)
    if (stamped:byte(32) or 0) % 16 ~= 1 then return end -- as lib/history.lua has it
    local id = stamped:sub(9, 30)
    if split_state((read_state(base, id, queue))) == 'k' then remove_state(base, queue, id) end
end
