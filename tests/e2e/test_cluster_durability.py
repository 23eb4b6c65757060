"""What a Redis Cluster must give is asked of every master, and what one of them lost is noticed."""

import threading

import pytest

from harness.behaviours import hold
from harness.bodies import nothing_is_left
from harness.cluster import Cluster
from harness.expectations import all_received, begin_load
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until


@pytest.fixture
def cluster(closing, directory):
    fleet = Cluster(directory / "fleet")
    closing.append(fleet)
    return fleet.start()


def settings(receiver, cluster, count=1, limits=None, **redis):
    """Endpoint `e3` gets events of type `t3`, and `all`."""
    hooks = [endpoint(receiver.url(f"/hook{number}" if number else "/hook"), id=f"e{number}",
                      events=[f"t{number}", "all", "a"], concurrency=16, retry=retries(*[0.2] * 200),
                      circuit_breaker={"enabled": False}) for number in range(count)]
    return webhooks(*hooks, redis=cluster.settings(**redis), **({"limits": limits} if limits else {}))


def faults(daemon, *words):
    return [line for line in daemon.matching("the store cannot be used")
            if all(str(word) in line["error"] for word in words)]


def taken(daemon, event):
    return until(lambda: daemon.post(event).status == 202, "the event is taken", pause=0.1)


def replica_of(cluster, master):
    return next(each for each in cluster.replicas() if f"master_port:{master.port}" in each.cli("INFO", "replication"))


def master_of_queue(cluster, name):
    def has_it(master):
        return f"history:{name}" in master.cli("KEYS", "*:history:*")
    return until(lambda: next(filter(has_it, cluster.masters()), None), "something was delivered")


def test_settings_of_one_master_that_do_not_fit_are_refused_at_start(receiver, new_daemon, cluster):
    odd = cluster.masters()[1]
    odd.cli("CONFIG", "SET", "appendfsync", "everysec")
    daemon = new_daemon(settings(receiver, cluster), patient=False).launch()
    assert daemon.wait_exit() == 1
    assert faults(daemon, odd.port, "appendfsync")
    assert not daemon.matching("ready")


def test_settings_that_one_master_loses_are_noticed_without_a_reconnect(receiver, start_daemon, cluster):
    daemon = start_daemon(settings(receiver, cluster), patient=False)
    odd = cluster.masters()[2]
    odd.cli("CONFIG", "SET", "appendfsync", "no")
    until(lambda: faults(daemon, odd.port, "appendfsync"), "the master and its setting are told")
    got = daemon.post({"type": "a", "data": 1})
    assert got.status == 503 and got.json["code"] == "not_ready" and int(got.headers["retry-after"]) >= 1
    odd.cli("CONFIG", "SET", "appendfsync", "always")
    daemon.wait_for("the store can be used again")
    taken(daemon, {"type": "a", "data": 2})


def test_settings_of_a_master_that_was_just_promoted_are_checked(receiver, start_daemon, cluster):
    victim = cluster.masters()[0]
    heir = replica_of(cluster, victim)
    heir.cli("CONFIG", "SET", "appendfsync", "everysec")
    daemon = start_daemon(settings(receiver, cluster), patient=False)
    daemon.accept({"type": "a", "id": "first", "data": 1})
    assert not faults(daemon, "appendfsync"), "a replica is not asked"
    victim.kill9()
    until(lambda: faults(daemon, heir.port, "appendfsync"), "the heir and its setting are told")
    heir.cli("CONFIG", "SET", "appendfsync", "always")
    taken(daemon, {"type": "a", "data": 2})


def test_a_master_that_is_away_is_a_warning_and_the_others_go_on(receiver, start_daemon, cluster):
    daemon = start_daemon(settings(receiver, cluster, count=8), patient=False)
    daemon.accept({"type": "all", "id": "first", "data": 1})
    daemon.attempts(8, outcome="delivered")
    described = cluster.master_of(cluster.slot_of("postrider:store"))
    homes = {number: master_of_queue(cluster, f"default.e{number}") for number in range(8)}
    lost = next(number for number, master in homes.items() if master is not described)
    kept = next(number for number, master in homes.items() if master is described)
    replica_of(cluster, homes[lost]).kill9()
    homes[lost].kill9()
    until(lambda: "a part of the Cluster is away" in str(daemon.admin("GET", "/ready").json.get("warnings")),
          "it is warned of")
    assert daemon.post({"type": f"t{lost}", "data": 1}).status == 503
    taken(daemon, {"type": f"t{kept}", "data": 1})
    assert faults(daemon) == faults(daemon, "timed out"), "if this machine stood still, and for nothing else"


def test_a_master_that_was_wiped_is_noticed(receiver, start_daemon, cluster):
    daemon = start_daemon(settings(receiver, cluster, count=4), patient=False)
    daemon.accept({"type": "all", "id": "first", "data": 1})
    daemon.attempts(4, outcome="delivered")
    for turn, master in enumerate(cluster.masters()):
        until(lambda: master.cli("KEYS", "*:mark").split(), "it has a mark")
        master.cli("FLUSHALL")
        daemon.wait_metric("webhook_stored_faults_total", turn + 1, kind="store_wiped")
    assert "emptied" in daemon.wait_for("the store lost events")["error"]
    assert "emptied" in str(daemon.admin("GET", "/api/status").json["warnings"])
    taken(daemon, {"type": "all", "id": "order-1", "data": 1})
    daemon.attempts(8, outcome="delivered")


def test_a_master_that_went_back_in_time_is_noticed(receiver, start_daemon, cluster):
    daemon = start_daemon(settings(receiver, cluster), patient=False)
    master = cluster.masters()[1]
    until(lambda: master.cli("KEYS", "*:mark"), "it has a mark")
    before = {mark: master.cli("HGETALL", mark).split() for mark in master.cli("KEYS", "*:mark").split()}
    # While the connections come up one after the other, the mark may have moved in another partition first.
    moved = until(lambda: [mark for mark, fields in before.items() if master.cli("HGETALL", mark).split() != fields],
                  "it moves")
    for mark in moved:
        master.cli("HSET", mark, *before[mark])
    daemon.wait_metric("webhook_stored_faults_total", 1, kind="store_rewound")
    taken(daemon, {"type": "a", "data": 1})


def test_replicas_are_those_of_the_master_that_took_the_event(receiver, start_daemon, cluster):
    daemon = start_daemon(settings(receiver, cluster, count=8, durability="replicated"), patient=False)
    taken(daemon, {"type": "all", "data": 1})
    daemon.attempts(8, outcome="delivered")
    lonely = master_of_queue(cluster, "default.e0")
    other = next(f"t{number}" for number in range(8) if master_of_queue(cluster, f"default.e{number}") is not lonely)
    replica = replica_of(cluster, lonely)
    replica.freeze()
    for number in range(3):  # no ids, so that each has its endpoint's partition alone
        assert daemon.post({"type": "t0", "data": number}).status == 503
        taken(daemon, {"type": other, "data": number})
    assert daemon.post({"type": "all", "data": 1}).status == 503
    replica.thaw()
    taken(daemon, {"type": "t0", "data": 1})


def test_replicated_loses_nothing_when_a_master_dies_under_load(receiver, start_daemon, auditor, cluster):
    """The heir has no replica: what is its own is 503 until the dead one is back and follows it."""
    daemon = start_daemon(settings(receiver, cluster, durability="replicated", lease_seconds=2, partitions=8), patient=False)
    load = begin_load(daemon, receiver, auditor, accepted=200, most=40000, type="a")
    victim = master_of_queue(cluster, "default.e0")
    victim.kill9()
    until(lambda: len(cluster.masters()) == 3, "a replica took over")
    load.wait_for(load.count(503) + 1, status=503)
    victim.start()
    load.wait_for(load.count(202) + 200)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, *cluster.masters())
    assert daemon.admin("GET", "/ready").status == 200
    assert not daemon.matching("the store lost events")


def test_a_tenant_is_limited_over_all_masters(receiver, new_daemon, cluster):
    gate = threading.Event()
    for number in range(8):
        receiver.script(f"/hook{number}" if number else "/hook", then=hold(gate))
    daemon = new_daemon(settings(receiver, cluster, count=8, partitions=8,
                                 limits={"tenants": {"default": {"max_queued_events": 200}}})).start("--shards", "2")
    try:
        def full():
            got = daemon.post({"type": "all", "data": 1})
            assert got.status in (202, 429), got
            return got if got.status == 429 else None
        assert until(full, "the tenant is full", pause=0.02).json["code"] == "tenant_full"
    finally:
        gate.set()
    taken(daemon, {"type": "all", "data": 1})
