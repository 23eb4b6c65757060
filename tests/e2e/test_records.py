"""What the API tells of deliveries: every state, every attempt, every end."""

import json
import threading

from harness.behaviours import answer, hold
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until


def deliveries(daemon, query="", id="hook"):
    page = daemon.admin("GET", f"/api/webhooks/{id}/deliveries?limit=250{query}")
    assert page.status == 200, page.body
    return page.json["deliveries"]


def test_every_state_of_a_delivery_is_listed(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", answer(204), answer(400), answer(500), then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=1, retry=retries(300))))
    for name in ("delivered", "dead", "retrying", "delivering", "pending"):
        daemon.accept({"type": f"t.{name}", "id": name, "data": 1})
    receiver.wait_for(4)

    def states():
        return {row["event_id"]: row["status"] for row in deliveries(daemon)}
    names = ("delivered", "dead", "retrying", "delivering", "pending")
    until(lambda: states() == {name: name for name in names}, "each state is shown")
    for name in names:
        (row,) = deliveries(daemon, f"&status={name}")
        assert row["event_id"] == name and row["webhook_id"] == "hook"
        assert [other["id"] for other in deliveries(daemon, f"&event_type=t.{name}")] == [row["id"]]
    rows = {row["event_id"]: row for row in deliveries(daemon)}
    assert rows["delivered"]["response_code"] == 204 and rows["delivered"]["delivered_at"]
    assert rows["retrying"]["next_attempt_at"] and rows["retrying"]["attempts"] == 1
    assert rows["pending"]["attempts"] == 0
    gate.set()


def test_a_delivery_shows_every_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(500, [("X-Reason", "busy")], b"first"), answer(204, [("X-Reason", "fine")]))
    daemon = start_daemon(webhooks(endpoint(
        receiver.url(), retry=retries(0.05), logging={"log_payloads": True, "log_responses": True})))
    daemon.accept({"type": "a", "id": "e", "data": {"n": 1}})
    receiver.wait_for(2)
    (row,) = until(lambda: deliveries(daemon, "&status=delivered"), "the delivery is recorded")
    shown = daemon.admin("GET", f"/api/deliveries/{row['id']}").json
    first, second = shown["attempts_made"]
    assert (first["attempt"], first["response_code"], first["outcome"]) == (1, 500, "retry")
    assert (second["attempt"], second["response_code"], second["outcome"]) == (2, 204, "delivered")
    assert first["response_body"] == "first" and first["response_headers"]["X-Reason"] == "busy"
    headers = {name.lower(): value for name, value in first["request_headers"].items()}
    assert headers["webhook-id"] == "e" and headers["postrider-attempt"] == "1"
    sent = receiver.requests()[0].header("webhook-signature")
    assert sent not in json.dumps(shown), "a signature is shown"


def test_an_event_is_found_while_it_waits_and_after_it_was_delivered(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url()), endpoint(receiver.url("/two"), id="two")))
    id = daemon.accept({"type": "a", "data": {"n": 1}})["id"]
    receiver.wait_for(2)

    def statuses():
        found = daemon.admin("GET", f"/api/events/{id}")
        return found.status == 200 and {row["webhook_id"]: row["status"] for row in found.json["deliveries"]}
    until(lambda: statuses() == {"hook": "delivering", "two": "delivered"}, "both deliveries are shown")
    gate.set()
    until(lambda: statuses() == {"hook": "delivered", "two": "delivered"}, "both deliveries ended")


def test_history_is_bounded_by_its_count(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), limits={"history_per_endpoint": 20})))
    for number in range(100):
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
    daemon.attempts(100, outcome="delivered")
    until(lambda: any(row["event_id"] == "e99" for row in deliveries(daemon)), "the last one is recorded")
    daemon.accept({"type": "a", "id": "alone", "data": 1})  # the next call cuts what the one before made too long
    until(lambda: any(row["event_id"] == "alone" for row in deliveries(daemon)), "that one is recorded")
    assert 20 <= len(deliveries(daemon)) <= 30


def test_every_end_has_a_metric_a_log_line_and_a_record(receiver, start_daemon):
    receiver.script("/delivered", then=answer(204))
    receiver.script("/dead", then=answer(404))
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/delivered"), id="delivered"),
        endpoint(receiver.url("/dead"), id="dead"),
        endpoint(receiver.url("/held"), id="held", enabled=False, retry={"max_age_seconds": 1, **retries(1)})))
    daemon.accept({"type": "a", "id": "e", "data": 1})
    daemon.wait_for("attempt", endpoint="delivered", outcome="delivered", event_id="e")
    daemon.wait_for("attempt", endpoint="dead", outcome="dead", reason="terminal_status", event_id="e")
    daemon.wait_for("delivery dead", endpoint="held", reason="expired", event_id="e")
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="delivered", status="success")
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="dead", reason="terminal_status")
    daemon.wait_metric("webhook_dead_letters_total", 1, endpoint="held", reason="expired")

    def ends():
        return {row["webhook_id"]: row["status"] for row in daemon.admin("GET", "/api/events/e").json["deliveries"]}
    until(lambda: ends() == {"delivered": "delivered", "dead": "dead", "held": "expired"}, "every end is recorded")
