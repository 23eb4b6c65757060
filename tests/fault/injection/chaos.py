"""Daemons on one Redis, each behind a gate of its own, and whatever can happen to them, one thing after the other."""

import signal
import statistics
import time
from collections import Counter

from harness.daemon import Daemon
from harness.receiver import Receiver
from harness.redis_server import Redis
from harness.waiting import until

from .gate import Gate
from .ledger import Ledger
from .traffic import Traffic, attend, field_config, finish

LEASE = 2
COPIES = 4
RECOVERY_LIMIT = 60
KEPT_LINES = 1000


class ForgetfulReceiver(Receiver):
    """The ledger keeps the books; a run of hours must not keep every request as well."""

    def _record(self, request):
        behave = super()._record(request)
        with self.changed:
            self.received.clear()
        return behave


class Chaos:
    def __init__(self, directory, daemons, random, events_per_second):
        self.random, self.done, self.audited = random, Counter(), "no"
        self.receiver, self.ledger = ForgetfulReceiver(), Ledger()
        attend(self.receiver, self.ledger, copies=COPIES)
        self.redis = Redis(directory / "redis").start()
        self.gates = [Gate(("127.0.0.1", self.redis.port)) for _ in range(daemons)]
        self.daemons = [self._start(directory / f"daemon-{number}", gate) for number, gate in enumerate(self.gates)]
        connections = 6
        self.traffic = Traffic(self.daemons, self.ledger, connections, copies=COPIES,
                               pause=connections / events_per_second, most=10**9).start()

    def _start(self, directory, gate):
        directory.mkdir()
        store = {"url": gate.url(), "lease_seconds": LEASE, "partitions": 16}
        return Daemon(directory, field_config(self.receiver, copies=COPIES, redis=store)).start()

    # -- what can happen -------------------------------------------------------------------------
    def kill_daemon(self, daemon, gate):
        daemon.kill9()
        self._pause(3)
        daemon.start()

    def stop_daemon(self, daemon, gate):
        code, _ = daemon.terminate()
        if code != 0:
            self.ledger.violations.append(f"a stop ended with {code}")
        self._pause(3)
        daemon.start()

    def kill_redis(self, daemon, gate):
        self.redis.kill9()
        self._pause(3)
        self.redis.start()

    def cut_connections(self, daemon, gate):
        gate.cut()

    def cut_within_reply(self, daemon, gate):
        before = gate.cuts_in_replies
        gate.cut_in_reply(self.random.randrange(1, 2000))
        until(lambda: gate.cuts_in_replies > before, "the cut")  # the fault is over when it has happened, not before

    def cut_off(self, daemon, gate):
        gate.close_off()
        self._pause(3 * LEASE)
        gate.reopen()

    def fall_silent(self, daemon, gate):
        gate.fall_silent()
        self._pause(4 * LEASE)
        gate.reopen()
        gate.cut()

    def slow_down(self, daemon, gate):
        gate.delay = self.random.uniform(0.01, 0.4)
        self._pause(3)
        gate.delay = 0.0

    def put_to_sleep(self, daemon, gate):
        daemon.signal(signal.SIGSTOP)
        self._pause(3 * LEASE)
        daemon.signal(signal.SIGCONT)

    EVENTS = {"kill -9 of a daemon": (kill_daemon, 4), "stop of a daemon": (stop_daemon, 1),
              "kill -9 of Redis": (kill_redis, 2), "connections cut": (cut_connections, 2),
              "cut within a reply": (cut_within_reply, 2), "cut off": (cut_off, 1), "half-open": (fall_silent, 1),
              "latency": (slow_down, 1), "SIGSTOP": (put_to_sleep, 1)}

    def _pause(self, most):
        time.sleep(self.random.uniform(0, most))

    # -- the run ---------------------------------------------------------------------------------
    def step(self):
        """One thing happens to one daemon; then all must be moving again."""
        kind = self.random.choices(list(self.EVENTS), [weight for _, weight in self.EVENTS.values()])[0]
        victim = self.random.randrange(len(self.daemons))
        with self.ledger.fault(kind):
            self.EVENTS[kind][0](self, self.daemons[victim], self.gates[victim])
        self.done[kind] += 1
        self.ledger.wait_recovered(RECOVERY_LIMIT)
        self._pause(1)
        for daemon in self.daemons:
            with daemon.changed:
                del daemon.lines[:-KEPT_LINES]

    def finish(self):
        figures = finish(self.traffic, self.ledger, self.daemons)
        self.audited = "yes, in every partition"
        return figures

    def report(self):
        counts, seconds = self.ledger.counts, self.ledger.recovery_seconds()
        kills = sum(times for kind, times in self.done.items() if kind.startswith("kill"))
        middle, longest = (statistics.median(seconds), seconds[-1]) if seconds else (0.0, 0.0)
        return [f"faults           {', '.join(f'{times} x {kind}' for kind, times in self.done.most_common()) or 'none'}",
                f"kills            {kills}", f"accepted         {counts['accepted']}",
                f"delivered        {counts['delivered']}", f"dead             {counts['dead']}",
                f"lost             {len(self.ledger.open)}", f"duplicated       {self.ledger.duplicates}",
                f"violations       {len(self.ledger.violations)}", f"accounts add up  {self.audited}",
                f"time to recover  p50 {middle:.2f} s, max {longest:.2f} s (from the beginning of each fault)"]

    def is_clean(self):
        return not self.ledger.open and not self.ledger.violations

    def close(self):
        self.traffic.stopping.set()
        for daemon in self.daemons:
            if daemon.is_running():
                daemon.signal(signal.SIGCONT)
            daemon.close()
        for thing in (*self.gates, self.redis, self.receiver):
            thing.close()
