"""Keeps its own list of what was accepted, and holds receivers' records against it."""

import hashlib
import threading
from collections import Counter, defaultdict

from .waiting import StillWaiting


class Auditor:
    def __init__(self):
        self.lock = threading.Lock()
        self.accepted = {}  # id -> digest of the data that was posted

    def note(self, id, data):
        with self.lock:
            assert id not in self.accepted, f"{id} was given twice"
            self.accepted[id] = hashlib.sha256(data).digest()

    def wait_until_received(self, receiver, limit, path=None):
        """Until every accepted event has come in at least once."""
        with self.lock:
            missing = set(self.accepted)
        looked_at = 0

        def all_there():
            nonlocal looked_at
            for request in receiver.received[looked_at:]:
                if path in (None, request.path):
                    missing.discard(request.id)
            looked_at = len(receiver.received)
            return not missing
        with receiver.changed:
            if not receiver.changed.wait_for(all_there, limit):
                raise StillWaiting(f"{len(missing)} of {len(self.accepted)} accepted events were not received, "
                                   f"such as {sorted(missing)[:3]}")

    def check(self, receiver, path=None):
        """Same id, same bytes on every attempt, and the data that was posted; gives how often each id came."""
        bodies, counts = defaultdict(set), Counter()
        for request in receiver.requests(path):
            counts[request.id] += 1
            bodies[request.id].add(request.body)
        different = [id for id, seen in bodies.items() if len(seen) != 1]
        assert not different, f"bodies that changed between attempts: {different[:3]}"
        for id, digest in self.accepted.items():
            body = next(iter(bodies[id]), b"")
            data = body[body.index(b'"data":') + len(b'"data":'):-1]
            assert hashlib.sha256(data).digest() == digest, f"{id} carried other data: {body!r}"
        return counts
