"""Redis is away, silent, full, forgetful: intake says so at once, and work goes on when it is back."""

import shutil
import threading
import time

import pytest

from harness.behaviours import answer, hold
from harness.expectations import all_received, begin_load
from harness.filesystem import SmallDisk
from harness.redis_server import Redis
from harness.relay import Relay
from harness.settings import endpoint, retries, webhooks
from harness.waiting import BUSY, LONG, until

EVENT = {"type": "a", "id": "order-1", "data": {"n": 1}}


@pytest.fixture
def redis(new_redis):
    return new_redis().start()


@pytest.fixture
def daemon(redis, receiver, start_daemon):
    return start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}), patient=False)


def refused(daemon, event=EVENT):
    """The event must be refused with 503 and Retry-After within a second, and what a busy machine adds."""
    begun = time.monotonic()
    got = daemon.post(event)
    took = time.monotonic() - begun
    assert got.status == 503, got
    assert int(got.headers["retry-after"]) >= 1
    assert got.headers["content-type"].startswith("application/problem+json") and got.json["code"]
    assert took < 1 + BUSY, f"{took:.1f} s"


def taken(daemon, event):
    return until(lambda: (got := daemon.post(event)).status == 202 and got, "the event is taken", pause=0.1)


def test_without_redis_events_are_503_and_taken_again_when_it_is_back(daemon, redis, receiver):
    daemon.accept({"type": "a", "data": 0})
    receiver.wait_for(1)
    redis.kill9()
    for _ in range(3):
        refused(daemon)
    assert daemon.admin("GET", "/ready").status == 503
    assert daemon.admin("GET", "/health").status == 200
    redis.start()
    back = time.monotonic()
    taken(daemon, EVENT)
    assert time.monotonic() - back < 5 + BUSY
    receiver.wait_for(1, id="order-1")
    until(lambda: daemon.admin("GET", "/ready").status == 200, "ready again")


def test_a_silent_redis_is_503_within_a_second_and_repeating_the_event_is_safe(daemon, redis, receiver):
    redis.freeze()
    refused(daemon)
    begun = time.monotonic()
    assert daemon.admin("GET", "/ready").status == 503
    assert time.monotonic() - begun < 2 + BUSY
    redis.thaw()
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")
    daemon.accept({"type": "last", "data": 1})
    daemon.wait_for("attempt", event_type="last", outcome="delivered")
    assert len(receiver.requests(id="order-1")) == 1


def test_a_batch_while_redis_is_silent_is_refused_event_by_event(daemon, redis):
    redis.freeze()
    got = daemon.post([{"type": "a", "data": n} for n in range(3)], path="/api/events/batch")
    redis.thaw()
    if got.status == 207:
        assert [r["status"] for r in got.json["results"]] == [503] * 3
    else:
        assert got.status == 503 and "retry-after" in got.headers


def test_finished_sends_are_recorded_when_redis_comes_back_and_are_not_sent_again(daemon, redis, receiver):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(1)
    redis.freeze()
    gate.set()
    daemon.wait_for("attempt", event_id=id, outcome="delivered")
    redis.thaw()
    taken(daemon, EVENT)
    daemon.wait_for("attempt", event_id="order-1", outcome="delivered")
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    assert len(receiver.requests(id=id)) == 1


def test_retries_go_on_after_an_outage_of_redis(redis, receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(*[0.2] * 500)), redis={"url": redis.url()}), patient=False)
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(2)
    redis.kill9()
    refused(daemon)
    redis.start()
    receiver.script("/hook")
    daemon.wait_for("attempt", event_id=id, outcome="delivered")


@pytest.mark.parametrize("concurrency", [2, 16])  # with 16 claims are large, and look at what comes next
def test_a_full_redis_refuses_events_and_still_drains(redis, receiver, start_daemon, concurrency):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=concurrency), redis={"url": redis.url()}), patient=False)
    for number in range(100):
        daemon.accept({"type": "a", "data": number})
    redis.cli("CONFIG", "SET", "maxmemory", "1")
    refused(daemon)
    gate.set()
    daemon.attempts(100, outcome="delivered")
    redis.cli("CONFIG", "SET", "maxmemory", "0")
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")


def test_a_full_redis_still_takes_retries_and_dead_letters(redis, receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate, answer(500)), then=answer(404))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.1)), redis={"url": redis.url()}), patient=False)
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    redis.cli("CONFIG", "SET", "maxmemory", "1")
    gate.set()
    daemon.wait_for("attempt", outcome="retry", attempt=1)
    daemon.wait_for("attempt", outcome="dead", attempt=2)
    redis.cli("CONFIG", "SET", "maxmemory", "0")
    daemon.wait_metric("webhook_dead_letters", 1, endpoint="hook")


def test_scripts_that_redis_forgot_are_given_to_it_again(daemon, redis, receiver):
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    redis.cli("SCRIPT", "FLUSH")
    daemon.accept({"type": "a", "data": 2})
    receiver.wait_for(2)
    daemon.attempts(2, outcome="delivered")


def mark_number(redis):
    return redis.cli("HGET", redis.cli("KEYS", "*:mark").strip(), "number")


def alarmed(daemon, words, kind):
    line = daemon.wait_for("the store lost events")
    assert words in line["error"] and line["level"] == "error"
    daemon.wait_metric("webhook_stored_faults_total", 1, kind=kind)
    ready = until(lambda: (got := daemon.admin("GET", "/ready")).status == 200 and got, "ready")
    assert words in str(ready.json["warnings"])
    assert words in str(daemon.admin("GET", "/api/status").json["warnings"])


def test_a_store_that_was_wiped_is_noticed_and_work_goes_on(daemon, redis, receiver):
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    redis.cli("FLUSHALL")
    alarmed(daemon, "emptied", "store_wiped")
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")
    assert daemon.is_running()


def test_a_store_that_came_back_empty_is_noticed_and_work_goes_on(daemon, redis, receiver):
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    redis.kill9()
    shutil.rmtree(redis.directory / "appendonlydir")
    redis.start()
    alarmed(daemon, "emptied", "store_wiped")
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")


def test_a_store_that_came_back_older_is_noticed_and_work_goes_on(daemon, redis, receiver):
    files, copy = redis.directory / "appendonlydir", redis.directory / "copy"
    shutil.copytree(files, copy)
    number = mark_number(redis)
    until(lambda: mark_number(redis) != number, "the mark moved on")
    redis.kill9()
    shutil.rmtree(files)
    copy.rename(files)
    redis.start()
    alarmed(daemon, "back in time", "store_rewound")
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")


def test_a_restart_that_loses_nothing_is_no_alarm(daemon, redis, receiver):
    redis.kill9()
    redis.start()
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")
    number = mark_number(redis)
    until(lambda: mark_number(redis) != number, "the mark was looked at")
    assert not daemon.matching("the store lost events")
    assert "warnings" not in daemon.admin("GET", "/ready").json


def test_a_slow_redis_is_503_within_a_second_and_work_goes_on(daemon, redis, receiver):
    redis.cli("CLIENT", "PAUSE", 2500, "ALL")
    refused(daemon)
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")


def test_a_redis_that_became_read_only_is_503_and_sends_under_way_are_recorded_later(daemon, redis, receiver):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(1)
    redis.cli("REPLICAOF", "127.0.0.1", 1)
    refused(daemon)
    until(lambda: "replica" in str(daemon.admin("GET", "/ready").json.get("detail")), "the reason is told")
    gate.set()
    daemon.wait_for("attempt", event_id=id, outcome="delivered")
    redis.cli("CLIENT", "KILL", "TYPE", "normal")  # also over a connection that is made meanwhile
    refused(daemon)
    assert daemon.is_running()
    redis.cli("REPLICAOF", "NO", "ONE")
    back = time.monotonic()
    taken(daemon, EVENT)
    assert time.monotonic() - back < 5 + BUSY
    receiver.wait_for(1, id="order-1")
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")
    assert len(receiver.requests(id=id)) == 1


def test_a_master_that_became_a_replica_is_left_for_the_one_that_its_address_leads_to_now(
        new_redis, receiver, start_daemon, closing):
    former, present = new_redis(name="former").start(), new_redis(name="present").start()
    relay = Relay(former.port)
    closing.append(relay)
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": relay.url(), "lease_seconds": 2}), patient=False)
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    relay.port_behind = present.port  # for new connections; those that are there stay
    former.cli("REPLICAOF", "127.0.0.1", present.port)
    taken(daemon, EVENT)
    receiver.wait_for(1, id="order-1")
    refusals = daemon.matching("redis refused a call")
    seconds = [line["time"][:19] for line in refusals]
    assert max(map(seconds.count, seconds), default=0) <= 4, "a line a second for each kind of call, and shard"


def test_a_redis_that_loads_its_data_is_waited_for(daemon, redis, receiver):
    redis.cli("EVAL", "for n = 1, 3000 do redis.call('SET', 'filler:' .. n, 'x') end", 0)
    redis.kill9()
    redis.command += ["--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024"]
    redis.launch()
    until(lambda: "LOADING" in redis.cli("PING"), "Redis loads")
    refused(daemon)
    assert daemon.admin("GET", "/ready").status == 503
    redis.wait_until_it_serves()
    back = time.monotonic()
    taken(daemon, EVENT)
    assert time.monotonic() - back < 5 + BUSY
    receiver.wait_for(1, id="order-1")


@pytest.fixture
def disk(directory, closing):
    disk = SmallDisk(directory / "disk", megabytes=8)
    closing.append(disk)
    return disk


def test_a_full_disk_refuses_events_and_loses_none_that_was_accepted(disk, receiver, start_daemon, closing, auditor):
    redis = Redis(disk.path / "r")
    closing.append(redis)
    redis.start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}), patient=False)
    load = begin_load(daemon, receiver, auditor, accepted=100)
    disk.fill()
    load.wait_for(20, status=503)
    redis.process.wait(LONG)  # under `always` it ends rather than answer what is not on disk
    disk.free()
    redis.start()
    load.wait_for(load.count(202) + 100)
    all_received(auditor, receiver, load)


def test_a_full_disk_under_everysec_is_503_and_ends_by_itself(disk, receiver, start_daemon, closing):
    redis = Redis(disk.path / "r", appendfsync="everysec")
    closing.append(redis)
    redis.start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url(), "durability": "everysec"}), patient=False)
    disk.fill()
    until(lambda: daemon.post({"type": "a", "data": "x" * 1000}).status == 503, "events are refused")
    until(lambda: daemon.admin("GET", "/ready").status == 503, "not ready")
    disk.free()
    back = time.monotonic()
    taken(daemon, EVENT)
    assert time.monotonic() - back < 5 + BUSY
    receiver.wait_for(1, id="order-1")


def test_a_connection_cut_in_the_middle_of_a_reply_loses_nothing(redis, receiver, start_daemon, closing, auditor):
    relay = Relay(redis.port)
    closing.append(relay)
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": relay.url()}), patient=False)
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for after in (1, 7, 100, 1001, 5000, 20011):
        relay.cut_in_reply(after)
        until(lambda: relay.reply_bytes is None, "the cut")
        load.wait_for(load.count(202) + 30)
    all_received(auditor, receiver, load)


def test_connections_that_redis_cuts_are_made_again_and_nothing_is_lost(daemon, redis, receiver, auditor):
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for _ in range(5):
        redis.cli("CLIENT", "KILL", "TYPE", "normal")
        load.wait_for(load.count(202) + 50)
    all_received(auditor, receiver, load)


def test_a_redis_that_is_away_at_start_is_waited_for(new_redis, receiver, new_daemon):
    redis = new_redis()
    daemon = new_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}), patient=False).launch()
    daemon.admin_address = daemon.wait_for("listening", listener="admin")["address"]
    daemon.ingest_address = daemon.wait_for("listening", listener="ingest")["address"]
    refused(daemon)
    assert daemon.admin("GET", "/ready").status == 503
    redis.start()
    daemon.wait_for("ready")
    taken(daemon, EVENT)
    receiver.wait_for(1)


def test_an_outage_is_logged_at_most_once_a_second(daemon, redis):
    redis.kill9()
    begun = time.monotonic()
    while time.monotonic() - begun < 3:
        daemon.post(EVENT)
    redis.start()
    taken(daemon, EVENT)
    took = time.monotonic() - begun
    with daemon.changed:
        loud = [line for line in daemon.lines if line["level"] in ("warning", "error")]
    assert 1 <= len(loud) <= 2 * took + 4, loud
