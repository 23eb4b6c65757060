-- The partitions that a call of an owner names: KEYS are their bases, ARGV[1 .. #KEYS] the tokens that the
-- caller believes to hold. Each is looked at once, when its first item comes.

local faults = {}

-- 'F' (another token: the caller is fenced, or the token is empty: the partition is in the call without being owned), 'E<text>', or
-- false.
local function owner_fault(index)
    local fault = faults[index]
    if fault == nil then
        local owner = try('HGET', owner_key(KEYS[index]), 'token')
        if owner == ARGV[index] then
            fault = false
        else
            fault = failure(owner)
            fault = fault and 'E' .. fault or 'F'
        end
        faults[index] = fault
    end
    return fault
end
