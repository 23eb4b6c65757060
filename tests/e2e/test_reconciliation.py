"""Accounts that add up: what was accepted was delivered, died, or is still there; and a lie in them is told."""

import json
import threading

import pytest
from test_admin_commands import Commands
from test_dead_letters import run_job

from harness import process
from harness.behaviours import answer, hold
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

PREFIX = "postrider:{"


def reckonings(daemon):
    rows, cursor = [], ""
    while cursor is not None:
        page = daemon.admin("GET", f"/api/reconciliation?limit=10{cursor}")
        assert page.status == 200, page.body
        rows += page.json["partitions"]
        cursor = f"&cursor={page.json['next_cursor']}" if page.json["next_cursor"] else None
    assert [row["partition"] for row in rows] == list(range(16))
    return rows


def total(rows, name):
    return sum(row[name] for row in rows)


def assert_adds_up(daemon):
    rows = reckonings(daemon)
    odd = [row for row in rows if row["missing"] or row["missing_dead_letters"] or not row["settled"]]
    assert not odd, odd
    return rows


@pytest.fixture
def mixed(receiver, start_daemon):
    """Every end and every kind of waiting: delivered, retried, dead, replayed, purged, held, deleted, in flight."""
    gate = threading.Event()
    receiver.script("/refuse", then=answer(400))
    receiver.script("/flaky", answer(503), answer(503), then=answer(204))
    receiver.script("/slow", then=hold(gate))
    receiver.script("/later", then=answer(503))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/ok"), id="ok"),
        endpoint(receiver.url("/flaky"), id="flaky", retry=retries(0.05, 0.05, 0.05)),
        endpoint(receiver.url("/refuse"), id="refuse", events=["dead"], auto_disable={"enabled": False}),
        endpoint(receiver.url("/later"), id="later", events=["later"], retry=retries(3600)),
        endpoint(receiver.url("/slow"), id="slow", events=["slow"], ordering="key", concurrency=2)))
    made = daemon.admin("POST", "/api/webhooks", headers={"Content-Type": "application/json"}, body=json.dumps(
        {"url": "https://example.org/hook", "events": ["gone"]}).encode())
    assert made.status == 201, made.body
    id = made.json["id"]
    assert daemon.admin("POST", f"/api/webhooks/{id}/pause").status == 200
    make_dead_at(daemon, 20)
    client = daemon.client()
    for number in range(10):
        for type in ("later", "gone"):
            assert client.post({"type": type, "id": f"{type}-{number}", "data": number}).status == 202
        assert client.post({"type": "slow", "id": f"slow-{number}", "key": "k", "data": number}).status == 202
    client.close()
    until(lambda: daemon.metrics().sum("webhook_dead_letters_total", endpoint="refuse") == 20, "20 died")
    yield daemon, id
    gate.set()


def make_dead_at(daemon, count):
    client = daemon.client()
    for number in range(count):
        assert client.post({"type": "dead", "id": f"dead-{number}", "data": number}).status == 202
    client.close()


def test_every_kind_of_end_adds_up(mixed):
    daemon, id = mixed
    rows = assert_adds_up(daemon)
    assert total(rows, "live") >= 30 and total(rows, "dead_letters") == 20
    assert run_job(daemon, "/api/dead-letters/purge", {"ids": [first_letter(daemon)]})["status"] == "done"
    assert run_job(daemon, "/api/dead-letters/replay", {"webhook_id": "refuse"})["status"] == "done"
    daemon.wait_metric("webhook_dead_letters_total", 39, endpoint="refuse")
    assert daemon.admin("DELETE", f"/api/webhooks/{id}").status == 204
    until(lambda: total(reckonings(daemon), "dead") == 20 + 19 + 10, "the deleted endpoint's queue ended dead")
    rows = assert_adds_up(daemon)
    assert (total(rows, "replayed"), total(rows, "revived"), total(rows, "purged")) == (19, 19, 1)
    assert total(rows, "dead_letters") == 20 - 1 + 10


def first_letter(daemon):
    return daemon.admin("GET", "/api/dead-letters?limit=1").json["dead_letters"][0]["id"]


def test_it_adds_up_while_things_move_and_after_kill_9(mixed):
    daemon, _ = mixed
    stop = threading.Event()

    def post():
        client = daemon.client()
        number = 0
        while not stop.is_set():
            client.post({"type": "a", "data": (number := number + 1)})
        client.close()
    posting = threading.Thread(target=post)
    posting.start()
    try:
        for _ in range(20):
            assert_adds_up(daemon)
    finally:
        stop.set()
        posting.join()
    redis = daemon.embedded_redis()
    daemon.kill9()
    until(lambda: not any(map(process.is_alive, redis)), "the embedded Redis ends with its daemon")
    daemon.start()
    rows = assert_adds_up(daemon)
    assert total(rows, "live") >= 20


def test_audit_is_a_table_with_exit_code_0(mixed):
    commands = Commands(mixed[0])
    lines = commands.out("audit").splitlines()
    assert lines[0].split()[:3] == ["PARTITION", "ACCEPTED", "REPLAYED"] and lines[-1].split()[0] == "all"
    found = commands.json("audit")
    assert len(found["partitions"]) == 16 and found["sum"]["missing"] == 0 and found["sum"]["accepted"] >= 70


def test_a_tampered_counter_and_a_vanished_delivery_are_told(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}))
    daemon.accept({"type": "a", "data": 1})
    daemon.attempts(1, outcome="delivered")
    until(lambda: total(reckonings(daemon), "delivered") == 1, "the delivery is counted")
    row = next(row for row in assert_adds_up(daemon) if row["accepted"])
    counts = next(key for key in redis.cli("KEYS", PREFIX + "*}:counts").split()
                  if redis.cli("HEXISTS", key, "accepted").strip() == "1")
    redis.cli("HINCRBY", counts, "accepted", 3)
    commands = Commands(daemon)
    code, out, error = commands("audit")
    assert code == 1 and "1 partition does not add up" in error
    line = next(line.split() for line in out.splitlines() if line.startswith(str(row["partition"]) + " "))
    assert line[7] == "3"
    code, out, _ = commands("audit", "--json")
    assert code == 1 and json.loads(out)["sum"]["missing"] == 3
    redis.cli("HINCRBY", counts, "accepted", -3)
    assert commands("audit")[0] == 0
    assert daemon.metrics().sum("webhook_audit_mismatch") == 0
    assert daemon.admin("GET", "/api/status").json["partitions_not_adding_up"] == 0


def test_a_tenant_does_not_see_the_accounts(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), access={"tokens": [
        {"name": "bound", "token": "b" * 32, "scopes": ["admin"], "tenant": "default"},
        {"name": "root", "token": "r" * 32, "scopes": ["read"]}]}))
    assert daemon.admin("GET", "/api/reconciliation", token="b" * 32).status == 403
    assert daemon.admin("GET", "/api/reconciliation", token="r" * 32).status == 200
    for query in ("limit=0", "limit=251", "cursor=forged", "other=1"):
        assert daemon.admin("GET", f"/api/reconciliation?{query}", token="r" * 32).status == 422
