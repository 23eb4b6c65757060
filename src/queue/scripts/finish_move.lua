#!lua flags=allow-oom
-- The last step of a change of the number of partitions: the accounts as they are now, and the store's new description.
--
-- KEYS    the description of the store; then the bases that the store has now, and those that it had
-- ARGV    the description that is there, the new one; then for each base that the store has now the number of its
--         counters, and name and value of each
-- Answer  'A', or 'F' where there is another description; nothing was changed then
--
-- After 'A': no base has other counters than these, and daemons with the new number of partitions may start.

--@include lib/call.lua
--@include lib/keys.lua

if call('GET', KEYS[1]) ~= ARGV[1] then return 'F' end
for index = 2, #KEYS do call('DEL', counts_key(KEYS[index])) end
local base, position = 2, 3
while position <= #ARGV do
    local last = position + 2 * ARGV[position]
    for item = position + 1, last, 2 do call('HSET', counts_key(KEYS[base]), ARGV[item], ARGV[item + 1]) end
    base, position = base + 1, last + 1
end
call('SET', KEYS[1], ARGV[2])
return 'A'
