#!lua flags=allow-oom
-- Takes leases by compare-and-set.
--
-- KEYS    the bases of the partitions
-- ARGV    the holder's name for people; then for each key: the token that it was read with ('' : free), the beat
--         ('' : any), the new token
-- Answer  for each key 'A' (the lease is the caller's; also when it had been so before), 'L' (somebody else was
--         faster, or it changed), 'E<text>'
--
-- After 'A': `token` holds the new one, and every script that passes another is fenced.

--@include lib/call.lua
--@include lib/keys.lua

local function acquire(base, token, beat, new_token)
    local lease = try('MGET', token_key(base), beat_key(base))
    local fault = failure(lease)
    if fault then return 'E' .. fault end
    local held_by, held_beat = lease[1] or '', lease[2] or ''
    if held_by == new_token then return 'A' end
    if held_by ~= token or beat ~= '' and held_beat ~= beat then return 'L' end
    call('MSET', token_key(base), new_token, beat_key(base), '1', holder_key(base), ARGV[1])
    return 'A'
end

local answer = {}
for index, base in ipairs(KEYS) do
    answer[index] = acquire(base, unpack(ARGV, 3 * index - 1, 3 * index + 1))
end
return answer
