"""Starting, stopping, and two of a kind."""

import signal
import socket
import threading

import pytest

from harness import process
from harness.behaviours import after, answer, hold
from harness.expectations import all_received, begin_load
from harness.settings import endpoint, retries, webhooks
from harness.waiting import SCALE, until

GRACE = 10 * max(1, SCALE)  # what container runtimes give by default


def test_sigterm_under_load_ends_in_the_grace_period_without_a_duplicate_or_a_loss(receiver, start_daemon, auditor):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=16)))
    load = begin_load(daemon, receiver, auditor, accepted=100)
    for _ in range(3):
        redis = daemon.embedded_redis()
        assert len(redis) == 1
        code, took = daemon.terminate()
        assert code == 0 and took < GRACE, daemon.tail()
        assert daemon.matching("stopped")
        assert not any(map(process.is_alive, redis)), "the embedded Redis outlived the daemon"
        daemon.start()
        load.wait_for(load.count(202) + 100)
    assert all_received(auditor, receiver, load) == 0


def test_sigterm_under_load_on_an_external_redis_hands_everything_back(receiver, start_daemon, auditor, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url(), "lease_seconds": 60}))
    load = begin_load(daemon, receiver, auditor, accepted=200)
    code, took = daemon.terminate()
    assert code == 0 and took < GRACE
    daemon.start()  # with a lease of a minute this is ready soon only if the partitions were given back
    load.wait_for(load.count(202) + 100)
    assert all_received(auditor, receiver, load) == 0


def test_sigterm_lets_a_send_under_way_finish(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    daemon.signal(signal.SIGTERM)
    daemon.wait_for("stopping")
    gate.set()
    assert daemon.wait_exit(GRACE) == 0
    assert daemon.matching("attempt", outcome="delivered")
    daemon.start()
    daemon.accept({"type": "b", "data": 1})
    daemon.wait_for("attempt", event_type="b", outcome="delivered")
    assert len(receiver.requests()) == 2


def test_a_send_that_hangs_past_the_grace_period_is_handed_back_and_sent_after_the_restart(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), timeout={"read_seconds": 300}, retry=retries(0.1))))
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(1)
    code, took = daemon.terminate()
    assert code == 0 and took < GRACE
    daemon.start()
    receiver.wait_for(2, id=id)
    daemon.wait_for("attempt", event_id=id, outcome="delivered")


def test_a_second_sigterm_cuts_the_shutdown_short(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), timeout={"read_seconds": 300})))
    id = daemon.accept({"type": "a", "data": 1})["id"]
    receiver.wait_for(1)
    redis = daemon.embedded_redis()
    daemon.signal(signal.SIGTERM)
    grace = daemon.wait_for("stopping")["grace_ms"] / 1000
    assert daemon.is_running()
    code, took = daemon.terminate()
    assert code in (0, 1) and took < grace * 0.8
    assert not any(map(process.is_alive, redis))
    daemon.start()
    receiver.wait_for(2, id=id)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_daemon_stops_at_once_with_code_0(start_daemon, number):
    daemon = start_daemon({})
    redis = daemon.embedded_redis()
    assert len(redis) == 1
    daemon.signal(number)
    assert daemon.wait_exit(GRACE) == 0
    assert not any(map(process.is_alive, redis))


def test_an_idle_client_connection_does_not_hold_up_the_shutdown(start_daemon):
    daemon = start_daemon({})
    with daemon.raw(), daemon.raw("admin"):
        code, took = daemon.terminate()
    assert code == 0 and took < GRACE


def test_intake_stops_before_the_shutdown_ends(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    daemon.signal(signal.SIGTERM)
    daemon.wait_for("stopping")

    def is_refused():
        try:
            return daemon.post({"type": "a", "data": 1}).status == 503
        except OSError:
            return True
    until(is_refused, "events are refused while the daemon stops")
    gate.set()
    assert daemon.wait_exit(GRACE) == 0


def test_a_second_daemon_on_the_same_state_directory_is_refused(receiver, start_daemon, new_daemon):
    first = start_daemon(webhooks(endpoint(receiver.url())))
    second = new_daemon({}, name="second")
    second.state_directory = first.state_directory
    second.launch()
    assert second.wait_exit() in (1, 2)
    said = " ".join(second.noise + [str(line) for line in second.lines])
    assert str(first.state_directory) in said and "in use" in said, said
    first.accept({"type": "a", "data": 1})
    receiver.wait_for(1)


def test_the_state_directory_is_for_its_owner_only(start_daemon):
    daemon = start_daemon({})
    assert daemon.state_directory.stat().st_mode & 0o777 == 0o700


def test_a_state_directory_survives_a_move_to_a_new_daemon(receiver, start_daemon, new_daemon):
    receiver.script("/hook", answer(500))
    first = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(2))))
    id = first.accept({"type": "a", "data": 1})["id"]
    first.wait_for("attempt", outcome="retry")
    first.terminate()
    second = new_daemon(webhooks(endpoint(receiver.url(), retry=retries(2))), name="second")
    second.state_directory = first.state_directory
    second.start()
    second.wait_for("attempt", event_id=id, attempt=2, outcome="delivered")


def test_other_partitions_than_the_store_was_made_with_are_a_clear_error(start_daemon):
    daemon = start_daemon({"redis": {"partitions": 8}})
    daemon.terminate()
    daemon.write_config({"redis": {"partitions": 16}})
    daemon.launch()
    assert daemon.wait_exit() in (1, 2)
    said = " ".join(daemon.noise + [str(line) for line in daemon.lines])
    assert "8" in said and "16" in said and "partitions" in said


def test_a_port_that_is_taken_is_a_clear_error(new_daemon):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        daemon = new_daemon({"listen": {"ingest": address, "admin": "127.0.0.1:0"}}).launch()
        assert daemon.wait_exit() in (1, 2)
        said = " ".join(daemon.noise + [str(line) for line in daemon.lines])
        assert address in said


def test_a_missing_configuration_file_is_exit_code_2(new_daemon):
    daemon = new_daemon(None).launch()
    assert daemon.wait_exit() == 2
    assert "postrider.yaml" in " ".join(daemon.noise + [str(line) for line in daemon.lines])


def test_a_listener_off_loopback_without_tokens_is_refused_with_exit_code_2(new_daemon):
    daemon = new_daemon({"listen": {"ingest": "0.0.0.0:0", "admin": "127.0.0.1:0"}}).launch()
    assert daemon.wait_exit() == 2
    assert "token" in " ".join(daemon.noise + [str(line) for line in daemon.lines])


def test_slow_receivers_do_not_make_the_shutdown_repeat_what_was_delivered(receiver, start_daemon, auditor):
    receiver.script("/hook", then=after(0.3, answer(204)))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=8)))
    ids = [f"e{n}" for n in range(40)]
    daemon.accept_all({"type": "a", "id": id, "data": 1} for id in ids)
    receiver.wait_for(10)
    code, _ = daemon.terminate()
    assert code == 0
    daemon.start()
    daemon.accept({"type": "last", "data": 1})
    receiver.wait_until(lambda: {r.id for r in receiver.received} >= set(ids), "all came")
    daemon.wait_for("attempt", event_type="last", outcome="delivered")
    assert sorted(r.id for r in receiver.requests() if r.id in ids) == sorted(ids)
