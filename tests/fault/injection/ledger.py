"""The auditor's books: what was offered and accepted, what every receiver got and when, and what was broken meanwhile.

Each line is held against the invariants of RELIABILITY section 3 as it is written; what breaks one is a violation.
A fault that was going on explains a second copy of a delivered event, a retry that was not waited for (the attempt
before it was cut, its answer never recorded), and nothing else.
"""

import hashlib
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.waiting import StillWaiting

TIMER_SLACK = 0.01  # Redis' clock counts whole milliseconds, and so do timers
ENDS = ("delivered", "dead")


@dataclass
class Event:
    digest: bytes  # of the data that was posted
    key: str = None
    place: int = 0  # in the order of its key
    offered_at: float = field(default_factory=time.monotonic)
    accepted_at: float = None
    body: bytes = None  # digest of the whole body at the first attempt
    attempt: int = 0  # the last one, as its header said
    begun_at: float = 0.0
    ended_at: float = None  # None while it is under way
    last: str = ""  # what the receiver answered: delivered, dead or retry
    settled: str = ""  # delivered or dead, once it was


@dataclass
class Fault:
    kind: str
    begun_at: float
    ended_at: float = None
    recovered_after: float = None  # seconds from its beginning until an event accepted after its end was received


class Ledger:
    def __init__(self, retry_delay=0.5, concurrency=None):
        """`retry_delay`: the fixed seconds between two attempts. `concurrency`: path -> most in flight."""
        self.retry_delay, self.concurrency = retry_delay, concurrency or {}
        self.changed = threading.Condition()  # over a lock that its holder may take again
        self.events, self.lines, self.faults = {}, defaultdict(list), []
        self.busy, self.busy_keys = defaultdict(set), defaultdict(set)
        self.duplicates, self.early, self.violations = 0, 0, []
        self.open = set()  # accepted and not settled yet
        self.counts = Counter()

    # -- the sender's side -----------------------------------------------------------------------
    def offer(self, id, data, key=None):
        """Before the first try to post it."""
        with self.changed:
            assert id not in self.events, f"{id} was given twice"
            event = self.events[id] = Event(digest_of(data), key)
            if key is not None:
                event.place = len(self.lines[key])
                self.lines[key].append(id)

    def accept(self, id):
        with self.changed:
            event = self.events[id]
            event.accepted_at = time.monotonic()
            self.counts["accepted"] += 1
            if not event.settled:
                self.open.add(id)
            self.changed.notify_all()

    # -- the receiver's side ---------------------------------------------------------------------
    def begin(self, request):
        """A request came in whole. Gives it to `end`."""
        now = time.monotonic()
        with self.changed:
            event = self.events.get(request.id)
            if event is None:
                self._violate(f"{request.id} was never offered")
                return None
            self._check_content(event, request)
            self._check_attempt(event, request, now)
            self._check_flight(event, request, now)
            event.attempt, event.begun_at, event.ended_at = int(request.header("postrider-attempt")), now, None
            self._note_recovery(event, now)
        return request.path, request.id, event

    def end(self, noted, outcome):
        """`outcome`: delivered, dead or retry, as the answer says."""
        if noted is None:
            return
        path, id, event = noted
        with self.changed:
            event.ended_at, event.last = time.monotonic(), outcome
            self.busy[path].discard(id)
            self.busy_keys[event.key].discard(id)
            if outcome in ENDS and not event.settled:
                event.settled = outcome
                self.counts[outcome] += 1
                self.open.discard(id)
            self.changed.notify_all()

    def _check_content(self, event, request):
        body = request.body
        data = body[body.index(b'"data":') + len(b'"data":'):-1]
        if digest_of(data) != event.digest or b'"id":"%s"' % request.id.encode() not in body:
            self._violate(f"{request.id} carried other data: {body[:200]!r}")
        if event.body not in (None, digest_of(body)):
            self._violate(f"the body of {request.id} changed between attempts")
        event.body = digest_of(body)

    def _check_attempt(self, event, request, now):
        number = int(request.header("postrider-attempt"))
        if event.attempt == 0:
            if number != 1 and not self._broken_since(event.offered_at):
                self._violate(f"{request.id} began with attempt {number}, {now - event.offered_at:.3f} s after it was offered")
            return
        excused = self._broken_since(event.begun_at)
        if event.settled:
            self.duplicates += 1
            if not excused:
                self._violate(f"{request.id} came again {now - event.begun_at:.3f} s after it was {event.settled}")
        elif now - (event.ended_at or now) < self.retry_delay - TIMER_SLACK:
            self.early += 1
            if not excused:
                self._violate(f"attempt {number} of {request.id} came {now - event.begun_at:.3f} s after the one before")
        if number != event.attempt + 1 and not excused:
            self._violate(f"attempt {number} of {request.id} came after attempt {event.attempt}")
        if number < event.attempt:
            self._violate(f"attempt {number} of {request.id} came after attempt {event.attempt}")

    def _check_flight(self, event, request, now):
        flying = self.busy[request.path]
        # What an earlier daemon had begun is not in flight any more, though the receiver does not know it yet.
        flying -= {id for id in flying if self._broken_since(self.events[id].begun_at)}
        flying.add(request.id)
        if len(flying) > self.concurrency.get(request.path, len(flying)):
            self._violate(f"{len(flying)} in flight on {request.path}")
        if event.key is None:
            return
        others = {id for id in self.busy_keys[event.key] if not self._broken_since(self.events[id].begun_at)}
        if others - {request.id}:
            self._violate(f"key {event.key}: {request.id} in flight with {others}")
        self.busy_keys[event.key] = others | {request.id}
        line = self.lines[event.key]
        if event.place > 0 and not self.events[line[event.place - 1]].settled:
            self._violate(f"key {event.key}: {request.id} overtook {line[event.place - 1]}")

    # -- faults ----------------------------------------------------------------------------------
    @contextmanager
    def fault(self, kind):
        fault = Fault(kind, time.monotonic())
        with self.changed:
            self.faults.append(fault)
        try:
            yield fault
        finally:
            with self.changed:
                fault.ended_at = time.monotonic()

    def _broken_since(self, moment):
        # Faults come one after the other, so the newest of them is the last that ended.
        return any(fault.ended_at is None or fault.ended_at >= moment for fault in self.faults[-1:])

    def _note_recovery(self, event, now):
        for fault in self.faults[-1:]:
            if fault.recovered_after is None and fault.ended_at and (event.accepted_at or 0.0) > fault.ended_at:
                fault.recovered_after = now - fault.begun_at
                self.changed.notify_all()

    def wait_recovered(self, limit):
        """Until an event that was accepted after the last fault has come in."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.faults[-1].recovered_after is not None, limit):
                raise StillWaiting(f"nothing that was accepted after {self.faults[-1].kind} came in within {limit:g} s")

    def _violate(self, text):
        if len(self.violations) < 100:
            since = "".join(f"; {time.monotonic() - fault.ended_at:.3f} s after the end of {fault.kind}"
                            for fault in self.faults[-1:] if fault.ended_at)
            self.violations.append(text + since)

    # -- the balance -----------------------------------------------------------------------------
    def wait_settled(self, limit):
        """Until each accepted event was answered by a receiver so that it ends."""
        with self.changed:
            if not self.changed.wait_for(lambda: not self.open, limit):
                raise StillWaiting(f"{len(self.open)} of {self.counts['accepted']} accepted events did not end, such as "
                                   f"{sorted(self.open)[:3]}; violations: {self.violations[:3]}")

    def told_dead(self):
        with self.changed:
            return {id for id, event in self.events.items() if event.settled == "dead"}

    def check(self, dead_ids):
        """At the end, when all is settled. `dead_ids`: what the daemon lists as dead letters."""
        with self.changed:
            told = self.told_dead()
            kept = {id for id, event in self.events.items() if event.settled == "delivered"}
            if told - dead_ids:
                self._violate(f"dead, and no dead letter: {sorted(told - dead_ids)[:3]}")
            if dead_ids - told:
                self._violate(f"dead letters that no receiver had refused: {sorted(dead_ids - told)[:3]}")
            if dead_ids & kept:
                self._violate(f"delivered and dead: {sorted(dead_ids & kept)[:3]}")
            assert not self.violations, "\n".join(self.violations[:20])

    def recovery_seconds(self):
        return sorted(fault.recovered_after for fault in self.faults if fault.recovered_after is not None)


def digest_of(data):
    return hashlib.blake2b(data, digest_size=16).digest()
