#!lua flags=allow-oom
-- Changes an endpoint's standing from what it is now. What operators and failures decided must hold also while
-- Redis is out of memory, hence the flag.
--
-- KEYS    standings, version, trail
-- ARGV    queue name; step ('pause', 'resume', 'gone', 'failing', 'moved', 'verified', 'unverified'); the mark of the
--         endpoint's url, of the last two steps its digest; now in milliseconds; most standings; the record of the change,
--         most records, how long they stay; of 'unverified' why, for people
-- Answer  {1 when it changed, else 0; the version; the standing (JSON) that holds now, '' for none}; or 'L' there
--         are as many as may be; or 'E<text>'
--
-- A standing is {"paused": bool, "disabled": "" | "gone" | "failing", "since": ms, "url": text}, and where there was a
-- challenge "challenged_at": ms and "verified": digest or "verification_error": text. One that says nothing is not
-- there. After a fault nothing was changed; a repeat changes nothing, but a challenge that fails again. What changed is in
-- the trail, but for challenges that fail.

--@include lib/call.lua
--@include lib/trail.lua

local standings, version, trail = KEYS[1], KEYS[2], KEYS[3]
local name, step, url, now = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

local stored = try('HGET', standings, name)
local present, version_fault = read_version(version)
local fault = failure(stored) or version_fault or trail_fault(trail)
if fault then return 'E' .. fault end

local standing = {paused = false, disabled = '', since = 0, url = ''}
if stored then
    local readable, decoded = pcall(cjson.decode, stored)
    if not readable or type(decoded) ~= 'table' or type(decoded.disabled) ~= 'string' then
        return 'Ethe standing of ' .. name .. ' is no standing'
    end
    standing = decoded
end

local function shown(paused, disabled)
    local reason = string.gsub(disabled, '%A', '')
    return '{"paused":' .. tostring(paused) .. ',"disabled":"' .. reason .. '"}'
end
local was = shown(standing.paused == true, standing.disabled)

-- What holds now (JSON, or '' for none) is in the store.
local function changed(text)
    if step ~= 'unverified' then write_record(trail, 6, was, shown(standing.paused == true, standing.disabled)) end
    return {1, call('INCR', version), text}
end

local function unchanged()
    return {0, present, stored or ''}
end

local function says_nothing()
    return not standing.paused and standing.disabled == '' and not standing.challenged_at
end

-- What holds it back is over. Whether its url is verified is no matter of that.
local function release()
    standing.paused, standing.disabled, standing.url = false, '', ''
end

if step == 'resume' then
    if not standing.paused and standing.disabled == '' then return unchanged() end
    release()
elseif step == 'pause' then
    if standing.paused then return unchanged() end
    standing.paused = true
elseif step == 'moved' then
    -- Its url is this one now: a disablement of another is over, and does not come back with that url.
    if standing.disabled == '' or standing.url == url then return unchanged() end
    standing.disabled = ''
    standing.url = ''
elseif step == 'verified' then
    if standing.verified == url and not standing.verification_error then return unchanged() end
    standing.verified, standing.verification_error, standing.challenged_at = url, nil, now
elseif step == 'unverified' then
    -- A late answer to another challenge takes nothing away.
    if standing.verified == url then return unchanged() end
    standing.verification_error, standing.challenged_at = ARGV[9], now
else
    -- What answered 410 is gone, whatever else failed meanwhile. Another url is another receiver.
    local known = standing.disabled == step or standing.disabled == 'gone'
    if known and standing.url == url then return unchanged() end
    standing.disabled = step
    standing.url = url
end
if says_nothing() then
    call('HDEL', standings, name)
    return changed('')
end
if not stored and call('HLEN', standings) >= tonumber(ARGV[5]) then return 'L' end
if step ~= 'verified' and step ~= 'unverified' then standing.since = now end
local text = cjson.encode(standing)
call('HSET', standings, name, text)
return changed(text)
