"""Data rights: what is kept of an event or for a tenant is handed out, and goes for good."""

import json
import subprocess

from harness.behaviours import answer
from harness.daemon import BINARY
from harness.data_rights import adds_up, data, exported, keys_with
from harness.settings import endpoint, retries, webhooks
from harness.waiting import LONG, until

MARK = "PLANTED-7f3a"


def test_everything_of_an_event_and_of_a_tenant_is_exported_and_goes(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    receiver.script("/kept", then=answer(200, body=MARK.encode()))
    receiver.script("/refuses", then=answer(400, body=MARK.encode()))
    receiver.script("/fails", then=answer(500, body=MARK.encode()))
    keep = {"logging": {"log_payloads": True, "log_responses": True}}
    daemon = start_daemon(webhooks(
        endpoint(receiver.url("/kept"), id="kept", tenant="acme", **keep),
        endpoint(receiver.url("/refuses"), id="refuses", tenant="acme", **keep),
        endpoint(receiver.url("/fails"), id="fails", tenant="acme", retry=retries(3600), ordering="key", **keep),
        endpoint(receiver.url("/held"), id="held", tenant="acme", enabled=False),
        endpoint(receiver.url("/other"), id="other", tenant="other", enabled=False), redis={"url": redis.url()}))
    events = [{"type": "a", "id": f"{MARK}-{number}", "key": MARK, "tenant": "acme", "data": {"name": MARK}}
              for number in range(5)]
    for event in events:
        daemon.accept(event)
    daemon.accept({"type": "a", "id": "kept", "tenant": "other", "data": 1})
    daemon.wait_metric("webhook_dead_letters_total", 5, endpoint="refuses")
    daemon.wait_metric("webhook_deliveries_total", 5, endpoint="kept")
    daemon.wait_metric("webhook_retries_total", 1, endpoint="fails")

    lines = exported(daemon, "--event", f"{MARK}-1", "--tenant", "acme")
    assert lines[0]["kind"] == "event" and lines[0]["payload"]["data"] == {"name": MARK}
    assert {(line["webhook_id"], line["status"]) for line in lines[1:]} == {
        ("kept", "delivered"), ("refuses", "dead"), ("fails", "pending"), ("held", "pending")}
    (dead,) = [line for line in lines if line.get("status") == "dead"]
    assert dead["dead_letter"]["response_body"] == MARK and dead["attempts_made"][0]["response_body"] == MARK
    whole = exported(daemon, "--tenant", "acme")
    assert len({(line["event_id"], line["webhook_id"]) for line in whole}) == len(whole) == 20
    parked = {line["event_id"] for line in whole if line.get("parked")}
    assert len(parked) == 4, "behind the first of the key"
    table = subprocess.run([BINARY, "deliveries", "fails", "--parked", "--url", f"http://{daemon.admin_address}"],
                           capture_output=True, timeout=LONG, check=True).stdout.decode()
    assert table.count("parked") == 4 and all(id in table for id in parked), table

    assert "done" in data(daemon, "delete", "--event", f"{MARK}-1", "--tenant", "acme", "--yes")
    assert daemon.admin("GET", f"/api/events/{MARK}-1?tenant=acme").status == 404
    assert not keys_with(redis, f"{MARK}-1")
    assert daemon.accept(events[1])["duplicate"], "what is remembered of its id stays"
    assert len(exported(daemon, "--tenant", "acme")) == 16

    assert "done" in data(daemon, "delete", "--tenant", "acme", "--yes")
    assert not exported(daemon, "--tenant", "acme")
    assert keys_with(redis, MARK) == []
    assert len(exported(daemon, "--tenant", "other")) == 1
    until(lambda: adds_up(daemon), "the accounts add up")
    assert daemon.metrics().sum("webhook_dead_letters_total", reason="erased") == 10
    assert daemon.admin("GET", "/api/webhooks/kept").json["state"] == "active"
    assert MARK not in json.dumps([{**line, "event_id": "", "key": "", "target": ""} for line in daemon.lines])


def test_by_default_no_record_has_a_payload(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    receiver.script("/refuses", then=answer(400, body=MARK.encode()))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/fine"), id="fine"),
                                   endpoint(receiver.url("/refuses"), id="refuses", events=["b"]),
                                   redis={"url": redis.url()}))
    daemon.accept({"type": "a", "data": MARK})
    receiver.wait_for(1, "/fine")
    until(lambda: not keys_with(redis, MARK), "the body has left with its delivery")
    daemon.accept({"type": "b", "data": 1})
    (letter,) = until(lambda: daemon.admin("GET", "/api/dead-letters").json["dead_letters"], "the dead letter is listed")
    assert letter["response_body"] is None and letter["response_code"] == 400
    assert not keys_with(redis, MARK), "what the receiver answered is kept only with log_responses"
    assert MARK not in json.dumps(daemon.lines)
