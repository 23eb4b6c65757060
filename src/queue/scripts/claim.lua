#!lua flags=allow-oom
-- queued → in flight. Claims alone; complete.lua takes claims along.
--
-- KEYS    the bases of the partitions
-- ARGV    for each key the owner's token; then as lib/claim.lua says
-- Answer  as lib/claim.lua says
--
-- Before: the state is q<attempts>, the id is in a lane. After: the state is f<attempts + 1>, the id is in no lane
-- and in `inflight` with attempt and token; a queue without work is not in `ready`.

--@include lib/call.lua
--@include lib/keys.lua
--@include lib/owner.lua
--@include lib/partition.lua
--@include lib/inflight.lua
--@include lib/claim.lua

local answer = {}
claim_all(#KEYS + 1, answer)
write_gathered()
return answer
