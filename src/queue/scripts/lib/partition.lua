-- The partitions that a call of an owner names: KEYS are their bases, ARGV[1 .. #KEYS] the tokens that the
-- caller believes to hold. Needs lib/owner.lua.

-- 'F' (another token: the caller is fenced, or the token is empty: the partition is in the call without being owned), 'E<text>', or
-- false.
local function owner_fault(index)
    local owner, fault = token_of(index)
    if owner == ARGV[index] then return false end
    return fault and 'E' .. fault or 'F'
end
