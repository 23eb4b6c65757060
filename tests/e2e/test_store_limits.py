"""What fills up: the store, a tenant, Redis' memory, remembered ids. Intake stops, draining goes on."""

import threading
import time

import pytest

from harness.behaviours import hold
from harness.settings import endpoint, webhooks
from harness.waiting import until


LIVES_OF_IDS = """local lives = {}
for _, key in ipairs(redis.call('KEYS', '*:id:*')) do lives[#lives + 1] = redis.call('PTTL', key) end
return lives"""


@pytest.fixture
def gate(closing):
    """Holds the receiver up; a test that ends early must not leave it so."""
    gate = threading.Event()

    class Opening:
        close = staticmethod(gate.set)
    closing.append(Opening)
    return gate


def post_until_refused(daemon, status, **fields):
    def refused():
        got = daemon.post({"type": "a", "data": 1, **fields})
        assert got.status in (202, status), got
        return got if got.status == status else None
    return until(refused, f"an event is {status}", pause=0.01)


def taken(daemon, **fields):
    return until(lambda: (got := daemon.post({"type": "a", "data": 1, **fields})).status == 202 and got, "taken")


def test_a_full_store_refuses_events_drains_and_takes_them_again(receiver, start_daemon, gate):
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=2), limits={"max_queued_events": 50}))
    got = post_until_refused(daemon, 503)
    assert got.json["code"] == "store_full" and int(got.headers["retry-after"]) >= 1
    assert daemon.post({"type": "nobody.wants", "id": "x", "data": 1}).status == 503
    ready = daemon.admin("GET", "/ready")
    assert ready.status == 200 and "max_queued_events" in str(ready.json["warnings"])
    assert "max_queued_events" in str(daemon.admin("GET", "/api/status").json["warnings"])
    gate.set()
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    taken(daemon)
    until(lambda: "warnings" not in daemon.admin("GET", "/ready").json, "the warning ends")


def test_a_batch_to_a_full_store_is_refused_item_by_item(receiver, start_daemon, gate):
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), concurrency=2, tenant="shop"), endpoint(receiver.url(), id="crm", tenant="crm"),
        limits={"tenants": {"shop": {"max_queued_events": 20}}}))
    post_until_refused(daemon, 429, tenant="shop")
    got = daemon.post([{"type": "a", "data": 1, "tenant": tenant} for tenant in ("shop", "crm", "shop")],
                      path="/api/events/batch")
    assert got.status == 207 and int(got.headers["retry-after"]) >= 1
    assert [result["status"] for result in got.json["results"]] == [429, 202, 429]
    assert got.json["results"][0]["error"]["code"] == "tenant_full"


def test_a_full_tenant_is_429_and_others_go_on(receiver, start_daemon, gate):
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), concurrency=2, tenant="shop"), endpoint(receiver.url("/crm"), id="crm", tenant="crm"),
        limits={"tenants": {"shop": {"max_queued_events": 20}}}))
    got = post_until_refused(daemon, 429, tenant="shop")
    assert got.json["code"] == "tenant_full" and int(got.headers["retry-after"]) >= 1
    id = daemon.accept({"type": "a", "data": 1, "tenant": "crm"})["id"]
    receiver.wait_for(1, "/crm", id=id)
    gate.set()
    taken(daemon, tenant="shop")


def test_a_changed_limit_takes_effect_with_a_reload(receiver, start_daemon, gate):
    receiver.script("/hook", then=hold(gate))
    config = webhooks(endpoint(receiver.url(), concurrency=2), limits={"max_queued_events": 20})
    daemon = start_daemon(config)
    post_until_refused(daemon, 503)
    daemon.write_config({**config, "limits": {"max_queued_events": 100000}})
    taken(daemon)


def test_memory_over_the_watermark_is_503_before_redis_is_full(receiver, start_daemon, new_redis, gate):
    redis = new_redis().start()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=2), redis={"url": redis.url()}))
    redis.cli("SETRANGE", "filler", 40_000_000, "x")  # so that a share of it is more than what a test posts
    used = int(next(line for line in redis.cli("INFO", "memory").splitlines()
                    if line.startswith("used_memory:")).split(":")[1])
    redis.cli("CONFIG", "SET", "maxmemory", int(used / 0.95))
    got = post_until_refused(daemon, 503)
    assert got.json["code"] == "store_full" and "memory_watermark" in got.json["detail"]
    gate.set()
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    redis.cli("CONFIG", "SET", "maxmemory", 0)
    taken(daemon)


def test_ids_near_their_bound_are_remembered_for_less_than_the_window(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()},
                                   limits={"max_remembered_ids": 100}))
    begun = time.monotonic()
    for number in range(120):
        daemon.accept({"type": "a", "id": f"id-{number}", "data": 1})
    until(lambda: "max_remembered_ids" in str(daemon.admin("GET", "/ready").json.get("warnings")), "it is told")

    def lives():
        return [int(life) for life in redis.cli("EVAL", LIVES_OF_IDS, 0).split()]

    def are_short():
        daemon.accept({"type": "a", "data": 1})  # whose life follows from the number that was counted last
        return min(lives()) <= 1000
    until(are_short, "the newest are remembered for a second")
    assert max(lives()) > 86400_000 - (time.monotonic() - begun + 5) * 1000, "the first ones as long as ever"
