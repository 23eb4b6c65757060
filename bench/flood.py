"""How fast work drains that waits for long and may all go at once, and what it costs in memory."""

import re
import time
from functools import partial

from flow import flow, steady_around
from machine import Nginx, Postrider, Redis, endpoint, resident_mib, wait_until
from posting import fill

ENDPOINTS = 10_000
SIZE = 200  # of the events' text
FAILING_PER_SECOND = 10_000  # a first guess
SPARE = 5


def drain(setting, events, webhooks, begun=None, limit=900):
    """Lets what waits go by this configuration. Rate over the middle, CPU of each delivery, and the most memory of the daemon.
    `begun`: what the receiver counts before the first of the events, where some may have come in already."""
    daemon, receiver = setting.daemon, setting.receiver
    begun, most, marks = receiver.count() if begun is None else begun, 0.0, []
    daemon.write(webhooks)
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
        self.receiver = Nginx(folder)
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
        result = drain(setting, events // len(types) * len(types), webhooks(setting.receiver.port, True))
        return {**result, "before_mib": resting}
    finally:
        setting.stop()


def retries(folder, tools, events, seconds=3):
    """Every event failed once, all their retries are due, and then the receiver is well again."""
    def at(port, **more):
        return [{**endpoint("bench", port, concurrency=64, circuit_breaker={"enabled": False},
                            limits={"max_queued_events": 2 * events + 10_000}), **more}]
    setting = Setting(folder, tools, at)
    daemon, port = setting.daemon, setting.receiver.port
    try:
        steady_rate = flow(setting, "t", seconds, SIZE)["per_second"]
        setting.receiver.wait_until_quiet()
        daemon.write(at(port, enabled=False))
        fill(daemon.port, "t", events, SIZE)
        due = fail_all(setting, events, partial(at, port, url=f"http://127.0.0.1:{port}/broken"))
        daemon.write(at(port, enabled=False))
        resting = resident_mib(daemon.pid)
        time.sleep(max(0.0, due + 1 - time.monotonic()))
        result = {**drain(setting, events, at(port)), "before_mib": resting}
        return {**result, "steady_per_second": steady_around(steady_rate, setting, "t", seconds, SIZE)}
    finally:
        setting.stop()


def fail_all(setting, events, webhooks):
    """Lets every event fail, and gives when all their retries are due: the delay becomes shorter as that moment comes near."""
    begun, failed = time.monotonic(), 0
    due = begun + SPARE + events / FAILING_PER_SECOND
    while failed < events:
        now = time.monotonic()
        if failed:
            due = max(due, now + SPARE + (events - failed) * (now - begun) / failed)
        if now - begun > 900:
            raise SystemExit(f"bench: only {failed} of {events} failed")
        setting.daemon.write(webhooks(retry={"schedule": [{"delay_seconds": round(due - now, 1)}] * 3, "jitter": False}))
        time.sleep(1)
        failed = waiting_for_retry(setting)
    return due


def waiting_for_retry(setting):
    found = re.search(r'webhook_retries_total\{endpoint="bench"\} (\d+)', setting.daemon.ask("/metrics"))
    return int(found.group(1)) if found else 0


FLOODS = {"steady": steady, "retries": retries, "endpoints": endpoints}


def line(name, result):
    return (f"{name}: {result['events']} events drained at {result['per_second']:.0f}/s, for "
            f"{result['daemon_us']:.0f} µs of the daemon's CPU and {result['redis_us']:.0f} µs of Redis' each; "
            f"daemon {result['before_mib']:.0f} MiB before, at most {result['daemon_mib']:.0f} MiB while draining")
