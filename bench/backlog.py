"""What a queue that waits costs: Redis' memory, the time to get ready with it, the work at that length, and the drain."""

import subprocess

from flood import Setting, drain
from flow import flow, steady_around
from machine import endpoint, resident_mib
from posting import fill

SIZE = 983  # of the text, so that the posted event has 1 KiB
# What is stored and sent: {"id":…,"type":…,"timestamp":…,"data":…}, with an id of 26 characters.
BODY = len('{"id":"","type":"t","timestamp":"2026-01-31T12:00:00.000Z","data":{"text": ""}}') + 26 + SIZE
WORTH_TIMING = 10_000  # fewer drain within a second


def redis_memory(redis):
    told = subprocess.run(["redis-cli", "-s", redis.socket, "INFO", "memory"], capture_output=True, text=True, check=True)
    return next(int(line.partition(":")[2]) for line in told.stdout.splitlines() if line.startswith("used_memory:"))


def backlog(folder, tools, events, seconds):
    """Events of 1 KiB for an endpoint that is disabled; the daemon is started again, then the endpoint is enabled. First
    as many come in as go out, then what waits drains. A long queue is compared with the rate while none waits, before and after."""
    def at(port, enabled):
        return [endpoint("bench", port, concurrency=64, enabled=enabled, limits={"max_queued_events": 2 * events + 10_000})]
    setting = Setting(folder, tools, lambda port: at(port, True))
    try:
        result, is_long = {}, events >= WORTH_TIMING
        if is_long:
            result["steady_per_second"] = flow(setting, "t", seconds, SIZE)["per_second"]
            setting.receiver.wait_until_quiet()
        setting.daemon.write(at(setting.receiver.port, False))
        before = redis_memory(setting.redis)
        fill(setting.daemon.port, "t", events, SIZE)
        result["before_mib"] = resident_mib(setting.daemon.pid)
        if is_long:
            result["redis_bytes"] = (redis_memory(setting.redis) - before) / events - BODY
        setting.daemon.stop()
        result["ready_seconds"] = setting.daemon.start()
        received = setting.receiver.count()
        setting.daemon.write(at(setting.receiver.port, True))
        passing = flow(setting, "t", seconds, SIZE)
        result |= {f"flow_{key}": passing[key] for key in ("waiting", "per_second", "daemon_us", "redis_us", "refused")}
        if is_long:
            result |= drain(setting, events, at(setting.receiver.port, True), begun=received + passing["posted"])
            result["steady_per_second"] = steady_around(result["steady_per_second"], setting, "t", seconds, SIZE)
        return result
    finally:
        setting.stop()
