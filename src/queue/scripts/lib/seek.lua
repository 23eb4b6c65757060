-- Places in a sorted set, for walks that are taken up again after the set has changed.

-- Whether one text comes before another byte for byte: the order of members with one score, which Lua's own
-- comparison is not in every locale.
local function comes_before(one, other)
    for place = 1, math.min(#one, #other) do
        local left, right = one:byte(place), other:byte(place)
        if left ~= right then return left < right end
    end
    return #one < #other
end

-- How many entries come before this score and member, which need not be there.
local function rank_of(key, score, member)
    local low, high = call('ZCOUNT', key, '-inf', '(' .. score), call('ZCOUNT', key, '-inf', score)
    while low < high do
        local middle = math.floor((low + high) / 2)
        if comes_before(call('ZRANGE', key, middle, middle)[1], member) then
            low = middle + 1
        else
            high = middle
        end
    end
    return low
end
