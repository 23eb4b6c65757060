"""A careful client: gives its own ids, and repeats what was not answered until it is. And the receiver it sends to."""

import http.client
import json
import threading
import time

from harness.accounts import prove_accounts
from harness.behaviours import answer
from harness.settings import endpoint, webhooks
from harness.waiting import LONG, StillWaiting, until

KINDS = ("plain", "keyed", "plain", "flaky", "plain", "keyed", "plain", "dead")
CONCURRENCY = 8
RETRY_DELAY = 0.5


def field_config(receiver, retry_delay=RETRY_DELAY, copies=1, **more):
    """Four endpoints: one that answers, one that keeps an order, one that fails at first, one that refuses all. Of each
    `copies`, so that their partitions are spread."""
    schedule = {"schedule": [{"delay_seconds": retry_delay}] * 400, "jitter": False}
    never = {"enabled": False}
    own = {"keyed": {"ordering": "key"}}
    return webhooks(*(endpoint(receiver.url(f"/{kind}-{copy}"), id=f"{kind}-{copy}", events=[f"{kind}-{copy}.*"],
                               retry=schedule, concurrency=CONCURRENCY, circuit_breaker=never, **own.get(kind, {}))
                      for kind in sorted(set(KINDS)) for copy in range(copies)), **more)


def attend(receiver, ledger, seconds=0.003, retry_delay=RETRY_DELAY, copies=1):
    """Each request is noted, takes a moment, and is answered as its path says."""
    paths = {f"/{kind}-{copy}": kind for kind in KINDS for copy in range(copies)}
    ledger.retry_delay = retry_delay
    ledger.concurrency = dict.fromkeys(paths, CONCURRENCY)

    def behave(exchange):
        noted = ledger.begin(exchange.request)
        time.sleep(seconds)
        kind = paths[exchange.request.path]
        fails = kind == "flaky" and exchange.request.header("postrider-attempt") == "1"
        outcome = "retry" if fails else "dead" if kind == "dead" else "delivered"
        # Noted before it is answered: what the daemon does about the answer can only come later.
        ledger.end(noted, outcome)
        return answer({"retry": 500, "dead": 404, "delivered": 204}[outcome])(exchange)
    for path in paths:
        receiver.script(path, then=behave)


class Traffic:
    """`connections` threads that post one event after the other, each until it is accepted."""

    def __init__(self, daemons, ledger, connections=6, pause=0.0, name="t", most=100_000, copies=1):
        self.copies = copies
        self.daemons, self.ledger, self.pause, self.name, self.most = daemons, ledger, pause, name, most
        self.stopping = threading.Event()
        self.faults = []
        self.statuses = {}
        self.slowest_refusal = 0.0
        self.threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(connections)]

    def start(self):
        for thread in self.threads:
            if thread.ident is None:
                thread.start()
        return self

    def is_done(self):
        """All `most` events of each connection were posted."""
        return all(thread.ident is not None and not thread.is_alive() for thread in self.threads)

    def accepted(self):
        return self.ledger.counts["accepted"]

    def wait_for_more(self, count, limit=LONG):
        """Until so many more were accepted."""
        ledger = self.ledger
        with ledger.changed:
            wanted = self.accepted() + count
            if not ledger.changed.wait_for(lambda: self.accepted() >= wanted or self.faults, limit):
                raise StillWaiting(f"{count} more events accepted; {self.statuses}\n{self.daemons[0].tail()}")
        assert not self.faults, self.faults[:3]

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(LONG)
            assert not thread.is_alive()
        assert not self.faults, self.faults[:3]

    def _run(self, thread):
        clients = {}  # address -> a connection kept alive
        try:
            for number in range(self.most):
                if self.stopping.is_set():
                    return
                self._post_one(clients, thread, number)
                self.stopping.wait(self.pause)
        except Exception as fault:  # a fault of the test itself must fail it
            self.faults.append(repr(fault))

    def _post_one(self, clients, thread, number):
        kind = KINDS[number % len(KINDS)]
        id = f"{self.name}-{thread}-{number}"
        key = f"{self.name}-{thread}" if kind == "keyed" else None
        data = json.dumps({"number": number, "text": "x" * (number * 7 % 300)}).encode()
        body = b'{"type":"%s-%d.event","id":"%s",%s"data":%s}' % (
            kind.encode(), thread % self.copies, id.encode(), b'"key":"%s",' % key.encode() if key else b"", data)
        self.ledger.offer(id, data, key)
        turn = thread
        while not self._try(clients, self.daemons[turn % len(self.daemons)], id, body):
            turn += 1
            if self.stopping.wait(0.03):
                return

    def _try(self, clients, daemon, id, body):
        address = daemon.ingest_address
        if address not in clients:
            clients.clear()
            clients[address] = daemon.client(patient=False)
        begun = time.monotonic()
        try:
            got = clients[address].post(body)
        except (OSError, http.client.HTTPException):
            clients.clear()
            self._count("broken")
            return False
        if got.status == 202:
            self.ledger.accept(id)
            self._count(202)
            return True
        assert got.status in (429, 503), (got.status, got.body)
        assert int(got.headers["retry-after"]) >= 1, got.headers
        self._count(got.status, time.monotonic() - begun)
        return False

    def _count(self, status, took=0.0):
        with self.ledger.changed:
            self.statuses[status] = self.statuses.get(status, 0) + 1
            self.slowest_refusal = max(self.slowest_refusal, took)


def finish(traffic, ledger, daemons, limit=2 * LONG, gauges=True):
    """Ends the traffic, lets everything end, and balances the books with the daemons' own. Gives the figures of the run."""
    traffic.stop()
    ledger.wait_settled(limit)
    accounts = prove_accounts(daemons[0], limit)
    dead = until(lambda: (letters := dead_letters(daemons[0])) >= ledger.told_dead() and letters,
                 "a dead letter for each refusal", limit, 0.1) if ledger.told_dead() else dead_letters(daemons[0])
    ledger.check(dead)
    check_accounts(accounts, ledger, dead)
    if gauges:
        check_gauges(daemons, len(dead), limit)
    return {"accepted": ledger.counts["accepted"], "delivered": ledger.counts["delivered"],
            "dead": ledger.counts["dead"], "duplicates": ledger.duplicates, "early": ledger.early,
            "faults": len(ledger.faults), "recovery_seconds": [round(s, 2) for s in ledger.recovery_seconds()],
            "answers": dict(traffic.statuses)}


def check_accounts(accounts, ledger, dead):
    """What the daemons counted is what the auditor saw; each event is for one endpoint."""
    with ledger.changed:
        seen = {"accepted": ledger.counts["delivered"] + ledger.counts["dead"], "delivered": ledger.counts["delivered"],
                "dead": ledger.counts["dead"], "dead_letters": len(dead)}
    assert {name: accounts[name] for name in seen} == seen



def check_gauges(daemons, dead, limit):
    """Nothing waits, nothing is stuck in flight, and each dead letter is told by one daemon."""
    for name, wanted in (("webhook_queue_depth", 0), ("webhook_in_flight", 0), ("webhook_dead_letters", dead)):
        until(lambda: sum(daemon.metrics().sum(name) for daemon in daemons) == wanted, f"{name} is {wanted}", limit, 0.1)


def dead_letters(daemon):
    """The ids of all events that the daemon lists as dead."""
    found, cursor = set(), ""
    while True:
        page = daemon.admin("GET", f"/api/dead-letters?limit=250{cursor}")
        assert page.status == 200, page.body
        found |= {letter["event_id"] for letter in page.json["dead_letters"]}
        if page.json["next_cursor"] is None:
            return found
        cursor = f"&cursor={page.json['next_cursor']}"
