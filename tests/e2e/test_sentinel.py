"""A daemon behind three Sentinels: failovers are followed without a restart."""

import pytest

from harness.bodies import Watch, nothing_is_left
from harness.expectations import all_received, begin_load
from harness.sentinels import Sentinels
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until


@pytest.fixture
def sentinels(closing, directory, authority):
    fleet = Sentinels(directory / "fleet", authority)
    closing.append(fleet)
    return fleet.start()


def settings(receiver, sentinels, **more):
    return webhooks(endpoint(receiver.url(), concurrency=16, retry=retries(*[0.2] * 200)),
                    redis={**sentinels.settings(), **more})


def forget(auditor, ids):
    """Takes them off the list of what must come."""
    with auditor.lock:
        for id in ids:
            del auditor.accepted[id]


def test_the_death_of_the_master_under_load_loses_nothing_that_its_replicas_had(receiver, start_daemon, auditor,
                                                                                sentinels):
    """Without durability `replicated` a failover loses what no replica had received. So the test waits until the
    replicas have what was accepted so far; only what was accepted between that and the kill may be missing."""
    daemon = start_daemon(settings(receiver, sentinels))
    load = begin_load(daemon, receiver, auditor, accepted=200)
    safe = set(auditor.accepted)
    sentinels.wait_for_replicas(sentinels.servers[0])
    with Watch(*sentinels.servers):
        sentinels.servers[0].kill9()
        load.wait_for(load.count(503) + 1, status=503)
        at_risk = set(auditor.accepted) - safe
        load.wait_for(load.count(202) + 200)
    forget(auditor, at_risk)
    assert len(safe) >= 200
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, sentinels.master())
    assert daemon.is_running()
    assert daemon.admin("GET", "/ready").status == 200
    log = str(daemon.lines) + str(daemon.noise)
    assert "p0str1der" not in log and "w4tcher" not in log


def test_a_failover_by_hand_under_load_is_followed(receiver, start_daemon, auditor, sentinels):
    """The former master takes writes for some seconds that nobody will see again: how many depends on how soon the
    Sentinels' word is heard. What is asked for here is that deliveries go on, on the new one."""
    daemon = start_daemon(settings(receiver, sentinels))
    load = begin_load(daemon, receiver, auditor, accepted=100)
    before = set(auditor.accepted)
    sentinels.wait_for_replicas(sentinels.servers[0])
    with Watch(*sentinels.servers):
        assert sentinels.sentinels[0].cli("SENTINEL", "FAILOVER", "mymaster") == "OK\n"
        daemon.wait_for("lost the connection to redis", reason="the Sentinels name another master")
        until(lambda: sentinels.servers[0].cli("ROLE").startswith("slave"), "the former master knows")
        at_risk = set(auditor.accepted) - before
        load.wait_for(load.count(202) + 200)
    forget(auditor, at_risk)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, sentinels.master())


def test_deliveries_may_not_go_to_the_master_or_to_a_sentinel(receiver, start_daemon, sentinels):
    ports = [sentinels.servers[0].port, sentinels.sentinels[1].port]
    hooks = [endpoint(f"http://127.0.0.1:{port}/", id=f"e{port}", retry=retries(0.1)) for port in ports]
    daemon = start_daemon(webhooks(endpoint(receiver.url()), *hooks, redis=sentinels.settings()))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    for port in ports:
        line, = daemon.attempts(1, endpoint=f"e{port}")
        assert "denied" in str(line) and "redis" in str(line), line


def test_a_wrong_name_is_told_and_nothing_is_taken(receiver, new_daemon, sentinels):
    redis = sentinels.settings(master="other")
    daemon = new_daemon(webhooks(endpoint(receiver.url()), redis=redis)).launch()
    line = daemon.wait_for("the store cannot be used")
    assert 'where the master "other" is' in line["error"]
    assert "watches no master of this name" in line["error"]
    assert "w4tcher" not in str(daemon.lines) and not daemon.matching("ready")


def test_replicated_loses_nothing_when_the_master_dies_under_load(receiver, start_daemon, auditor, sentinels):
    """Unlike above nothing is forgiven. The Sentinels choose the replica that has most."""
    daemon = start_daemon(settings(receiver, sentinels, durability="replicated", lease_seconds=2))
    load = begin_load(daemon, receiver, auditor, accepted=200)
    sentinels.servers[0].kill9()
    with Watch(*sentinels.servers[1:]):
        load.wait_for(load.count(503) + 1, status=503)
        load.wait_for(load.count(202) + 200)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, sentinels.master())
    assert daemon.admin("GET", "/ready").status == 200
    assert not daemon.matching("the store lost events")


def test_the_settings_of_the_new_master_are_checked_after_a_failover(receiver, start_daemon, sentinels):
    for replica in sentinels.servers[1:]:
        replica.cli("CONFIG", "SET", "appendfsync", "everysec")
    daemon = start_daemon(settings(receiver, sentinels))
    daemon.accept({"type": "a", "data": 1})
    sentinels.wait_for_replicas(sentinels.servers[0])
    sentinels.servers[0].kill9()
    until(lambda: [line for line in daemon.matching("the store cannot be used") if "appendfsync" in line["error"]],
          "the settings of the new master are told")
    got = daemon.post({"type": "a", "data": 2})
    assert got.status == 503 and got.json["code"] == "not_ready"
    for replica in sentinels.servers[1:]:
        replica.cli("CONFIG", "SET", "appendfsync", "always")
    until(lambda: daemon.post({"type": "a", "data": 3}).status == 202, "events are taken again", pause=0.1)
