-- The only place that makes the jobs' key names, behind the base `<prefix>:{jobs}:`.
local base = KEYS[1]
local all_key = base .. 'all' -- zset: ids by their sequence number
local running_key = base .. 'running' -- zset: the same, of those that run
local finished_key = base .. 'finished' -- zset: ids by when they ended
local sequence_key = base .. 'sequence'
local lock_key = base .. 'lock'

-- hash: made, progress, named (JSON; the last while it runs), created_at
local function job_key(id)
    return base .. 'job:' .. id
end
