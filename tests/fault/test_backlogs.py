"""What comes due, or comes back, all at once."""

import time
from collections import Counter
from email.utils import formatdate

from harness.accounts import prove_accounts
from harness.behaviours import after, answer
from harness.settings import endpoint, webhooks
from harness.waiting import LONG, SCALE
from injection.form import LONG_FORM

EVENTS = 100_000 if LONG_FORM else 2_500
ENDPOINTS = 2_000 if LONG_FORM else 200
EACH = 10
PATIENT = {"connect_seconds": 60 * SCALE, "read_seconds": 60 * SCALE}  # a machine that is busy elsewhere is no fault of the receiver
ROOM_MB = 48  # for connections, allocator and histories; a memory that held the events would need more in the long form


def resident_mb(daemon):
    with open(f"/proc/{daemon.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def post_many(daemon, events):
    for first in range(0, len(events), 500):
        daemon.accept_all(events[first:first + 500])


def test_events_that_are_all_due_at_one_moment_drain_in_little_memory(receiver, start_daemon, measured):
    due = time.time() + EVENTS / 500 * SCALE + 2
    receiver.script("/hook", then=lambda exchange: (
        answer(204) if time.time() >= int(due) else answer(503, [("Retry-After", formatdate(due, usegmt=True))]))(exchange))
    schedule = {"schedule": [{"delay_seconds": 1}] * 20, "jitter": False}
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=schedule, circuit_breaker={"enabled": False})))
    post_many(daemon, [{"type": "a", "id": f"e{n}", "data": "x" * 500} for n in range(EVENTS)])
    receiver.wait_for(EVENTS, limit=LONG)
    before = resident_mb(daemon)
    daemon.attempts(EVENTS, outcome="delivered")
    grown = resident_mb(daemon) - before
    second = sorted(request.at for request in receiver.requests() if request.header("postrider-attempt") != "1")
    measured({"due": EVENTS, "drained_in_s": round(second[-1] - second[0], 1), "grown_mb": round(grown, 1)})
    assert prove_accounts(daemon)["delivered"] == EVENTS
    assert grown < ROOM_MB * SCALE


def test_endpoints_that_come_back_together_are_each_within_their_limits(receiver, start_daemon, measured):
    def config(enabled):
        return webhooks(*(endpoint(receiver.url(f"/{n}"), id=f"e{n}", events=["a"], enabled=enabled, concurrency=2, timeout=PATIENT)
                          for n in range(ENDPOINTS)), redis={"lease_seconds": 60})
    receiver.default = after(0.005, answer(204))
    daemon = start_daemon(config(False))
    post_many(daemon, [{"type": "a", "id": f"event-{n}", "data": n} for n in range(EACH)])
    daemon.wait_metric("webhook_queue_depth", ENDPOINTS * EACH)
    assert not receiver.requests()
    begun = time.monotonic()
    daemon.write_config(config(True))
    daemon.admin("POST", "/api/config/reload")
    receiver.wait_for(ENDPOINTS * EACH)
    took = time.monotonic() - begun
    daemon.attempts(ENDPOINTS * EACH, outcome="delivered")
    assert max(receiver.peak.values()) <= 2
    requests = receiver.requests()
    copies = [(r.path, r.id, r.header("postrider-attempt")) for r in requests if r.header("postrider-attempt") != "1"]
    assert not copies, (copies, daemon.matching("attempt", outcome="retry")[:5])
    assert set(Counter(r.path for r in requests).values()) == {EACH}, "each got each, once"
    assert prove_accounts(daemon)["delivered"] == ENDPOINTS * EACH
    measured({"endpoints": ENDPOINTS, "events_each": EACH, "drained_in_s": round(took, 1)})
