-- The names of a partition's keys, from its base `<prefix>:{<tag>}:`. The partner of queue/keys.cpp; a test
-- holds the two together.
local function token_key(base) return base .. 'token' end
local function beat_key(base) return base .. 'beat' end
local function holder_key(base) return base .. 'holder' end
local function event_key(base, id) return base .. 'event:' .. id end
local function states_key(base) return base .. 'states' end
local function queue_key(base, queue) return base .. 'queue:' .. queue end
local function again_key(base, queue) return base .. 'again:' .. queue end
local function retry_key(base, queue) return base .. 'retry:' .. queue end
local function dead_key(base, queue) return base .. 'dead:' .. queue end
local function letter_key(base, queue, id) return base .. 'letter:' .. queue .. '|' .. id end
local function all_dead_key(base) return base .. 'dead' end
local function ready_key(base) return base .. 'ready' end
local function due_key(base) return base .. 'due' end
local function inflight_key(base) return base .. 'inflight' end
local function counts_key(base) return base .. 'counts' end
local function remembered_key(base, id) return base .. 'id:' .. id end
local function order_key(base, queue, hash) return base .. 'key:' .. queue .. ':' .. hash end
local function parked_key(base) return base .. 'parked' end
local function history_key(base, queue) return base .. 'history:' .. queue end
local function names_key(base) return base .. 'names' end
local function health_key(base) return base .. 'health' end
