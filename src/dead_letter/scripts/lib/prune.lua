-- Finished jobs go after 7 days, or when there are more than 1,000: at most 256 in a call.
local kept_ms, kept_count, pruned_a_call = 7 * 86400 * 1000, 1000, 256

-- A key that cannot be read, of those that `prune` will touch.
local function prune_fault()
    return failure(try('ZCARD', finished_key)) or failure(try('ZCARD', all_key))
end

local function prune(now)
    local old = call('ZRANGEBYSCORE', finished_key, '-inf', now - kept_ms, 'LIMIT', 0, pruned_a_call)
    local excess = math.min(call('ZCARD', finished_key) - kept_count, pruned_a_call)
    if excess > #old then old = call('ZRANGE', finished_key, 0, excess - 1) end
    for _, id in ipairs(old) do
        call('DEL', job_key(id))
        call('ZREM', all_key, id)
        call('ZREM', finished_key, id)
    end
end
