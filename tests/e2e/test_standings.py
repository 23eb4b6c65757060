"""Pause, resume, and what disables an endpoint; and the operational events that tell of it."""

import json
import threading

from harness.behaviours import answer, hold
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until


def webhook(daemon, id="hook"):
    return daemon.admin("GET", f"/api/webhooks/{id}").json


def test_after_the_answer_to_pause_no_send_begins(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=4)))
    stop = threading.Event()

    def post():
        client = daemon.client()
        while not stop.is_set():
            client.post({"type": "a", "data": 1})
        client.close()
    poster = threading.Thread(target=post)
    poster.start()
    receiver.wait_for(50)
    paused = daemon.admin("POST", "/api/webhooks/hook/pause")
    assert paused.status == 200 and paused.json["state"] == "paused"
    # As Redis has it: the gauge may be of a look between two sends.
    until(lambda: webhook(daemon)["in_flight"] == 0, "what had begun has ended")
    with receiver.changed:
        begun = len(receiver.received)
    stop.set()
    poster.join()
    depth = daemon.metrics().sum("webhook_queue_depth", endpoint="hook")
    until(lambda: daemon.metrics().sum("webhook_queue_depth", endpoint="hook") >= max(depth, 1), "events wait")
    assert len(receiver.received) == begun
    resumed = daemon.admin("POST", "/api/webhooks/hook/resume")
    assert resumed.status == 200 and resumed.json["state"] == "active"
    daemon.wait_metric("webhook_queue_depth", 0, endpoint="hook")


def test_what_was_claimed_ahead_is_not_sent_after_a_pause_and_its_attempt_is_not_counted(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=2)))
    ids = [daemon.accept({"type": "a", "data": n})["id"] for n in range(4)]
    receiver.wait_for(2)
    assert daemon.admin("POST", "/api/webhooks/hook/pause").json["state"] == "paused"
    gate.set()
    daemon.attempts(2, outcome="delivered")
    daemon.wait_metric("webhook_queue_depth", 2, endpoint="hook")
    assert sorted(request.id for request in receiver.requests()) == sorted(ids[:2])
    daemon.admin("POST", "/api/webhooks/hook/resume")
    came = receiver.wait_for(4)
    assert sorted(request.id for request in came[2:]) == sorted(ids[2:])
    assert {request.header("postrider-attempt") for request in came} == {"1"}


def test_a_pause_survives_kill_restart_and_reload(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    assert daemon.admin("POST", "/api/webhooks/hook/pause").status == 200
    daemon.kill9()
    daemon.start()
    assert webhook(daemon)["state"] == "paused"
    daemon.accept({"type": "a", "data": 1})
    daemon.write_config(webhooks(endpoint(receiver.url(), description="new")))
    daemon.wait_for("configuration reloaded")
    daemon.wait_metric("webhook_queue_depth", 1, endpoint="hook")
    assert webhook(daemon)["state"] == "paused" and not receiver.requests()
    daemon.admin("POST", "/api/webhooks/hook/resume")
    receiver.wait_for(1)


def test_410_disables_the_endpoint_and_says_so(receiver, start_daemon):
    receiver.script("/hook", answer(410), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    daemon.accept({"type": "a", "id": "first", "data": 1})
    daemon.wait_for("endpoint disabled", endpoint="hook", reason="gone")
    until(lambda: webhook(daemon)["state"] == "disabled", "the endpoint is disabled")
    assert webhook(daemon)["disabled_reason"] == "gone"
    daemon.accept({"type": "a", "id": "second", "data": 2})
    daemon.wait_metric("webhook_queue_depth", 1, endpoint="hook")
    daemon.kill9()
    daemon.start()
    assert webhook(daemon)["state"] == "disabled"
    assert len(receiver.requests()) == 1
    daemon.admin("POST", "/api/webhooks/hook/resume")
    receiver.wait_for(1, id="second")


def test_a_changed_url_ends_what_a_410_did(receiver, start_daemon):
    receiver.script("/hook", answer(410), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    daemon.accept({"type": "a", "data": 1})
    until(lambda: webhook(daemon)["state"] == "disabled", "the endpoint is disabled")
    daemon.accept({"type": "a", "id": "held", "data": 2})
    daemon.write_config(webhooks(endpoint(receiver.url("/moved"))))
    receiver.wait_for(1, "/moved", id="held")
    assert webhook(daemon)["state"] == "active"


def make(daemon, url, **settings):
    made = daemon.admin("POST", "/api/webhooks", headers={"Content-Type": "application/json"}, body=json.dumps(
        {"url": url, "events": ["**"], "allow_http": True, "allow_private_network": True, **settings}))
    assert made.status == 201, made.body
    return made.json["id"]


def patch(daemon, id, **settings):
    changed = daemon.admin("PATCH", f"/api/webhooks/{id}", headers={"Content-Type": "application/json"},
                           body=json.dumps(settings))
    assert changed.status == 200, changed.body


def test_what_the_old_url_answers_says_nothing_of_the_new_one(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/old", hold(gate, answer(410)))
    daemon = start_daemon(webhooks())
    id = make(daemon, receiver.url("/old"))
    daemon.accept({"type": "a", "id": "first", "data": 1})
    receiver.wait_for(1, "/old")
    patch(daemon, id, url=receiver.url("/new"))
    gate.set()
    daemon.wait_for("attempt", endpoint=id, reason="gone")
    daemon.accept({"type": "a", "id": "second", "data": 2})
    receiver.wait_for(1, "/new", id="second")
    assert webhook(daemon, id)["state"] == "active"
    assert not daemon.matching("endpoint disabled")


def test_a_disablement_does_not_come_back_with_the_url_it_was_made_for(receiver, start_daemon):
    receiver.script("/a", answer(410), then=answer(204))
    daemon = start_daemon(webhooks())
    id = make(daemon, receiver.url("/a"))
    daemon.accept({"type": "a", "data": 1})
    until(lambda: webhook(daemon, id)["state"] == "disabled", "the endpoint is disabled")
    patch(daemon, id, url=receiver.url("/b"))
    patch(daemon, id, url=receiver.url("/a"))
    assert webhook(daemon, id)["state"] == "active"
    daemon.accept({"type": "a", "id": "second", "data": 2})
    receiver.wait_for(1, "/a", id="second")


def test_nor_in_a_file_that_is_changed_while_the_daemon_is_away(receiver, start_daemon):
    receiver.script("/a", answer(410), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/a"))))
    daemon.accept({"type": "a", "data": 1})
    until(lambda: webhook(daemon)["state"] == "disabled", "the endpoint is disabled")
    daemon.terminate()
    daemon.write_config(webhooks(endpoint(receiver.url("/b"))))
    daemon.start()
    daemon.accept({"type": "a", "id": "there", "data": 2})
    receiver.wait_for(1, "/b", id="there")
    ended = daemon.wait_for("disablement of another url ended", endpoint="hook")
    daemon.write_config(webhooks(endpoint(receiver.url("/a"))))
    daemon.accept({"type": "a", "data": 3})
    daemon.wait_for("configuration reloaded")
    daemon.accept({"type": "a", "id": "back", "data": 4})
    receiver.wait_for(1, "/a", id="back")
    assert ended and webhook(daemon)["state"] == "active"


def test_resume_right_after_a_410_is_no_standstill(receiver, start_daemon):
    daemon = start_daemon(webhooks())
    for number in range(12):
        path = f"/r{number}"
        receiver.script(path, answer(410), then=answer(204))
        id = make(daemon, receiver.url(path), events=[f"r{number}"])
        daemon.accept({"type": f"r{number}", "data": 1})
        daemon.wait_for("endpoint disabled", endpoint=id)
        assert daemon.admin("POST", f"/api/webhooks/{id}/resume").status == 200
        # Where the resume came first, the disablement holds, and is shown.
        daemon.accept({"type": f"r{number}", "id": f"after{number}", "data": 2})

        def goes_on():
            if webhook(daemon, id)["state"] == "disabled":
                daemon.admin("POST", f"/api/webhooks/{id}/resume")
            return receiver.requests(path, id=f"after{number}")
        until(goes_on, "an endpoint that is shown as active sends")


def test_410_disables_also_while_the_endpoint_is_paused(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate, answer(410)), then=answer(204))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url()), endpoint(receiver.url("/ops"), id="ops", events=["postrider.endpoint.*"])))
    daemon.accept({"type": "a", "data": 1})
    receiver.wait_for(1)
    assert daemon.admin("POST", "/api/webhooks/hook/pause").status == 200
    gate.set()
    until(lambda: webhook(daemon)["state"] == "disabled", "the endpoint is disabled")
    assert webhook(daemon)["disabled_reason"] == "gone"
    (told,) = receiver.wait_for(1, "/ops")
    assert json.loads(told.body)["data"]["reason"] == "gone"


def test_a_410_that_its_list_makes_retryable_disables_nothing(receiver, start_daemon):
    receiver.script("/hook", answer(410), then=answer(204))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), retry={**retries(0.05), "retryable_status_codes": [410]})))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", outcome="delivered", attempt=2)
    assert webhook(daemon)["state"] == "active"


def test_nothing_but_failures_disables_after_a_warning(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    receiver.script("/ops", then=answer(204))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), retry=retries(*[0.1] * 100), circuit_breaker={"enabled": False},
                 auto_disable={"after_seconds": 3, "warn_after_seconds": 0.5}),
        endpoint(receiver.url("/ops"), id="ops", events=["postrider.endpoint.*"])))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("endpoint disabled", endpoint="hook", reason="failing")
    told = [json.loads(request.body) for request in receiver.wait_for(2, "/ops")]
    assert [event["type"] for event in told] == ["postrider.endpoint.failing", "postrider.endpoint.disabled"]
    assert told[0]["timestamp"] < told[0]["data"]["disabled_at"] <= told[1]["timestamp"]
    assert told[1]["data"]["webhook_id"] == "hook" and told[1]["data"]["reason"] == "failing"
    until(lambda: webhook(daemon)["disabled_reason"] == "failing", "the endpoint is disabled")


def test_operational_events_reach_who_named_them_and_nobody_else(receiver, start_daemon):
    receiver.script("/hook", then=answer(400))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url()),
        endpoint(receiver.url("/ops"), id="ops", events=["postrider.**"]),
        endpoint(receiver.url("/all"), id="all", events=["**"])))
    daemon.accept({"type": "a", "id": "doomed", "data": 1})
    (request,) = receiver.wait_for(1, "/ops")
    event = json.loads(request.body)
    assert event["type"] == "postrider.event.dead"
    assert event["data"]["event_id"] == "doomed" and event["data"]["reason"] == "terminal_status"
    receiver.wait_for(1, "/all", id="doomed")
    daemon.accept({"type": "b", "id": "second", "data": 1})
    receiver.wait_for(2, "/ops")
    receiver.wait_for(1, "/all", id="second")  # another endpoint's: it may come later than the news of its death here
    assert {request.id for request in receiver.requests("/all")} == {"doomed", "second"}


def test_operational_events_never_cascade(receiver, start_daemon):
    receiver.script("/hook", then=answer(400))
    receiver.script("/ops", then=answer(400))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url()),
        endpoint(receiver.url("/ops"), id="ops", events=["postrider.**", "a"])))
    daemon.accept({"type": "a", "id": "doomed", "data": 1})
    daemon.wait_for("attempt", endpoint="ops", outcome="dead", event_type="postrider.event.dead")
    daemon.wait_for("attempt", endpoint="ops", outcome="dead", event_type="a")
    daemon.accept({"type": "marker", "data": 1})
    daemon.wait_for("attempt", endpoint="ops", outcome="dead", event_type="postrider.event.dead", count=2)
    told = [json.loads(request.body) for request in receiver.requests("/ops")]
    dead = [event["data"] for event in told if event["type"] == "postrider.event.dead"]
    assert [(data["webhook_id"], data["event_type"]) for data in dead] == [("hook", "a"), ("hook", "marker")]


def test_an_open_circuit_and_a_backlog_are_told(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", answer(500), then=hold(gate))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), concurrency=1, retry=retries(*[0.05] * 20), limits={"backlog_alert_events": 10},
                 circuit_breaker={"failure_threshold": 1, "recovery_timeout_seconds": 0.2}),
        endpoint(receiver.url("/ops"), id="ops", events=["postrider.circuit.*", "postrider.endpoint.backlog"])))
    for number in range(30):
        daemon.accept({"type": "a", "data": number})

    def told(type):
        return [request for request in receiver.requests("/ops") if json.loads(request.body)["type"] == type]
    receiver.wait_until(lambda: told("postrider.circuit.opened"), "the open circuit is told")
    receiver.wait_until(lambda: told("postrider.endpoint.backlog"), "the backlog is told")
    gate.set()
    receiver.wait_until(lambda: told("postrider.circuit.closed"), "the closed circuit is told")
    assert len(told("postrider.endpoint.backlog")) == 1
