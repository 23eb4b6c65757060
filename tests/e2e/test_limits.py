"""What an endpoint may get: rate, concurrency, order, and how much of it may wait."""

import json
import os
import threading
import time
from collections import defaultdict
from datetime import datetime

from harness.behaviours import after, answer, hold
from harness.members import is_even
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

NEVER_OPENS = {"enabled": False}


def limited(receiver, rate, burst, id="hook", **more):
    return endpoint(receiver.url(f"/{id}"), id=id, concurrency=2 * burst,
                    rate_limit={"requests_per_second": rate, "burst": burst}, **more)


def delivered_rows(daemon, id="hook"):
    return daemon.admin("GET", f"/api/webhooks/{id}/deliveries?limit=250&status=delivered").json["deliveries"]


def check_windows(receiver, daemon, rate, burst, id="hook"):
    """The rate bounds when attempts begin, and the receiver's clock tells when it had read them: a window can look shorter
    by what its first request took from one to the other, and nobody knows before how much that is on a busy machine. The
    daemon's records tell the beginnings."""
    requests = receiver.requests(f"/{id}")
    offset, on_the_way = time.time() - time.monotonic(), 0.0
    arrived = {(request.id, int(request.header("postrider-attempt"))): request.at + offset for request in requests}
    for row in delivered_rows(daemon, id):
        ended = datetime.fromisoformat(row["delivered_at"].replace("Z", "+00:00")).timestamp()
        on_the_way = max(on_the_way, arrived[row["event_id"], row["attempts"]] - ended + row["response_time_ms"] / 1000)
    on_the_way += 0.005  # both are told in whole milliseconds
    for first in range(len(requests)):
        for last in range(first, len(requests)):
            seconds = requests[last].at - requests[first].at
            assert last - first + 1 <= burst + rate * (seconds + on_the_way), (first, last, seconds, on_the_way)


def test_no_window_of_time_sees_more_than_burst_and_rate_allow(receiver, start_daemon):
    rate, burst = 20, 5
    daemon = start_daemon(webhooks(limited(receiver, rate, burst)))
    began = time.monotonic()
    for number in range(60):
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
    last = receiver.wait_for(60)[-1]
    until(lambda: len(delivered_rows(daemon)) == 60, "all are recorded")
    check_windows(receiver, daemon, rate, burst)
    assert last.at - began >= (60 - burst) / rate


RATE, BURST = 10, 30  # longer to fill than the next owner takes to come: with a full bucket it would send a burst again


def spend_the_burst(receiver, daemon, id="hook"):
    """Waits until its bucket is full, and takes in two bursts for it. The first has been sent, and recorded, then."""
    path, before = f"/{id}", len(receiver.requests(f"/{id}"))
    filled = time.monotonic() + BURST / RATE
    until(lambda: time.monotonic() > filled, "the bucket is full")
    daemon.accept_all({"type": id, "id": f"e{number}", "data": number} for number in range(2 * BURST))
    came = receiver.wait_for(before + BURST, path)
    assert came[before + BURST - 1].at - came[before].at < BURST / RATE, "the bucket was not full, and this shows nothing"
    until(lambda: len(delivered_rows(daemon, id)) >= before + BURST, "the burst is recorded")


def all_came(receiver, daemon, path="/hook"):
    receiver.wait_until(lambda: {f"e{number}" for number in range(2 * BURST)} <=
                        {request.id for request in receiver.received if request.path == path}, "all came")
    daemon.wait_metric("webhook_queue_depth", 0, endpoint=path[1:])


def test_a_rate_holds_across_kill_9_and_restart(receiver, start_daemon):
    daemon = start_daemon(webhooks(limited(receiver, RATE, BURST)))
    daemon.accept({"type": "hook", "id": "first", "data": 1})
    receiver.wait_for(1)
    spend_the_burst(receiver, daemon)
    daemon.kill9()
    daemon.start()
    all_came(receiver, daemon)
    check_windows(receiver, daemon, RATE, BURST)


def test_a_rate_holds_when_a_daemon_takes_over_again_what_it_had_before(receiver, new_daemon, new_redis):
    redis, partitions = new_redis().start(), 8
    config = webhooks(*(limited(receiver, RATE, BURST, f"h{number}", events=[f"h{number}"]) for number in range(8)),
                      redis={"url": redis.url(), "lease_seconds": 1, "partitions": partitions})
    former = new_daemon(config, name="former").start()
    for number in range(8):
        former.accept({"type": f"h{number}", "id": f"first-{number}", "data": 1})
    former.attempts(8, outcome="delivered")
    owner = new_daemon(config, name="owner").start()
    until(lambda: is_even(former, 2, partitions), "the other has its share")
    for number in range(8):
        former.accept({"type": f"h{number}", "id": f"second-{number}", "data": 1})
    id = owner.attempts(1, outcome="delivered")[0]["endpoint"]
    spend_the_burst(receiver, owner, id)
    owner.kill9()
    all_came(receiver, former, f"/{id}")
    former.wait_for("attempt", count=2, endpoint=id)  # it took over
    check_windows(receiver, former, RATE, BURST, id)


def test_overload_shrinks_what_is_in_flight_and_success_grows_it(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", *[answer(429)] * 40, then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=16, circuit_breaker=NEVER_OPENS,
                                            retry=retries(*[0.05] * 60))))
    for number in range(40):
        daemon.accept({"type": "a", "data": number})
    receiver.wait_for(41)
    daemon.wait_metric("webhook_in_flight", 1, endpoint="hook")
    gate.set()
    daemon.attempts(40, outcome="delivered")


def test_events_of_one_key_go_one_after_the_other_and_hold_up_no_other_key(receiver, start_daemon):
    receiver.script("/hook", answer(500), answer(500), then=after(0.01, answer(204)))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key", circuit_breaker=NEVER_OPENS,
                                            retry=retries(0.4, 0.4, 0.4))))
    daemon.accept({"type": "a", "id": "slow-0", "key": "slow", "data": 0})
    receiver.wait_for(1)
    for number in range(1, 6):
        daemon.accept({"type": "a", "id": f"slow-{number}", "key": "slow", "data": number})
    daemon.accept({"type": "a", "id": "other", "key": "other", "data": 0})
    receiver.wait_for(1, id="other")
    receiver.wait_for(1, id="slow-5")
    order = [request.id for request in receiver.requests() if request.id.startswith("slow")]
    assert list(dict.fromkeys(order)) == [f"slow-{number}" for number in range(6)]
    assert order == sorted(order)


def test_order_survives_kill_and_restart(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate), then=after(0.005, answer(204)))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key", circuit_breaker=NEVER_OPENS)))
    for number in range(30):
        for key in "xy":
            daemon.accept({"type": "a", "id": f"{key}-{number:02}", "key": key, "data": number})
    receiver.wait_for(2)
    daemon.kill9()
    gate.set()
    daemon.start()
    for key in "xy":
        receiver.wait_for(1, id=f"{key}-29")
        order = [request.id for request in receiver.requests() if request.id.startswith(key)]
        assert order == sorted(order), order
    assert all(peak <= 32 for peak in receiver.peak.values())


def test_order_survives_a_takeover(receiver, new_daemon, new_redis):
    redis = new_redis().start()
    gate = threading.Event()
    receiver.script("/hook", hold(gate), then=after(0.005, answer(204)))
    config = webhooks(endpoint(receiver.url(), ordering="key", circuit_breaker=NEVER_OPENS),
                      redis={"url": redis.url(), "lease_seconds": 2})
    first, second = (new_daemon(config, name=name) for name in ("one", "two"))
    first.start()
    for number in range(30):
        first.accept({"type": "a", "id": f"x-{number:02}", "key": "x", "data": number})
    receiver.wait_for(1)
    second.start()
    first.kill9()
    gate.set()
    receiver.wait_for(1, id="x-29")
    order = [request.id for request in receiver.requests()]
    assert order == sorted(order), order
    second.wait_metric("webhook_queue_depth", 0, endpoint="hook")


def test_a_key_is_never_in_flight_twice(receiver, start_daemon):
    seen, worst = defaultdict(int), defaultdict(int)
    lock = threading.Lock()

    def behave(exchange):
        key = exchange.request.id.split("-")[0]
        with lock:
            seen[key] += 1
            worst[key] = max(worst[key], seen[key])
        time.sleep(0.003)
        with lock:  # before the answer: once that is out, the next may come at any moment
            seen[key] -= 1
        return answer(204)(exchange)
    receiver.script("/hook", then=behave)
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key")))
    client = daemon.client()
    for number in range(200):
        assert client.post({"type": "a", "id": f"k{number % 5}-{number}", "key": f"k{number % 5}",
                            "data": number}).status == 202
    client.close()
    receiver.wait_for(200)
    assert set(worst.values()) == {1}


def test_a_dead_event_lets_the_next_of_its_key_go(receiver, start_daemon):
    receiver.script("/hook", answer(400), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key")))
    for number in range(3):
        daemon.accept({"type": "a", "id": f"e{number}", "key": "k", "data": number})
    daemon.wait_for("attempt", outcome="dead", event_id="e0")
    daemon.wait_for("attempt", outcome="delivered", event_id="e2")


def test_a_full_queue_makes_a_delivery_dead_on_arrival_and_touches_no_other_endpoint(receiver, start_daemon):
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/full"), id="full", enabled=False, limits={"max_queued_events": 3}),
        endpoint(receiver.url("/other"), id="other")))
    for number in range(5):
        assert daemon.accept({"type": "a", "id": f"e{number}", "data": number})["deliveries"] == 2
    receiver.wait_for(5, "/other")
    daemon.wait_metric("webhook_dead_letters_total", 2, endpoint="full", reason="backlog_full")
    letters = daemon.admin("GET", "/api/dead-letters?webhook_id=full").json["dead_letters"]
    assert {(letter["event_id"], letter["reason"], letter["attempts"]) for letter in letters} == {
        ("e3", "backlog_full", 0), ("e4", "backlog_full", 0)}
    assert not receiver.requests("/full")


def test_dead_letters_are_bounded_and_the_oldest_goes(receiver, start_daemon):
    receiver.script("/hook", then=answer(400))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), limits={"max_dead_letters": 3}, concurrency=1)))
    for number in range(6):
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
    daemon.attempts(6, outcome="dead")

    def kept():
        letters = daemon.admin("GET", "/api/dead-letters?webhook_id=hook").json["dead_letters"]
        return {letter["event_id"] for letter in letters} == {"e3", "e4", "e5"}
    until(kept, "the newest three dead letters")


def test_held_events_expire_by_their_age(receiver, start_daemon):
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), enabled=False, retry={"max_age_seconds": 1, **retries(1)})))
    daemon.accept({"type": "a", "id": "old", "data": 1})
    daemon.wait_for("delivery dead", event_id="old", reason="expired")
    letters = daemon.admin("GET", "/api/dead-letters?reason=expired").json["dead_letters"]
    assert [letter["event_id"] for letter in letters] == ["old"]
    assert not receiver.requests()


def test_what_was_replayed_holds_up_no_other_endpoints_expiry(receiver, start_daemon):
    receiver.script("/refuses", then=answer(400))
    many = [endpoint(receiver.url("/refuses"), id=f"s{number}", events=["s"], retry={"max_age_seconds": 8})
            for number in range(24)]
    daemon = start_daemon(webhooks(
        *many, endpoint(receiver.url("/v"), id="v", events=["v"], retry={"max_age_seconds": 1})))
    daemon.accept({"type": "s", "data": 1})
    daemon.attempts(24, outcome="dead")
    died = time.monotonic()
    until(lambda: time.monotonic() - died > 8, "the letters are older than their max_age")
    for id in [*(one["id"] for one in many), "v"]:
        assert daemon.admin("POST", f"/api/webhooks/{id}/pause").status == 200
    replay = daemon.admin("POST", "/api/dead-letters/replay", body=json.dumps({"event_type": "s"}),
                          headers={"Content-Type": "application/json"}).json["job"]["id"]
    until(lambda: daemon.admin("GET", f"/api/jobs/{replay}").json["job"]["status"] != "running", "the replay ends")
    daemon.accept({"type": "v", "id": "held", "data": 1})
    daemon.wait_for("delivery dead", event_id="held", reason="expired")
    assert not daemon.matching("delivery dead", event_type="s"), "these count from their replay"


def test_few_open_files_bound_what_is_kept_and_keep_no_sender_out(receiver, new_daemon, directory):
    """Of 160 open files 120 may be connections to receivers; senders who find none left get those that are idle."""
    ids = [f"e{number}" for number in range(140)]
    daemon = new_daemon(webhooks(*(endpoint(receiver.url(f"/{id}"), id=id, events=["all"]) for id in ids),
                                 limits={"idle_seconds": 300}))
    limited_binary = directory / "limited"
    limited_binary.write_text(f'#!/bin/sh\nulimit -n 160 && exec "{daemon.binary}" "$@"\n', encoding="utf-8")
    limited_binary.chmod(0o755)
    daemon.binary = limited_binary
    daemon.start()

    def held():
        return len(os.listdir(f"/proc/{daemon.pid}/fd"))
    before = held()
    daemon.accept({"type": "all", "data": 1})
    receiver.wait_for(len(ids))
    until(lambda: daemon.metrics().sum("webhook_deliveries_total", status="success") == len(ids), "all are delivered")
    assert before + 60 < held() <= before + 120 + 5
    assert {len(receiver.requests(f"/{id}")) for id in ids} == {1}, "none had to be repeated"
    clients = []
    try:
        for _ in range(80):
            clients.append(client := daemon.raw())
            client.send(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        b'Content-Length: 24\r\n\r\n{"type":"none","data":1}')
            assert client.read_response().status == 202
    finally:
        for client in clients:
            client.socket.close()
