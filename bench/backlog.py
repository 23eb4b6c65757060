"""What a queue that waits costs: Redis' memory, the time to get ready with it, and the drain."""

import subprocess

from flood import Setting, drain
from machine import endpoint, resident_mib
from posting import fill

SIZE = 983  # of the text, so that the posted event has 1 KiB
# What is stored and sent: {"id":…,"type":…,"timestamp":…,"data":…}, with an id of 26 characters.
BODY = len('{"id":"","type":"t","timestamp":"2026-01-31T12:00:00.000Z","data":{"text": ""}}') + 26 + SIZE


def redis_memory(redis):
    told = subprocess.run(["redis-cli", "-s", redis.socket, "INFO", "memory"], capture_output=True, text=True, check=True)
    return next(int(line.partition(":")[2]) for line in told.stdout.splitlines() if line.startswith("used_memory:"))


def backlog(folder, tools, events):
    """Events of 1 KiB for an endpoint that is disabled; the daemon is started again, then the endpoint is enabled."""
    def at(port, enabled):
        return [endpoint("bench", port, concurrency=64, enabled=enabled, limits={"max_queued_events": 2 * events})]
    setting = Setting(folder, tools, lambda port: at(port, False))
    try:
        before = redis_memory(setting.redis)
        fill(setting.daemon.port, "t", events, SIZE)
        memory = (redis_memory(setting.redis) - before) / events - BODY
        filled = resident_mib(setting.daemon.pid)
        setting.daemon.stop()
        ready = setting.daemon.start()
        setting.daemon.write(at(setting.receiver.port, True))
        return {**drain(setting, events), "before_mib": filled, "redis_bytes": memory, "ready_seconds": ready}
    finally:
        setting.stop()
