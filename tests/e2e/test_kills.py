"""kill -9 of whatever there is, under load: what was accepted is received."""

import os
import signal
import threading

import pytest

from harness import process
from harness.behaviours import answer, hold, silence
from harness.expectations import all_received, begin_load
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

CONCURRENCY = 16


def settings(receiver, **more):
    return webhooks(endpoint(receiver.url(), concurrency=CONCURRENCY, retry=retries(*[0.2] * 200)), **more)


def test_kill_9_of_the_daemon_under_load_loses_nothing(receiver, start_daemon, auditor):
    kills = 5
    daemon = start_daemon(settings(receiver))
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for number in range(kills):
        redis = daemon.embedded_redis()
        daemon.kill9()
        until(lambda: not any(map(process.is_alive, redis)), "the embedded Redis ends with its daemon")
        daemon.start()
        load.wait_for(load.count(202) + 100)
    duplicates = all_received(auditor, receiver, load)
    assert load.count(202) >= 100 * (kills + 1)
    assert duplicates <= kills * CONCURRENCY, "more came twice than were in flight"


def test_kill_9_of_the_embedded_redis_under_load_loses_nothing_and_the_daemon_goes_on(receiver, start_daemon, auditor):
    daemon = start_daemon(settings(receiver))
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for _ in range(3):
        redis, = daemon.embedded_redis()
        os.kill(redis, signal.SIGKILL)
        until(lambda: daemon.embedded_redis() not in ([], [redis]), "a new redis-server was started")
        load.wait_for(load.count(202) + 100)
    all_received(auditor, receiver, load)
    assert daemon.is_running()
    assert daemon.admin("GET", "/ready").status == 200


def test_kill_9_of_an_external_redis_under_load_loses_nothing(receiver, start_daemon, auditor, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(settings(receiver, redis={"url": redis.url()}))
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for _ in range(3):
        redis.kill9()
        load.wait_for(load.count(503) + 1, status=503)
        redis.start()
        load.wait_for(load.count(202) + 100)
    all_received(auditor, receiver, load)


def test_kill_9_of_daemon_and_redis_together_loses_nothing(receiver, start_daemon, auditor, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(settings(receiver, redis={"url": redis.url(), "lease_seconds": 2}))
    load = begin_load(daemon, receiver, auditor, accepted=200)
    redis.kill9()
    daemon.kill9()
    redis.start()
    daemon.start()
    load.wait_for(load.count(202) + 100)
    all_received(auditor, receiver, load)


def test_another_daemon_on_the_same_redis_takes_over_what_a_killed_one_left(receiver, start_daemon, auditor, new_redis):
    redis = new_redis().start()
    config = settings(receiver, redis={"url": redis.url(), "lease_seconds": 2})
    first = start_daemon(config, name="first")
    second = start_daemon(config, name="second")
    load = begin_load(first, receiver, auditor, accepted=200)
    first.kill9()
    all_received(auditor, receiver, load)
    assert second.accept({"type": "a", "data": 1})["deliveries"] == 1


def test_a_scheduled_retry_survives_kill_9_and_is_not_early(receiver, start_daemon):
    receiver.script("/hook", answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(3))))
    id = daemon.accept({"type": "a", "data": {"n": 1.0}})["id"]
    daemon.wait_for("attempt", outcome="retry")
    daemon.kill9()
    daemon.start()
    first, second = receiver.wait_for(2, id=id)
    assert second.at - first.at >= 2.99
    assert second.header("postrider-attempt") == "2" and second.body == first.body


def test_an_attempt_cut_by_kill_9_is_begun_again_and_counted(receiver, start_daemon):
    receiver.script("/hook", silence())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.1, 0.1))))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    daemon.kill9()
    daemon.start()
    first, second = receiver.wait_for(2)
    assert second.body == first.body
    assert [r.header("postrider-attempt") for r in (first, second)] == ["1", "2"]
    daemon.wait_for("attempt", outcome="delivered", attempt=2)


def test_an_event_that_kills_its_sender_every_time_ends_dead_as_interrupted(receiver, start_daemon):
    receiver.script("/hook", then=silence())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.1))))
    daemon.accept({"type": "a", "data": 1})
    for number in (1, 2):
        receiver.wait_for(number)
        daemon.kill9()
        daemon.start()
    daemon.wait_for("delivery dead", reason="interrupted")
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="hook", reason="interrupted")
    assert len(receiver.requests()) == 2


def test_a_backlog_survives_kill_9_and_keeps_its_order(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=1)))
    client = daemon.client()
    ids = [client.post({"type": "a", "id": f"e{n}", "data": n}).json["id"] for n in range(50)]
    receiver.wait_for(1)
    daemon.kill9()
    gate.set()
    daemon.start()
    came = [r.id for r in receiver.wait_for(51)]
    assert came[0] == ids[0] and came.count(ids[0]) == 2, "what was in flight came again, once"
    assert [id for id in came if id != ids[0]] == ids[1:]


@pytest.mark.parametrize("durability", ["fsync", "everysec"])
def test_a_dead_letter_stays_dead_over_kill_9(receiver, start_daemon, durability):
    receiver.script("/hook", answer(404))
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"durability": durability}))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", outcome="dead")
    daemon.wait_metric("webhook_dead_letters", 1, endpoint="hook")
    daemon.kill9()
    daemon.start()
    daemon.accept({"type": "b", "data": 1})
    daemon.wait_for("attempt", event_type="b", outcome="delivered")
    daemon.wait_metric("webhook_dead_letters", 1, endpoint="hook")
    assert len(receiver.requests()) == 2
