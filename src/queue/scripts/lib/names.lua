-- What stands behind the base in the names of keys that every event touches, as lib/keys.lua has it (a test holds the two together).
-- These are texts, where that has functions: Lua makes each function of a script anew in each call.
local token_name, ready_name, states_name, inflight_name, counts_name = 'token', 'ready', 'states', 'inflight', 'counts'
local event_name, history_name, names_name = 'event:', 'history:', 'names'
