-- Groups of like things in ARGV: each has `head` arguments, the last of which is n, and then n times three.

-- Calls `visit` with the place of each group and its n. Gives where the last one ends.
local function walk_groups(first, groups, head, visit)
    for _ = 1, groups do
        local items = tonumber(ARGV[first + head - 1])
        visit(first, items)
        first = first + head + 3 * items
    end
    return first
end
