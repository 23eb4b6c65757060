"""Posts events from several connections at once, until told to stop, and notes what was accepted."""

import http.client
import itertools
import json
import threading

from .waiting import LONG, StillWaiting


class Load:
    def __init__(self, daemon, auditor, connections=8, type="load.event", most=20_000, pause=0.01):
        """At most `most` events in all, so that what a receiver must take stays bounded, and `pause` seconds after each
        that a connection sent, so that a fault of some seconds meets a load that still goes on."""
        self.daemon, self.auditor, self.type, self.most, self.pause = daemon, auditor, type, most, pause
        self.numbers = itertools.count()
        self.stopping = threading.Event()
        self.changed = threading.Condition()
        self.statuses = {}  # HTTP status, or "broken": how often; "in doubt": of 503 those that Redis did not confirm in time
        self.faults = []
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(connections)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def count(self, status):
        with self.changed:
            return self.statuses.get(status, 0)

    def wait_for(self, count, status=202, limit=LONG):
        """Until so many were answered with `status`."""
        with self.changed:
            if not self.changed.wait_for(lambda: self.statuses.get(status, 0) >= count, limit):
                raise StillWaiting(f"{count} answers {status}, got {self.statuses}\n{self.daemon.tail()}")

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(LONG)
            assert not thread.is_alive()
        assert not self.faults, self.faults[:3]
        return self.statuses

    def _run(self):
        client = None
        while not self.stopping.is_set():
            number = next(self.numbers)
            if number >= self.most:
                return
            data = json.dumps({"number": number, "text": "x" * (number % 900)}).encode()
            body = b'{"type":"%s","data":%s}' % (self.type.encode(), data)
            try:
                client = client or self.daemon.client(patient=False)
                answer = client.post(body)
                self._note(answer, data)
                self.stopping.wait(self.pause)
            except (OSError, http.client.HTTPException):
                client = None
                self._count("broken")
                self.stopping.wait(0.02)  # the daemon is away; do not spin while it comes back
            except Exception as fault:  # a fault of the test itself must fail it
                self.faults.append(repr(fault))
                return

    def _note(self, answer, data):
        if answer.status == 202:
            self.auditor.note(answer.json["id"], data)
        elif answer.status == 503:
            assert int(answer.headers["retry-after"]) >= 1, answer.headers
            if answer.is_in_doubt:
                self._count("in doubt")
            self.stopping.wait(0.02)
        self._count(answer.status)

    def _count(self, status):
        with self.changed:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.changed.notify_all()
