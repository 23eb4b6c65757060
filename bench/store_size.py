#!/usr/bin/env python3
"""What an event costs in Redis' memory in each state that it may stay in, and in its append only file over its life.

    bench/store_size.py [EVENTS]

For each size of `data` a fresh Redis and a daemon take EVENTS (1,000) events in batches of 100; memory is the growth of
`used_memory`, the file the growth of `aof_current_size`. No attempt records are kept, so that each state is seen alone. Prints a table.
"""

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests/e2e"))

from harness.behaviours import answer  # noqa: E402
from harness.daemon import Daemon  # noqa: E402
from harness.receiver import Receiver  # noqa: E402
from harness.redis_server import Redis  # noqa: E402
from harness.settings import endpoint, webhooks  # noqa: E402

SIZES = (200, 1024, 4096, 16384)
NEVER = {"enabled": False}
# name: (what the receiver answers, settings of the endpoints, how many, whether the events have ids)
STATES = {
    "waits": (204, {"enabled": False}, 1, False),
    "waits, with an id": (204, {"enabled": False}, 1, True),
    "waits for two endpoints": (204, {"enabled": False}, 2, False),
    "waits for a retry": (500, {"retry": {"schedule": [{"delay_seconds": 86400}]}, "circuit_breaker": NEVER}, 1, False),
    "dead letter": (400, {}, 1, False),
    "delivered": (204, {}, 1, False),
}


def info(redis, section, name):
    lines = redis.cli("INFO", section).splitlines()
    return int(next(line.partition(":")[2] for line in lines if line.startswith(name + ":")))


def measure(directory, events, size, state):
    status, settings, count, with_id = STATES[state]
    receiver = Receiver()
    receiver.default = answer(status)
    redis = Redis(directory / "r", "--auto-aof-rewrite-percentage", "0", appendfsync="everysec").start()
    some = [endpoint(receiver.url(), f"e{number}", limits={"history_per_endpoint": 0}, **settings) for number in range(count)]
    daemon = Daemon(directory, webhooks(*some, redis={"url": redis.url(), "durability": "everysec"}))
    try:
        before = take(daemon, redis, range(100), size, state, count)  # what is made once for a queue is not an event's
        after = take(daemon, redis, range(100, 100 + events), size, state, count)
        return [(b - a) / events for a, b in zip(before, after)]
    finally:
        daemon.close()
        redis.close()
        receiver.close()


def take(daemon, redis, numbers, size, state, endpoints):
    """Posts these events; gives memory and file when they are in that state and no daemon is connected."""
    daemon.start()
    client = daemon.client()
    for first in range(numbers.start, numbers.stop, 100):
        batch = [{"type": "invoice.paid", "data": os.urandom(size // 2).hex(),
                  **({"id": f"order-{number:08d}-paid"} if "id" in state else {})}
                 for number in range(first, min(first + 100, numbers.stop))]
        assert client.post(batch, path="/api/events/batch").status == 202
    if STATES[state][1].get("enabled", True):
        daemon.attempts(len(numbers) * endpoints)
    client.close()
    daemon.terminate()
    return info(redis, "memory", "used_memory"), info(redis, "persistence", "aof_current_size")


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    columns = " | ".join(f"{size:,} B" for size in SIZES)
    rows = {state: [] for state in STATES}
    for state in STATES:
        for size in SIZES:
            with tempfile.TemporaryDirectory(prefix="pr-", dir="/tmp") as name:
                rows[state].append(measure(Path(name), events, size, state))
    for title, index in (("memory", 0), ("append only file", 1)):
        print(f"| {title}, bytes an event | {columns} |\n|---|{'---|' * len(SIZES)}")
        for state, found in rows.items():
            print(f"| {state} | " + " | ".join(f"{one[index]:,.0f}" for one in found) + " |")
        print(flush=True)


if __name__ == "__main__":
    main()
