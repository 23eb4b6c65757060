"""How fast work drains that waits for long and may all go at once, and what it costs in memory."""

import re
import sys
import time
import urllib.request

from machine import Postrider, Process, Receiver, Redis, accepts, endpoint, free_port, resident_mib, wait_until
from posting import fill

ENDPOINTS = 10_000


def drain(setting, events, limit=900):
    """Rate over the middle of the drain, CPU of each delivery, and the most memory that the daemon had."""
    daemon, receiver = setting.daemon, setting.receiver
    begun, most, marks = receiver.count(), 0.0, []
    wait_until(lambda: receiver.count() > begun, "the first delivery", 120)
    daemon_cpu, redis_cpu, already = daemon.cpu(), setting.redis.cpu(), receiver.count() - begun
    deadline = time.monotonic() + limit
    while (done := receiver.count() - begun) < events:
        marks.append((time.monotonic(), done))
        most = max(most, resident_mib(daemon.pid))
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: only {done} of {events} drained")
        time.sleep(0.1)
    marks.append((time.monotonic(), done))
    share = 1e6 / max(done - already, 1)
    return {"per_second": rate_between(marks, events), "events": events, "daemon_mib": most,
            "daemon_us": (daemon.cpu() - daemon_cpu) * share, "redis_us": (setting.redis.cpu() - redis_cpu) * share}


def rate_between(marks, events):
    first = next(mark for mark in marks if mark[1] >= events * 0.1)
    last = next(mark for mark in marks if mark[1] >= events * 0.9)
    return (last[1] - first[1]) / max(last[0] - first[0], 1e-9)


class Setting:
    def __init__(self, folder, tools, webhooks):
        self.redis = Redis(folder, "everysec")
        self.receiver = Receiver(tools.programs, folder)
        self.daemon = Postrider(tools, folder, self.redis, "everysec", webhooks(self.receiver.port))

    def stop(self):
        for process in (self.daemon, self.receiver, self.redis):
            process.stop()


def steady(folder, tools, events):
    """The rate to compare with: the same small events, queued at one endpoint that is then enabled."""
    def at(port, enabled):
        return [endpoint("bench", port, concurrency=64, enabled=enabled, limits={"max_queued_events": 2 * events})]
    return held_then_enabled(folder, tools, min(events, 200_000), at)


def endpoints(folder, tools, events):
    def at(port, enabled):
        return [endpoint(f"e{number}", port, [f"t{number}"], enabled=enabled) for number in range(ENDPOINTS)]
    return held_then_enabled(folder, tools, events, at, types=[f"t{number}" for number in range(ENDPOINTS)])


def held_then_enabled(folder, tools, events, webhooks, types=("t",)):
    setting = Setting(folder, tools, lambda port: webhooks(port, False))
    try:
        for type in types:
            fill(setting.daemon.port, type, events // len(types))
        resting = resident_mib(setting.daemon.pid)
        setting.daemon.write(webhooks(setting.receiver.port, True))
        result = drain(setting, events // len(types) * len(types))
        return {**result, "before_mib": resting}
    finally:
        setting.stop()


def retries(folder, tools, events):
    """Every event failed once; all their retries are due before the receiver is well again."""
    port = free_port()
    delay = max(30, events // 5_000)
    setting = Setting(folder, tools, lambda _: [endpoint(
        "bench", port, concurrency=64, retry={"schedule": [{"delay_seconds": delay}] * 3, "jitter": False},
        circuit_breaker={"enabled": False}, limits={"max_queued_events": 2 * events})])
    bad = Process([sys.executable, tools.source / "bad_receiver.py", port, "500"], folder / "bad.log")
    try:
        wait_until(lambda: accepts(port), "the receiver that refuses listens")
        fill(setting.daemon.port, "t", events)
        resting = resident_mib(setting.daemon.pid)
        wait_until(lambda: waiting_for_retry(setting) >= events, "every event failed once", 600)
        pause(setting, "pause")
        time.sleep(delay)
        setting.daemon.write([endpoint("bench", setting.receiver.port, concurrency=64, limits={"max_queued_events": 2 * events})])
        time.sleep(2)
        pause(setting, "resume")
        return {**drain(setting, events), "before_mib": resting}
    finally:
        bad.stop()
        setting.stop()


def admin(setting, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{setting.daemon.admin}{path}", method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def waiting_for_retry(setting):
    time.sleep(1)
    found = re.search(r'webhook_retries_total\{endpoint="bench"\} (\d+)', admin(setting, "/metrics"))
    return int(found.group(1)) if found else 0


def pause(setting, verb):
    admin(setting, f"/api/webhooks/bench/{verb}", "POST")


FLOODS = {"steady": steady, "retries": retries, "endpoints": endpoints}


def line(name, result):
    return (f"{name}: {result['events']} events drained at {result['per_second']:.0f}/s, for "
            f"{result['daemon_us']:.0f} µs of the daemon's CPU and {result['redis_us']:.0f} µs of Redis' each; "
            f"daemon {result['before_mib']:.0f} MiB before, at most {result['daemon_mib']:.0f} MiB while draining")
