"""A daemon to which everything happened that its metrics tell of, watched by a real Prometheus meanwhile."""

import http.client

from .behaviours import answer, silence
from .daemon import Daemon
from .prometheus_server import Prometheus
from .receiver import Receiver
from .redis_server import Redis, free_port
from .settings import endpoint, retries, webhooks
from .waiting import until

TOKEN = "token-of-the-boss"
SLOW = "token-of-the-slow-before"
NO_BREAKER = {"enabled": False}


class Observed:
    def __init__(self, directory, keep):
        """`keep`: takes each thing that has a close(), and gives it back."""
        self.receiver = keep(Receiver())
        self.receiver.script("/failing", then=answer(503))
        self.receiver.script("/refusing", then=answer(404))
        self.receiver.script("/silent", then=silence())
        self.redis = keep(Redis(directory / "redis")).start()
        (directory / "daemon").mkdir()
        self.settings = self._settings(free_port())
        self.daemon = keep(Daemon(directory / "daemon", self.settings)).start()
        assert self.daemon.admin("POST", "/api/config/reload", TOKEN).status == 200
        self.prometheus = keep(Prometheus(directory / "prometheus", self.daemon.admin_address, token=TOKEN)).start()
        self._hold_one()
        for number in range(2):  # what is there at a first scrape is not seen to grow: the second round is
            self.prometheus.wait_for_scrapes(2)
            self._post(number)
        self._ask_without_a_token()
        self._be_turned_away()
        self._reload_with_a_fault()
        self._spoil_an_entry()
        self._wait_for_outcomes()
        self.prometheus.wait_for_scrapes(3)

    def _settings(self, nobody):
        url = self.receiver.url
        once = {"retry": retries(0.05), "circuit_breaker": NO_BREAKER}
        open_for_long = {"failure_threshold": 3, "recovery_timeout_seconds": 300, "max_recovery_timeout_seconds": 300}
        return webhooks(
            endpoint(url("/good"), "good", ["order.*"]),
            endpoint(url("/failing"), "failing", ["order.*"], retry=retries(600), circuit_breaker=open_for_long),
            endpoint(url("/refusing"), "refusing", ["order.*"]),
            endpoint(url("/silent"), "silent", ["order.*"], timeout={"read_seconds": 0.1}, **once),
            endpoint(f"http://127.0.0.1:{nobody}/", "nobody", ["order.*"], **once),
            endpoint("http://169.254.169.254/latest", "denied", ["order.*"], **once),
            endpoint(url("/held"), "held", ["order.*"]),
            redis={"url": self.redis.url(), "durability": "memory", "durability_unverified": True},
            listen={"ingest": {"address": "127.0.0.1:0", "allow_cidrs": ["127.0.0.1/32"]}, "admin": "127.0.0.1:0"},
            access={"tokens": [{"name": "boss", "token": TOKEN, "scopes": ["admin"]},
                               {"name": "slow", "token": "token-of-the-slow", "previous_token": SLOW, "scopes": ["ingest"],
                                "rate_limit": {"requests_per_second": 0.001, "burst": 1}}]})

    def _hold_one(self):
        assert self.daemon.admin("POST", "/api/webhooks/held/pause", TOKEN).status == 200

    def _post(self, round):
        def post(event, status):
            given = self.daemon.post(event, token=TOKEN)
            assert given.status == status, (event, given.status, given.body)
        for number in range(30):
            post({"type": "order.paid", "id": f"e{round}_{number}", "data": number}, 202)
        post({"type": "order.paid", "id": f"e{round}_0", "data": 0}, 202)
        post({"type": "order.paid", "id": f"e{round}_0", "data": "another"}, 409)
        post({"type": "nobody.wants.it", "data": 1}, 202)
        post({"type": "no such type", "data": 1}, 422)

    def _ask_without_a_token(self):
        for _ in range(60):
            assert self.daemon.post({"type": "order.paid", "data": 1}).status == 401

    def _be_turned_away(self):
        for status in (202, 429):
            assert self.daemon.post({"type": "nobody.wants.it", "data": 1}, token=SLOW).status == status
        stranger = self.daemon.client(source="127.0.0.2")
        try:
            stranger.post({"type": "order.paid", "data": 1})
            raise AssertionError("a peer outside the allow-list was answered")
        except (OSError, http.client.HTTPException):
            stranger.close()

    def _reload_with_a_fault(self):
        self.daemon.write_config({**self.settings, "colour": "red"})
        self.daemon.wait_for("configuration rejected")

    def _spoil_an_entry(self):
        """A set where the daemon expects the dead letters of an endpoint that has none."""
        key, = until(lambda: self.redis.cli("--scan", "--pattern", "postrider:*history:default.good").split(), "a history")
        self.redis.cli("SADD", key.replace(":history:", ":dead:"), "x")

    def _wait_for_outcomes(self):
        def counted(name, **labels):
            return self.daemon.metrics(TOKEN).sum(name, **labels)
        until(lambda: counted("webhook_deliveries_total", endpoint="good", status="success") == 60, "all are delivered")
        until(lambda: counted("webhook_dead_letters") >= 240, "all that will die are dead")
        until(lambda: counted("webhook_circuit_state", endpoint="failing") == 2, "a circuit is open")
        until(lambda: counted("webhook_endpoint_held", endpoint="held") == 1, "an endpoint is held")
        until(lambda: counted("webhook_queue_depth", endpoint="held") == 60, "its events wait")
        until(lambda: counted("webhook_stored_faults_total") > 0, "a fault of the store is counted")
