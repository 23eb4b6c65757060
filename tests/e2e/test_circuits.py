"""The circuit breaker of an endpoint: it holds the queue, consumes nothing, and comes back by a ramp of probes."""

import socket
import threading

from harness.behaviours import answer, hold, silence
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

QUICK = {"failure_threshold": 3, "recovery_timeout_seconds": 0.5, "max_recovery_timeout_seconds": 2}
STUBBORN = {"failure_threshold": 3, "recovery_timeout_seconds": 60, "max_recovery_timeout_seconds": 60}
PATIENT = retries(*[0.05] * 50)


def circuit(daemon, id="hook"):
    return daemon.admin("GET", f"/api/webhooks/{id}").json["circuit"]


def test_an_open_circuit_holds_the_queue_and_consumes_no_attempt(receiver, start_daemon):
    receiver.script("/hook", then=answer(503))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), circuit_breaker=STUBBORN, retry=PATIENT, concurrency=1)))
    for number in range(20):
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
    daemon.wait_for("circuit opened", endpoint="hook")
    daemon.wait_metric("webhook_circuit_state", 2, endpoint="hook")
    assert circuit(daemon) == "open"
    sent = len(receiver.requests())
    assert sent == 3
    daemon.accept({"type": "a", "id": "later", "data": 1})
    daemon.wait_metric("webhook_queue_depth", 21, endpoint="hook")
    assert len(receiver.requests()) == sent, "something was sent through an open circuit"
    assert not daemon.matching("attempt", outcome="dead")


def test_probes_ramp_one_two_four_eight_and_close_the_circuit(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", answer(500), answer(500), answer(500), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), circuit_breaker=QUICK, retry=PATIENT, concurrency=1)))
    for number in range(3):
        daemon.accept({"type": "a", "data": number})
    daemon.wait_for("circuit opened", endpoint="hook")
    receiver.script("/hook", then=hold(gate))
    daemon.write_config(webhooks(endpoint(receiver.url(), circuit_breaker=QUICK, retry=PATIENT, concurrency=32)))
    daemon.wait_for("configuration reloaded")
    for number in range(40):
        daemon.accept({"type": "a", "data": number})
    receiver.wait_for(4)
    daemon.wait_metric("webhook_in_flight", 1, endpoint="hook")  # one probe, whatever waits
    gate.set()
    daemon.wait_for("circuit closed", endpoint="hook")
    assert circuit(daemon) == "closed"
    receiver.wait_for(3 + 43)


def test_a_failed_probe_opens_it_again_for_twice_as_long(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), circuit_breaker=QUICK, retry=PATIENT, concurrency=1)))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    times = [request.at for request in receiver.wait_for(6)]
    assert times[3] - times[2] >= 0.49
    assert times[4] - times[3] >= 0.99
    assert times[5] - times[4] >= 1.99


def test_a_terminal_answer_shows_that_somebody_is_there(receiver, start_daemon):
    steps = [answer(500), answer(500), answer(404)] * 3
    receiver.script("/hook", *steps, then=answer(204))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), circuit_breaker=STUBBORN, retry=retries(), concurrency=1)))
    for number in range(10):
        daemon.accept({"type": "a", "data": number})
    daemon.wait_for("attempt", outcome="delivered")
    assert not daemon.matching("circuit opened")


def test_faults_of_our_own_open_no_circuit(start_daemon):
    blocked = {**endpoint("https://127.0.0.1.example.invalid/hook", circuit_breaker=QUICK, retry=PATIENT),
               "url": "http://169.254.169.254/latest"}
    daemon = start_daemon(webhooks(blocked))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    daemon.attempts(10, outcome="retry")
    assert not daemon.matching("circuit opened")
    assert circuit(daemon) == "closed"


def test_what_is_unreachable_everywhere_is_a_fault_of_our_own_however_many_shards(new_daemon):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens: refused
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        daemon = new_daemon(webhooks(*(
            endpoint(url, id=f"e{number}", circuit_breaker=QUICK, retry=retries(*[0.5] * 10))
            for number in range(48)))).start("--shards", "8")
        daemon.accept({"type": "a", "data": 1})
        daemon.attempts(48 * 6, outcome="retry")
        assert not daemon.matching("circuit opened")


def test_an_open_circuit_survives_kill_and_restart(receiver, start_daemon):
    receiver.script("/hook", then=answer(503))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), circuit_breaker=STUBBORN, retry=PATIENT, concurrency=1)))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    daemon.wait_for("circuit opened", endpoint="hook")
    until(lambda: circuit(daemon) == "open", "the open circuit in the store")
    daemon.kill9()
    sent = len(receiver.requests())
    daemon.start()
    daemon.accept({"type": "a", "data": "new"})
    daemon.wait_metric("webhook_circuit_state", 2, endpoint="hook")
    daemon.wait_metric("webhook_queue_depth", 6, endpoint="hook")
    assert circuit(daemon) == "open"
    assert len(receiver.requests()) == sent


def test_an_open_circuit_survives_a_takeover(receiver, new_daemon, new_redis):
    redis = new_redis().start()
    receiver.script("/hook", then=answer(503))
    config = webhooks(endpoint(receiver.url(), circuit_breaker=STUBBORN, retry=PATIENT, concurrency=1),
                      redis={"url": redis.url(), "lease_seconds": 1})
    first, second = (new_daemon(config, name=name) for name in ("one", "two"))
    first.start()
    for number in range(5):
        first.accept({"type": "a", "data": number})
    first.wait_for("circuit opened", endpoint="hook")
    second.start()
    until(lambda: circuit(second) == "open", "the open circuit in the store")
    first.kill9()
    sent = len(receiver.requests())
    second.wait_metric("webhook_partitions_owned", 16)
    second.wait_metric("webhook_circuit_state", 2, endpoint="hook")
    second.accept({"type": "a", "data": "new"})
    second.wait_metric("webhook_queue_depth", 6, endpoint="hook")
    assert len(receiver.requests()) == sent


def test_a_disabled_breaker_never_opens(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), circuit_breaker={"enabled": False}, retry=PATIENT, concurrency=1)))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(20)
    assert not daemon.matching("circuit opened")


def test_timeouts_open_it_as_answers_do(receiver, start_daemon):
    receiver.script("/hook", then=silence())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), circuit_breaker=STUBBORN, retry=PATIENT,
                                            timeout={"read_seconds": 0.5}, concurrency=1)))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    daemon.wait_for("circuit opened", endpoint="hook")
    assert len(receiver.wait_for(3)) == 3


def open_circuit_at(receiver, start_daemon, path):
    receiver.script(path, then=answer(500))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(path), circuit_breaker=STUBBORN, retry=PATIENT, concurrency=1)))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    daemon.wait_for("circuit opened", endpoint="hook")
    return daemon


def test_another_url_begins_with_a_closed_circuit(receiver, start_daemon):
    daemon = open_circuit_at(receiver, start_daemon, "/bad")
    daemon.write_config(webhooks(
        endpoint(receiver.url("/good"), circuit_breaker=STUBBORN, retry=PATIENT, concurrency=1)))
    receiver.wait_for(5, "/good")
    daemon.wait_for("circuit closed", endpoint="hook")
    until(lambda: circuit(daemon) == "closed", "the circuit is shown as closed")


def test_resume_after_a_pause_closes_the_circuit(receiver, start_daemon):
    daemon = open_circuit_at(receiver, start_daemon, "/hook")
    receiver.script("/hook", then=answer(204))
    assert daemon.admin("POST", "/api/webhooks/hook/pause").status == 200
    assert daemon.admin("POST", "/api/webhooks/hook/resume").status == 200
    daemon.wait_for("circuit closed", endpoint="hook")
    receiver.wait_for(3 + 5)
