"""What is kept of an event or for a tenant, as `postrider data` hands it out, and as it lies in the store."""

import json
import subprocess

from .daemon import BINARY
from .waiting import LONG

# DUMP would not do: it compresses.
SEARCH = """
local readers = {string = {'GET'}, hash = {'HGETALL'}, set = {'SMEMBERS'}, list = {'LRANGE', 0, -1}, zset = {'ZRANGE', 0, -1}}
local found = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
    local reader = readers[redis.call('TYPE', key).ok] or {'ECHO'}
    local value = redis.call(reader[1], key, unpack(reader, 2))
    if string.find(key .. (type(value) == 'table' and table.concat(value, ' ') or value), ARGV[1], 1, true) then
        found[#found + 1] = key
    end
end
return found"""


def keys_with(redis, text):
    """Keys of the store that hold the text, in name or value. The audit trail, a stream, names what was deleted."""
    return redis.cli("eval", SEARCH, "0", text).split()


def data(daemon, *arguments):
    done = subprocess.run([BINARY, "data", *arguments, "--url", f"http://{daemon.admin_address}"], capture_output=True,
                          timeout=LONG)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def exported(daemon, *arguments):
    return [json.loads(line) for line in data(daemon, "export", *arguments).splitlines()]


def adds_up(daemon):
    return all(row["missing"] == row["missing_dead_letters"] == 0 for row in daemon.admin("GET", "/api/reconciliation").json["partitions"])
