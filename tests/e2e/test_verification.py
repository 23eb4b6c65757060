"""Endpoint verification: no event before the receiver has repeated a challenge that was sent to this very url."""

import json

from harness.behaviours import answer, repeat, silence
from harness.settings import endpoint, webhooks
from harness.waiting import until

TYPE = "postrider.endpoint.verification"


def webhook(daemon, id="hook"):
    return daemon.admin("GET", f"/api/webhooks/{id}").json


def echo(as_json=True):
    """Repeats the challenge of what comes; what has none gets a 204."""
    def behave(exchange):
        event = json.loads(exchange.request.body)
        if event["type"] != TYPE:
            return answer(204)(exchange)
        challenge = event["data"]["challenge"]
        body = json.dumps({"challenge": challenge}) if as_json else challenge + "\n"
        return answer(200, body=body.encode())(exchange)
    return behave


def wrong(change):
    def behave(exchange):
        return answer(200, body=change(json.loads(exchange.request.body)["data"]["challenge"]).encode())(exchange)
    return behave


def challenges(receiver, path="/hook"):
    return [request for request in receiver.requests(path) if json.loads(request.body)["type"] == TYPE]


def test_an_endpoint_gets_nothing_before_it_has_answered_its_challenge(receiver, start_daemon):
    receiver.script("/hook", answer(200, body=b"what?"), then=echo())
    daemon = start_daemon(webhooks(endpoint(receiver.url(), verification="challenge", logging={"log_responses": True})))
    daemon.accept({"type": "a", "id": "early", "data": 1})
    until(lambda: webhook(daemon)["verification_error"], "the first challenge failed")
    shown = webhook(daemon)
    assert (shown["state"], shown["disabled_reason"], shown["verified"]) == ("disabled", "unverified", False)
    assert "does not repeat" in shown["verification_error"] and shown["queue_depth"] == 1
    daemon.admin("POST", "/api/webhooks/hook/resume")
    assert webhook(daemon)["disabled_reason"] == "unverified", "resume verifies nothing"
    sent = daemon.admin("POST", "/api/webhooks/hook/verify")
    assert sent.status == 202
    receiver.wait_for(1, id="early")
    shown = webhook(daemon)
    assert (shown["state"], shown["verified"], shown["verification_error"]) == ("active", True, None)
    first, second = challenges(receiver)
    assert first.header("webhook-signature") and first.id != second.id
    told = [json.loads(request.body)["data"]["challenge"] for request in (first, second)]
    assert told[0] != told[1] and all(len(challenge) >= 43 for challenge in told)
    delivery = daemon.admin("GET", f"/api/deliveries/{sent.json['delivery_id']}").json
    assert delivery["test"] and delivery["status"] == "delivered"
    everywhere = json.dumps([delivery, shown, daemon.lines]) + daemon.metrics().text
    assert not any(challenge in everywhere for challenge in told)
    # It is kept: no challenge after kill and restart, nor after a reload.
    daemon.kill9()
    daemon.start()
    daemon.accept({"type": "a", "id": "later", "data": 1})
    receiver.wait_for(1, id="later")
    assert len(challenges(receiver)) == 2
    # Another url is another receiver.
    receiver.script("/moved", then=echo(as_json=False))
    daemon.write_config(webhooks(endpoint(receiver.url("/moved"), verification="challenge")))
    receiver.wait_for(1, "/moved")
    until(lambda: webhook(daemon)["verified"], "the new url is verified")
    daemon.accept({"type": "a", "id": "there", "data": 1})
    receiver.wait_for(1, "/moved", id="there")


def test_answers_that_do_not_repeat_the_challenge_verify_nothing(receiver, start_daemon):
    elsewhere = receiver.url("/elsewhere")
    answers = {
        "part": wrong(lambda challenge: challenge[:-1]),
        "more": wrong(lambda challenge: challenge * 2),
        "buried": wrong(lambda challenge: json.dumps({"data": {"challenge": challenge}})),
        "late": wrong(lambda challenge: " " * 2000 + challenge),
        "huge": repeat(b"x" * 65536, first=b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"),
        "redirect": answer(302, headers=[("Location", elsewhere)]),
        "refused": answer(404), "silent": silence(),
    }
    receiver.script("/elsewhere", then=echo())
    for name, behave in answers.items():
        receiver.script(f"/{name}", then=behave)
    receivers = [endpoint(receiver.url(f"/{name}"), id=name, verification="challenge", timeout={"read_seconds": 1})
                 for name in answers]
    # Allowed by its syntax, but where it leads is denied: no byte is sent.
    receivers.append({**endpoint("http://169.254.169.254:80/in", id="denied", verification="challenge")})
    daemon = start_daemon(webhooks(*receivers))
    daemon.accept({"type": "a", "data": 1})
    for name in [*answers, "denied"]:
        until(lambda: webhook(daemon, name)["verification_error"], f"{name} failed")
        shown = webhook(daemon, name)
        assert shown["disabled_reason"] == "unverified" and not shown["verified"], name
    assert not receiver.requests("/elsewhere")
    assert all(json.loads(request.body)["type"] == TYPE for request in receiver.requests())


def test_a_webhook_of_the_api_is_challenged_when_it_is_made(receiver, start_daemon):
    receiver.script("/hook", then=echo())
    daemon = start_daemon(webhooks(endpoint(receiver.url("/plain"), id="plain", events=["b"])))
    made = daemon.admin("POST", "/api/webhooks", headers={"Content-Type": "application/json"}, body=json.dumps(
        {"url": receiver.url(), "events": ["**"], "allow_http": True, "allow_private_network": True,
         "verification": "challenge"}))
    assert made.status == 201 and made.json["disabled_reason"] == "unverified" and made.json["verification"] == "challenge"
    daemon.accept({"type": "a", "id": "held", "data": 1})
    receiver.wait_for(1, id="held")
    assert json.loads(receiver.requests("/hook")[0].body)["type"] == TYPE
    refused = daemon.admin("POST", "/api/webhooks/plain/verify")
    assert (refused.status, refused.json["code"]) == (409, "no_verification")
    assert daemon.admin("POST", "/api/webhooks/nobody/verify").status == 404
