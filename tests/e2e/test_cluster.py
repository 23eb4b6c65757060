"""A daemon on a Redis Cluster, over TLS and with the rights that are documented: masters die under load, slots move under
load."""

import re
import shutil
import tempfile
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from harness.behaviours import after, answer
from harness.bodies import astray, nothing_is_left
from harness.cluster import Cluster
from harness.daemon import ROOT
from harness.data_rights import adds_up, data, exported, keys_with
from harness.expectations import all_received, begin_load
from harness.members import ENDPOINTS, Fleet, Spread, number_sent_by, restart_in_turn
from harness.rights import documented_rights
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until


def letters(daemon):
    found, cursor = [], ""
    while cursor is not None:
        page = daemon.admin("GET", f"/api/dead-letters?limit=100{cursor}").json
        found += page["dead_letters"]
        cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
    return found


@pytest.fixture(scope="module")
def servers(authority):
    directory = tempfile.mkdtemp(prefix="pr-cluster-", dir="/tmp")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        yield stack.enter_context(closing(Cluster(Path(directory), authority))).start()


@pytest.fixture
def cluster(servers):
    return servers.renew()


def endpoints(receiver, count=8):
    """As many endpoints for every event: more than one partition each."""
    return [endpoint(receiver.url(f"/hook{number}"), id=f"e{number}", concurrency=16, retry=retries(*[0.2] * 200),
                     circuit_breaker={"enabled": False}) for number in range(count)]


def test_an_event_for_endpoints_all_over_the_cluster_reaches_each_once(receiver, start_daemon, cluster):
    daemon = start_daemon(webhooks(*endpoints(receiver), redis=cluster.settings()))
    for number in range(30):
        assert daemon.accept({"type": "a", "id": f"event-{number}", "data": number})["deliveries"] == 8
    daemon.attempts(240, outcome="delivered")
    repeated = daemon.post({"type": "a", "id": "event-7", "data": 7})
    assert repeated.status == 202 and repeated.json["duplicate"] and repeated.json["deliveries"] == 8
    assert daemon.post({"type": "a", "id": "event-7", "data": 8}).status == 409
    daemon.accept({"type": "a", "id": "last", "data": 1})
    daemon.attempts(248, outcome="delivered")
    assert len(receiver.requests()) == 248
    log = str(daemon.lines) + str(daemon.noise)
    assert "p0str1der" not in log


def test_everything_of_the_api_works_on_a_cluster(receiver, start_daemon, cluster):
    receiver.script("/hook0", then=answer(400))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/hook0"), id="e0", auto_disable={"enabled": False}),
                                   redis=cluster.settings()))
    for number in range(20):
        daemon.accept({"type": "a", "id": f"event-{number}", "data": number})
    daemon.wait_metric("webhook_dead_letters_total", 20, endpoint="e0")
    until(lambda: len(letters(daemon)) == 20, "all are dead")
    assert daemon.admin("GET", "/api/status").json["webhooks"]["dead_letters"] == 20
    assert daemon.admin("GET", "/api/events/event-3").json["deliveries"][0]["status"] == "dead"
    receiver.script("/hook0", then=answer(200))
    job = daemon.admin("POST", "/api/dead-letters/replay", body=b"{}",
                       headers={"Content-Type": "application/json"}).json["job"]
    until(lambda: daemon.admin("GET", f"/api/jobs/{job['id']}").json["job"]["status"] == "done", "the replay ends")
    daemon.attempts(20, outcome="delivered")


def test_what_is_kept_for_a_tenant_is_exported_and_goes_from_every_node(receiver, start_daemon, cluster):
    """Also from a partition whose slot has moved since the daemon last asked for it."""
    mark = "PLANTED-51c9"
    receiver.script("/refuses", then=answer(400, body=mark.encode()))
    receiver.script("/fails", then=answer(500, body=mark.encode()))
    common = {"tenant": "acme", "logging": {"log_payloads": True, "log_responses": True}}
    daemon = start_daemon(webhooks(
        *(endpoint(receiver.url("/kept"), id=f"kept{number}", **common) for number in range(6)),
        endpoint(receiver.url("/refuses"), id="refuses", **common),
        endpoint(receiver.url("/fails"), id="fails", retry=retries(3600), ordering="key", **common),
        endpoint(receiver.url("/held"), id="held", enabled=False, **common),
        endpoint(receiver.url("/other"), id="other", tenant="other", enabled=False), redis=cluster.settings()))
    for number in range(4):
        daemon.accept({"type": "a", "id": f"{mark}-{number}", "key": mark, "tenant": "acme", "data": mark})
    daemon.accept({"type": "a", "id": "stays", "tenant": "other", "data": 1})
    daemon.wait_metric("webhook_dead_letters_total", 4, endpoint="refuses")
    daemon.wait_metric("webhook_retries_total", 1, endpoint="fails")
    for number in range(6):
        daemon.wait_metric("webhook_deliveries_total", 4, endpoint=f"kept{number}")
    holders = [master for master in cluster.masters() if keys_with(master, mark)]
    assert len(holders) > 1, "the tenant's endpoints lie on several masters"

    lines = exported(daemon, "--tenant", "acme")
    assert len({(line["event_id"], line["webhook_id"]) for line in lines}) == len(lines) == 36
    moved = next(key for key in keys_with(holders[0], mark) if "queue:acme." in key or "history:acme." in key)
    cluster.move(cluster.slot_of(moved))
    assert "done" in data(daemon, "delete", "--event", f"{mark}-1", "--tenant", "acme", "--yes")
    assert not [key for master in cluster.masters() for key in keys_with(master, f"{mark}-1")]
    assert len(exported(daemon, "--tenant", "acme")) == 27
    assert "done" in data(daemon, "delete", "--tenant", "acme", "--yes")
    assert not exported(daemon, "--tenant", "acme")
    assert not [key for master in cluster.masters() for key in keys_with(master, mark)]
    assert len(exported(daemon, "--tenant", "other")) == 1
    until(lambda: adds_up(daemon), "the accounts add up")


def test_the_death_of_a_master_under_load_loses_nothing_that_its_replica_had(receiver, start_daemon, auditor, cluster):
    """What was accepted between the last word to the replica and the kill may be missing, as after every failover
    without `replicated`."""
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=16, retry=retries(*[0.2] * 200)),
                                   redis=cluster.settings()))
    load = begin_load(daemon, receiver, auditor, accepted=200, most=40000)
    victim = cluster.masters()[0]
    safe = set(auditor.accepted)
    cluster.wait_for_replicas()
    victim.kill9()
    until(lambda: len(cluster.masters()) == 3, "a replica took over")
    at_risk = set(auditor.accepted) - safe
    load.wait_for(load.count(202) + 200)
    with auditor.lock:
        for id in at_risk:
            auditor.accepted.pop(id, None)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, *cluster.masters())
    assert daemon.admin("GET", "/ready").status == 200


def test_slots_that_move_under_load_lose_nothing_and_leave_no_body(receiver, start_daemon, auditor, cluster):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=16, retry=retries(*[0.2] * 200)),
                                   redis=cluster.settings(partitions=8)))
    load = begin_load(daemon, receiver, auditor, accepted=100, most=40000)
    keys = cluster_keys(cluster)
    busy, = {cluster.slot_of(key) for key in keys if key.endswith("history:default.hook")}
    idle = {cluster.slot_of(key) for key in keys if key.endswith("}:token")} - {busy}
    for slot in (busy, idle.pop(), busy, idle.pop(), busy):
        cluster.move(slot, once_begun=lambda: slot != busy or load.wait_for(load.count(503) + 8, status=503))
        assert not any(map(astray, cluster.masters()))
        load.wait_for(load.count(202) + 40)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, *cluster.masters())
    assert daemon.is_running()


def test_daemons_share_a_cluster_tell_each_other_of_work_and_restart_in_turn(receiver, new_daemon, auditor, cluster):
    fleet = Fleet(new_daemon, receiver, cluster.settings(), lease=60, partitions=12)
    daemons = fleet.start("a", "b", "c")
    number = number_sent_by(daemons[1])
    taken_in = daemons[0].accept({"type": f"n{number}.y", "id": "taken-in", "data": 1})["id"]
    daemons[1].wait_for("attempt", event_id=taken_in, outcome="delivered")
    for each in range(ENDPOINTS):
        receiver.script(f"/{each}", then=after(0.01, answer(204)))
    load = Spread(daemons, auditor, connections=4).start()
    load.wait_for(100)
    restart_in_turn(fleet, daemons, load)
    assert all_received(auditor, receiver, load) == 0


WRONG = {
    "password": (lambda cluster, other: cluster.settings(password="n0t-th1s"), r"AUTH refused: WRONGPASS"),
    "authority": (lambda cluster, other: cluster.settings(authority=other), r"certificate of 127\.0\.0\.1 refused"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_password_or_authority_is_told_and_nothing_is_taken(receiver, new_daemon, cluster, other_authority, what):
    settings, words = WRONG[what]
    daemon = new_daemon(webhooks(endpoint(receiver.url()), redis=settings(cluster, other_authority))).launch()
    error = daemon.wait_for("the store cannot be used")["error"]
    assert re.search(words, error) and str(cluster.servers[0].port) in error, error
    assert "n0t-th1s" not in str(daemon.lines) and not daemon.matching("ready")
    assert not cluster_keys(cluster)


def test_the_documented_rights_are_those_of_the_commands_that_are_sent(servers):
    """Both ways: what the sources name has to be allowed, and what is allowed has to be named by them."""
    known = {name.lower() for name in servers.servers[0].cli("COMMAND", "LIST").split()}
    sent = set()
    for folder in ("src/redis", "src/queue", "src/catalog", "src/dead_letter", "include/postrider/queue"):
        for file in (ROOT / folder).rglob("*.*"):
            sent |= {word.lower() for word in re.findall(r"""["']([A-Z]{3,})["']""", file.read_text(encoding="utf-8"))}
    allowed = {right[1:].partition("|")[0] for right in documented_rights() if right.startswith("+")}
    assert allowed == sent & known - {"auth"}, "AUTH needs no right"


def cluster_keys(cluster):
    return [key for master in cluster.masters() for key in master.cli("KEYS", "*").split()]
