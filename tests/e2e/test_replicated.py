"""Durability `replicated`: an event is accepted once a replica has it, and a lease counts once a replica has it."""

import threading
import time

import pytest

from harness.behaviours import answer, hold
from harness.bodies import Watch, nothing_is_left
from harness.expectations import all_received, begin_load
from harness.relay import Relay
from harness.settings import endpoint, retries, webhooks
from harness.waiting import SCALE, until

EVENT = {"type": "a", "id": "order-1", "data": {"n": 1}}


@pytest.fixture
def primary(new_redis):
    return new_redis("--repl-diskless-sync-delay", "0", name="primary").start()


@pytest.fixture
def new_replica(new_redis, primary):
    def make(name="replica"):
        replica = new_redis("--replicaof", f"127.0.0.1 {primary.port}", "--repl-diskless-sync-delay", "0", name=name)
        replica.start()
        until(lambda: "master_link_status:up" in replica.cli("INFO", "replication"), "the replica is in step")
        return replica
    return make


@pytest.fixture
def replica(new_replica):
    return new_replica()


def settings(receiver, url, lease=10, **endpoint_settings):
    return webhooks(endpoint(receiver.url(), **endpoint_settings),
                    redis={"url": url, "durability": "replicated", "lease_seconds": lease})


def refused_in_time(daemon, event=EVENT):
    begun = time.monotonic()
    got = daemon.post(event)
    assert got.status == 503 and int(got.headers["retry-after"]) >= 1, got
    assert time.monotonic() - begun < 1 + 3 * SCALE, "Redis is given up after five seconds, and nothing waited for that"
    return got


def taken(daemon, event=EVENT):
    return until(lambda: (got := daemon.post(event)).status == 202 and got, "the event is taken", pause=0.1).json


def test_an_accepted_event_is_on_the_replica(primary, replica, receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(settings(receiver, primary.url(), concurrency=1), patient=False)
    for number in range(20):
        daemon.accept({"type": "a", "id": f"order-{number}", "data": number})
        assert len(replica.cli("KEYS", "*:event:*").split()) == number + 1
    gate.set()
    receiver.wait_for(20)


def test_too_few_replicas_in_time_are_503_and_repeating_the_event_is_safe(primary, replica, receiver, start_daemon):
    daemon = start_daemon(settings(receiver, primary.url()), patient=False)
    replica.freeze()
    refused_in_time(daemon)
    assert daemon.post(EVENT).status == 503, "a duplicate of what no replica has is not accepted either"
    replica.thaw()
    assert taken(daemon)["duplicate"] is True
    receiver.wait_for(1, id="order-1")
    daemon.wait_for("attempt", outcome="delivered")
    assert len(receiver.requests(id="order-1")) == 1


def test_more_replicas_than_answer_are_not_enough(primary, replica, new_replica, receiver, start_daemon):
    second = new_replica("second")
    config = settings(receiver, primary.url())
    config["redis"] |= {"replicas": 2}
    daemon = start_daemon(config, patient=False)
    taken(daemon)
    second.freeze()
    assert refused_in_time(daemon).json["code"] == "store_unavailable"


def test_waiting_for_replicas_holds_up_no_retry(primary, replica, receiver, start_daemon):
    receiver.script("/hook", answer(500))
    daemon = start_daemon(settings(receiver, primary.url(), retry=retries(0.5)), patient=False)
    id = daemon.accept(EVENT)["id"]
    daemon.wait_for("attempt", event_id=id, outcome="retry")
    replica.freeze()
    stop = threading.Event()

    def keep_posting():
        while not stop.is_set():
            daemon.post({"type": "b", "data": 1})
    load = [threading.Thread(target=keep_posting, daemon=True) for _ in range(4)]
    for thread in load:
        thread.start()
    try:
        daemon.wait_for("attempt", event_id=id, outcome="delivered", limit=4 * SCALE)
    finally:
        stop.set()
        replica.thaw()
        for thread in load:
            thread.join()


def test_a_lease_that_no_replica_has_begins_no_attempt(primary, replica, receiver, start_daemon):
    receiver.script("/hook", answer(500))
    daemon = start_daemon(settings(receiver, primary.url(), lease=1, retry=retries(2.5)), patient=False)
    daemon.accept(EVENT)
    receiver.wait_for(1)
    replica.freeze()
    time.sleep(4)  # the retry is due within it, and the lease ran out before
    assert len(receiver.requests()) == 1
    replica.thaw()
    receiver.wait_for(2)
    daemon.wait_for("attempt", outcome="delivered")


def test_replicas_that_are_missing_at_start_are_waited_for(primary, new_replica, receiver, new_daemon):
    daemon = new_daemon(settings(receiver, primary.url()), patient=False).launch()
    assert "0 replicas" in daemon.wait_for("the store cannot be used")["error"]
    daemon.admin_address = daemon.wait_for("listening", listener="admin")["address"]
    daemon.ingest_address = daemon.wait_for("listening", listener="ingest")["address"]
    refused_in_time(daemon)
    new_replica()
    daemon.wait_for("ready")
    taken(daemon)
    receiver.wait_for(1)


def test_a_replica_that_goes_away_makes_the_daemon_not_ready_until_it_is_back(primary, replica, receiver, start_daemon):
    daemon = start_daemon(settings(receiver, primary.url()), patient=False)
    replica.kill9()
    until(lambda: "0 replicas" in str(daemon.admin("GET", "/ready").json), "not ready")
    assert refused_in_time(daemon).json["code"] == "not_ready"
    replica.start()
    until(lambda: daemon.admin("GET", "/ready").status == 200, "ready again")
    taken(daemon)
    receiver.wait_for(1)


def test_a_failover_to_a_replica_under_load_loses_nothing(primary, replica, receiver, start_daemon, closing, auditor):
    relay = Relay(primary.port)
    closing.append(relay)
    config = settings(receiver, relay.url(), lease=2)
    daemon = start_daemon(config, patient=False)
    load = begin_load(daemon, receiver, auditor, accepted=300)
    primary.kill9()
    replica.cli("REPLICAOF", "NO", "ONE")
    primary.command += ["--replicaof", f"127.0.0.1 {replica.port}"]
    primary.start()
    relay.lead_to(replica.port)
    load.wait_for(load.count(202) + 300)
    copies = all_received(auditor, receiver, load)
    nothing_is_left(daemon, replica)
    assert copies <= 64, "no more than was in flight"


@pytest.mark.parametrize("away, back", [("kill9", "start"), ("freeze", "thaw")])
def test_a_replica_that_goes_away_under_load_costs_no_event_and_leaves_no_body(primary, replica, receiver, start_daemon,
                                                                               auditor, away, back):
    """While it is away each event is 503, though it is stored and will be sent."""
    daemon = start_daemon(settings(receiver, primary.url(), lease=2), patient=False)
    load = begin_load(daemon, receiver, auditor, accepted=100)
    with Watch(primary):
        for _ in range(2):
            getattr(replica, away)()
            load.wait_for(load.count(503) + 20, status=503)
            getattr(replica, back)()
            load.wait_for(load.count(202) + 100)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, primary)
