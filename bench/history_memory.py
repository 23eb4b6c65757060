#!/usr/bin/env python3
"""What the history of an endpoint costs in Redis' memory for each event.

    bench/history_memory.py [EVENTS]

A daemon on a Redis of its own delivers EVENTS (1,000) events of 1 KiB to a receiver that answers with six headers and
256 bytes; then everything is delivered, and what its keys have grown by (`MEMORY USAGE`) is what the records keep. Prints a table.
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

HEADERS = [("Content-Type", "application/json"), ("Server", "nginx/1.24.0"), ("Date", "Sat, 21 Nov 2026 12:00:00 GMT"),
           ("X-Request-Id", "4f6f1d1e-8a55-4f0e-9d0c-0d6a3c1f2b77"), ("Cache-Control", "no-store"), ("Vary", "Accept")]


def used(redis):
    """Of all keys, with their names and entries."""
    script = "local sum = 0 for _, key in ipairs(redis.call('KEYS', '*')) do sum = sum + redis.call('MEMORY', 'USAGE', key, 'SAMPLES', '0') end return sum"
    return int(redis.cli("EVAL", script, "0"))


def measure(directory, events, payloads, responses):
    receiver = Receiver()
    receiver.default = answer(200, HEADERS, b'{"ok":true,"note":"' + b"r" * 235 + b'"}')
    redis = Redis(directory / "r").start()
    logging = {"log_payloads": payloads, "log_responses": responses}
    daemon = Daemon(directory, webhooks(endpoint(receiver.url(), logging=logging), redis={"url": redis.url()}))
    try:
        daemon.start()
        daemon.accept({"type": "invoice.paid", "data": "first"})
        daemon.attempts(1, outcome="delivered")
        before = used(redis)
        client = daemon.client()
        for first in range(0, events, 500):
            some = [{"type": "invoice.paid", "data": os.urandom(506).hex()} for _ in range(min(500, events - first))]
            assert client.post(some, path="/api/events/batch").status == 202
        daemon.attempts(events + 1, outcome="delivered")
        daemon.wait_metric("webhook_queue_depth", 0)
        return (used(redis) - before) / events
    finally:
        daemon.close()
        redis.close()
        receiver.close()


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    print("| `log_payloads` | `log_responses` | bytes of Redis for each event |\n|---|---|---|")
    for payloads in (False, True):
        for responses in (False, True):
            with tempfile.TemporaryDirectory(prefix="pr-", dir="/tmp") as name:
                cost = measure(Path(name), events, payloads, responses)
            print(f"| {str(payloads).lower()} | {str(responses).lower()} | {cost:,.0f} |", flush=True)


if __name__ == "__main__":
    main()
