"""Several daemons that share a Redis, and load over all of them."""

import http.client

from .load import Load
from .settings import endpoint, retries, webhooks
from .waiting import until

ENDPOINTS = 24


def rows(daemon):
    """The members by id, as this daemon tells them; None: what nobody owns."""
    return {row["id"]: row for row in daemon.admin("GET", "/api/status").json["members"] or []}


def is_even(daemon, count, partitions=64):
    owned = sorted(row["partitions"] for row in rows(daemon).values())
    return len(owned) == count and sum(owned) == partitions and owned[-1] - owned[0] <= 1


class Fleet:
    """Daemons of one configuration; endpoint n has the path /n and the events `n<n>.*`."""

    def __init__(self, make_daemon, receiver, store, lease=2, partitions=64, **policies):
        """`store`: what the configuration says of Redis."""
        self.make_daemon, self.partitions = make_daemon, partitions
        self.endpoints = [endpoint(receiver.url(f"/{number}"), id=f"e{number}", events=[f"n{number}.*"],
                                   retry=retries(*[0.2] * 200), **policies) for number in range(ENDPOINTS)]
        self.redis = {**store, "lease_seconds": lease, "partitions": partitions}

    def start(self, *names, **more):
        """Starts one after the other and waits until all share evenly."""
        daemons = []
        for name in names:
            config = webhooks(*self.endpoints, redis=self.redis, **more)
            daemons.append(self.make_daemon(config, name=name).start())
            until(lambda: self.is_even(daemons), f"{len(daemons)} daemons share evenly")
        return daemons

    def is_even(self, daemons):
        return all(is_even(daemon, len(daemons), self.partitions) for daemon in daemons)


def number_sent_by(daemon):
    """An endpoint whose events this daemon sends, found by watching it send one."""
    for number in range(ENDPOINTS):
        daemon.accept({"type": f"n{number}.x", "id": f"probe-{number}", "data": "probe"})
    daemon.wait_for("attempt")
    return int(daemon.matching("attempt")[0]["endpoint"][1:])


class Spread(Load):
    """Over all endpoints and daemons; a daemon that is away is passed over."""

    def __init__(self, daemons, auditor, **options):
        super().__init__(daemons[0], auditor, **options)
        self.daemons = list(daemons)

    def _run(self):
        clients = {}
        while not self.stopping.is_set():
            number = next(self.numbers)
            if number >= self.most:
                return
            data = b'{"number":%d}' % number
            at = self.daemons[number % len(self.daemons)]
            try:
                if at not in clients:
                    clients[at] = at.client()
                self._note(clients[at].post(b'{"type":"n%d.x","data":%s}' % (number % ENDPOINTS, data)), data)
            except (OSError, http.client.HTTPException):
                clients.pop(at, None)
                self._count("broken")
                self.stopping.wait(0.01)
            except Exception as fault:  # a fault of the test itself must fail it
                self.faults.append(repr(fault))
                return
            self.stopping.wait(self.pause)


def restart_in_turn(fleet, daemons, load):
    """Each stops cleanly, comes back and has its share again, while the load goes on."""
    for daemon in daemons:
        code, _ = daemon.terminate()
        assert code == 0, daemon.tail()
        daemon.start()
        until(lambda: fleet.is_even(daemons), "all share again")
        load.wait_for(load.count(202) + 200)
