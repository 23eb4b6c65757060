"""Endpoints made by the API: made, shown, changed, rotated, tested, deleted; and what bad requests get."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import threading
import time

import pytest

from harness.behaviours import answer, hold
from harness.settings import SECRET, endpoint, retries, webhooks
from harness.signatures import standard_signature
from harness.waiting import until

JSON = {"Content-Type": "application/json"}


def verify(secret, request):
    assert standard_signature(secret, request) in request.header("webhook-signature").split(" ")


def call(daemon, method, path, body=None, token=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    return daemon.admin(method, path, token, body=data, headers={**(JSON if data is not None else {}), **headers})


def make(daemon, url, **more):
    made = call(daemon, "POST", "/api/webhooks", {"url": url, "events": ["**"], "allow_http": True,
                                                  "allow_private_network": True, **more})
    assert made.status == 201, made.body
    return made.json


def test_an_endpoint_made_by_the_api_gets_events_at_once_and_after_a_restart(receiver, start_daemon):
    daemon = start_daemon(webhooks())
    made = make(daemon, receiver.url(), description="by hand")
    assert made["id"].startswith("ep_") and made["source"] == "api" and made["state"] == "active"
    assert made["secret"].startswith("whsec_")
    assert daemon.accept({"type": "a", "data": 1})["deliveries"] == 1
    (request,) = receiver.wait_for(1)
    verify(made["secret"], request)
    daemon.kill9()
    daemon.start()
    shown = daemon.admin("GET", f"/api/webhooks/{made['id']}").json
    assert shown["description"] == "by hand" and shown["url"] == receiver.url()
    assert daemon.accept({"type": "a", "data": 2})["deliveries"] == 1
    receiver.wait_for(2)


def test_it_stands_beside_those_from_files_and_survives_a_reload(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url("/file"), id="file")))
    made = make(daemon, receiver.url("/api"))
    listed = daemon.admin("GET", "/api/webhooks").json["webhooks"]
    assert {(webhook["id"], webhook["source"]) for webhook in listed} == {("file", "file"), (made["id"], "api")}
    daemon.write_config(webhooks(endpoint(receiver.url("/file"), id="file", description="changed")))
    daemon.wait_for("configuration reloaded")
    assert daemon.accept({"type": "a", "data": 1})["deliveries"] == 2


def test_a_patch_changes_what_it_names_and_nothing_else(receiver, start_daemon):
    daemon = start_daemon(webhooks())
    made = make(daemon, receiver.url("/old"), events=["a"], headers={"X-Team": "one"}, concurrency=3)
    patched = call(daemon, "PATCH", f"/api/webhooks/{made['id']}", {"url": receiver.url("/new"), "headers": None})
    assert patched.status == 200, patched.body
    assert patched.json["url"] == receiver.url("/new") and patched.json["concurrency"] == 3
    assert not patched.json["headers"] and "secret" not in patched.json
    daemon.accept({"type": "a", "data": 1})
    (request,) = receiver.wait_for(1)
    assert request.path == "/new" and request.header("X-Team") is None
    verify(made["secret"], request)


def test_endpoints_of_files_are_read_only(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), id="file")))
    for method, path, body in (("PATCH", "/api/webhooks/file", {"concurrency": 2}), ("DELETE", "/api/webhooks/file", None),
                               ("POST", "/api/webhooks/file/rotate-secret", {})):
        refused = call(daemon, method, path, body)
        assert refused.status == 409 and "postrider.yaml" in refused.json["detail"], (method, refused.body)
    assert daemon.accept({"type": "a", "data": 1})["deliveries"] == 1
    verify(SECRET, receiver.wait_for(1)[0])


def test_both_secrets_sign_during_the_grace_period(receiver, start_daemon):
    daemon = start_daemon(webhooks())
    made = make(daemon, receiver.url())
    rotated = call(daemon, "POST", f"/api/webhooks/{made['id']}/rotate-secret", {"grace_seconds": 3600})
    assert rotated.status == 200, rotated.body
    assert rotated.json["secret"].startswith("whsec_") and rotated.json["secret"] != made["secret"]
    daemon.accept({"type": "a", "data": 1})
    (request,) = receiver.wait_for(1)
    verify(made["secret"], request)
    verify(rotated.json["secret"], request)
    at_once = call(daemon, "POST", f"/api/webhooks/{made['id']}/rotate-secret", {"grace_seconds": 0, "secret": SECRET})
    assert at_once.status == 200 and at_once.json.get("secret") is None
    daemon.accept({"type": "a", "data": 2})
    second = receiver.wait_for(2)[1]
    verify(SECRET, second)
    with pytest.raises(AssertionError):
        verify(rotated.json["secret"], second)


def test_a_generated_secret_is_shown_once_and_never_lies_open_in_redis(receiver, start_daemon, new_redis):
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    redis = new_redis().start()
    daemon = start_daemon(webhooks(redis={"url": redis.url()}, encryption={"key": key}))
    made = make(daemon, receiver.url())
    secret = made["secret"].removeprefix("whsec_")
    for path in (f"/api/webhooks/{made['id']}", "/api/webhooks", "/api/status"):
        assert secret not in daemon.admin("GET", path).body.decode(), path
    written = b"".join(file.read_bytes() for file in redis.directory.rglob("*.aof"))
    assert made["id"].encode() in written and secret.encode() not in written
    assert not any(secret in json.dumps(line) for line in daemon.lines)


def test_without_a_key_nothing_is_made_on_an_external_redis(receiver, start_daemon, new_redis):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(redis={"url": redis.url()}))
    refused = call(daemon, "POST", "/api/webhooks", {"url": "https://example.org/hook", "events": ["a"]})
    assert refused.status == 409 and refused.json["code"] == "no_encryption_key"
    assert daemon.admin("GET", "/api/webhooks").json["webhooks"] == []


def test_deleting_an_endpoint_ends_its_queue_as_documented(receiver, start_daemon):
    gate = threading.Event()
    receiver.script("/hook", then=hold(gate))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/other"), id="other")))
    made = make(daemon, receiver.url(), concurrency=1)
    for number in range(5):
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
    receiver.wait_for(1, "/hook")
    assert daemon.admin("DELETE", f"/api/webhooks/{made['id']}").status == 204
    assert daemon.admin("GET", f"/api/webhooks/{made['id']}").status == 404
    assert daemon.accept({"type": "a", "data": "after"})["deliveries"] == 1

    def ended():
        letters = daemon.admin("GET", "/api/dead-letters?reason=endpoint_deleted").json["dead_letters"]
        return {letter["event_id"] for letter in letters} == {"e1", "e2", "e3", "e4"}
    until(ended, "what waited is dead")
    gate.set()
    daemon.wait_for("attempt", outcome="delivered", event_id="e0")
    assert len(receiver.requests("/hook")) == 1
    receiver.wait_for(6, "/other")


def test_a_delete_whose_end_of_the_queue_cannot_be_noted_changes_nothing(receiver, start_daemon, new_redis):
    key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    redis = new_redis().start()
    daemon = start_daemon(webhooks(redis={"url": redis.url()}, encryption={"key": key}))
    made = make(daemon, receiver.url())
    path = f"/api/webhooks/{made['id']}"
    assert daemon.admin("POST", f"{path}/pause").status == 200
    daemon.accept({"type": "a", "id": "e", "data": 1})
    redis.cli("SET", "postrider:{jobs}:all", "no list")
    assert daemon.client(listener="admin", patient=False).request("DELETE", path).status == 503
    assert daemon.admin("GET", path).json["queue_depth"] == 1, "it is all still there"
    redis.cli("DEL", "postrider:{jobs}:all")
    assert daemon.admin("DELETE", path).status == 204
    until(lambda: daemon.admin("GET", "/api/events/e").json["deliveries"][0]["status"] == "dead", "what waited is dead")


def test_a_kill_within_a_delete_leaves_nothing_behind(receiver, start_daemon):
    daemon = start_daemon(webhooks())
    for number, pause in enumerate((0.0005, 0.001, 0.0015, 0.002, 0.003)):
        path = f"/api/webhooks/{make(daemon, receiver.url())['id']}"
        assert daemon.admin("POST", f"{path}/pause").status == 200
        daemon.accept({"type": "a", "id": f"e{number}", "data": number})
        asked = threading.Thread(target=delete_and_lose_the_answer, args=(daemon, path))
        asked.start()
        time.sleep(pause)  # the moment of the kill is what varies
        daemon.kill9()
        asked.join()
        daemon.start()
        again = daemon.admin("DELETE", path).status
        assert again in (204, 404)
        event = f"/api/events/e{number}"
        until(lambda: daemon.admin("GET", event).json["deliveries"][0]["status"] == "dead", f"e{number} is dead")


def delete_and_lose_the_answer(daemon, path):
    with contextlib.suppress(OSError, http.client.HTTPException):
        daemon.admin("DELETE", path)


def test_each_end_by_a_delete_is_counted_logged_and_announced(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url("/ops"), id="ops", events=["postrider.event.dead"])))
    made = make(daemon, receiver.url(), retry=retries(60), circuit_breaker={"enabled": False})
    daemon.accept({"type": "a", "id": "tried", "data": 1})
    daemon.wait_for("attempt", event_id="tried")
    assert daemon.admin("POST", f"/api/webhooks/{made['id']}/pause").status == 200
    daemon.accept({"type": "a", "id": "waited", "data": 2})
    assert daemon.admin("DELETE", f"/api/webhooks/{made['id']}").status == 204
    daemon.wait_metric("webhook_dead_letters_total", 2, endpoint=made["id"], reason="endpoint_deleted")
    daemon.wait_for("delivery dead", count=2, reason="endpoint_deleted", endpoint=made["id"])
    assert {line["event_id"]: line["attempts"] for line in daemon.matching("delivery dead")} == {"tried": 1, "waited": 0}
    told = [json.loads(request.body)["data"] for request in receiver.wait_for(2, "/ops")]
    assert {data["event_id"]: (data["reason"], data["attempts"], data["webhook_id"]) for data in told} == {
        "tried": ("endpoint_deleted", 1, made["id"]), "waited": ("endpoint_deleted", 0, made["id"])}


def test_a_test_delivery_is_sent_to_a_paused_endpoint_and_never_retried(receiver, start_daemon):
    receiver.script("/hook", then=answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.05, 0.05))))
    daemon.admin("POST", "/api/webhooks/hook/pause")
    sent = call(daemon, "POST", "/api/webhooks/test", {"webhook_id": "hook", "event_type": "case.created"})
    assert sent.status == 202, sent.body
    (request,) = receiver.wait_for(1)
    assert json.loads(request.body)["type"] == "case.created"
    verify(SECRET, request)

    def ended():
        shown = daemon.admin("GET", f"/api/deliveries/{sent.json['delivery_id']}")
        return shown.json if shown.status == 200 and shown.json["status"] == "dead" else None
    delivery = until(ended, "the test delivery is recorded")
    assert (delivery["response_code"], delivery["attempts"]) == (500, 1)
    assert len(receiver.requests()) == 1
    assert daemon.admin("GET", "/api/dead-letters").json["dead_letters"] == []


FAULTY = [
    ("POST", "/api/webhooks", {}, 422, "url"),
    ("POST", "/api/webhooks", {"url": "http://example.org/", "events": ["a"]}, 422, "https"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": []}, 422, "events"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["a"], "colour": 1}, 422, "colour"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["a"], "id": "mine"}, 422, "id"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["a"], "secret": "x"}, 422, "secret"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["a"], "concurrency": "3"}, 422, "concurrency"),
    ("POST", "/api/webhooks", {"url": "https://example.org/", "events": ["a"], "tls": {"ca_file": "/etc/passwd"}}, 422, "tls"),
    ("PATCH", "/api/webhooks/MADE", {"concurrency": 0}, 422, "concurrency"),
    ("PATCH", "/api/webhooks/MADE", {"url": None}, 422, "url"),
    ("PATCH", "/api/webhooks/unknown", {"concurrency": 1}, 404, ""),
    ("POST", "/api/webhooks/MADE/rotate-secret", {"secret": "whsec_short"}, 422, "secret"),
    ("POST", "/api/webhooks/MADE/rotate-secret", {"grace_seconds": -1}, 422, "grace_seconds"),
    ("POST", "/api/webhooks/unknown/pause", None, 404, ""),
    ("POST", "/api/webhooks/test", {"webhook_id": "unknown", "event_type": "a"}, 404, ""),
    ("POST", "/api/webhooks/test", {"webhook_id": "MADE", "event_type": "a b"}, 422, "event_type"),
    ("GET", "/api/webhooks?limit=251", None, 422, "limit"),
    ("GET", "/api/webhooks?colour=red", None, 422, "colour"),
    ("GET", "/api/webhooks?cursor=forged", None, 422, "cursor"),
    ("GET", "/api/webhooks/MADE/deliveries?status=lost", None, 422, "status"),
    ("GET", "/api/webhooks/MADE/deliveries?before=yesterday", None, 422, "before"),
    ("GET", "/api/dead-letters?reason=bad", None, 422, "reason"),
    ("GET", "/api/dead-letters?limit=0", None, 422, "limit"),
    ("GET", "/api/dead-letters?cursor=AAAA", None, 422, "cursor"),
    ("GET", "/api/dead-letters/dl_unknown", None, 404, ""),
    ("GET", "/api/deliveries/del_unknown", None, 404, ""),
    ("GET", "/api/events/unknown", None, 404, ""),
    ("GET", "/api/jobs/job_unknown", None, 404, ""),
    ("POST", "/api/dead-letters/replay", {"ids": "x"}, 422, "ids"),
    ("POST", "/api/dead-letters/replay", {"colour": 1}, 422, "colour"),
    ("POST", "/api/dead-letters/purge", {"before": "soon"}, 422, "before"),
    ("DELETE", "/api/webhooks", None, 405, ""),
    *((method, path + "?colour=red", None, 422, "colour: is not known here; this path takes no parameters") for method, path in (
        ("GET", "/api/status"), ("GET", "/api/webhooks/MADE"), ("DELETE", "/api/webhooks/MADE"),
        ("POST", "/api/webhooks/MADE/pause"), ("POST", "/api/webhooks/MADE/resume"), ("GET", "/health"))),
    ("PATCH", "/api/webhooks/MADE?colour=red", {"concurrency": 5}, 422, "colour"),
    ("POST", "/api/webhooks/MADE/rotate-secret?colour=red", {}, 422, "colour"),
    ("POST", "/api/webhooks/test?colour=red", {"webhook_id": "MADE"}, 422, "colour"),
    ("POST", "/api/webhooks?colour=red", {"url": "https://example.org/", "events": ["a"]}, 422, "colour"),
    ("GET", "/api/jobs?limit=1&limit=1", None, 422, "limit: stands there twice"),
    ("POST", "/api/events?tenant=acme", {"type": "a", "data": 1}, 422, "tenant"),
]


def test_a_faulty_request_is_a_specific_error_and_changes_nothing(start_daemon):
    daemon = start_daemon(webhooks())
    made = make(daemon, "http://127.0.0.1:9/hook")
    before = daemon.admin("GET", f"/api/webhooks/{made['id']}").json
    for method, path, body, status, names in FAULTY:
        path = path.replace("MADE", made["id"])
        sent = json.loads(json.dumps(body).replace("MADE", made["id"])) if body is not None else None
        refused = call(daemon, method, path, sent)
        assert refused.status == status, (method, path, body, refused.status, refused.body)
        assert refused.headers["content-type"].startswith("application/problem+json")
        assert refused.json["code"] and names in json.dumps(refused.json), (method, path, refused.body)
    after = daemon.admin("GET", "/api/webhooks").json["webhooks"]
    assert [webhook["id"] for webhook in after] == [made["id"]]
    assert daemon.admin("GET", f"/api/webhooks/{made['id']}").json == before


def test_a_cursor_holds_on_every_daemon_of_the_store_and_a_forged_one_on_none(receiver, new_daemon, new_redis):
    redis = new_redis().start()
    settings = webhooks(*(endpoint(receiver.url(), id=f"e{n}") for n in range(3)), redis={"url": redis.url()})
    first, second = (new_daemon(settings, name=name).start() for name in ("one", "two"))
    page = first.admin("GET", "/api/webhooks?limit=1").json
    cursor = page["next_cursor"]
    assert [webhook["id"] for webhook in page["webhooks"]] == ["e0"]
    following = f"/api/webhooks?limit=1&cursor={cursor}"
    assert second.admin("GET", following).json["webhooks"][0]["id"] == "e1"
    first.kill9()
    first.start()
    assert first.admin("GET", following).json["webhooks"][0]["id"] == "e1"
    # As one makes it who has read the source: right in all but the key.
    scope = hmac.digest(b"", b"\0".join((b"/api/webhooks", b"", b"")), "sha256")
    position = b"e0"
    for bytes_ in (hmac.digest(scope, position, "sha256")[:16] + position,
                   hashlib.sha256(b"cursor\0/api/webhooks\0\0\0" + position).digest()[:12] + position):
        forged = base64.urlsafe_b64encode(bytes_).decode().rstrip("=")
        refused = first.admin("GET", f"/api/webhooks?limit=1&cursor={forged}")
        assert (refused.status, refused.json["code"]) == (422, "invalid_cursor"), refused.body
        assert "start again" in refused.json["detail"]


def test_a_test_is_sent_by_whichever_daemon_is_asked(receiver, new_daemon, new_redis):
    redis = new_redis().start()
    settings = webhooks(*(endpoint(receiver.url(f"/{n}"), id=f"e{n}") for n in range(8)), redis={"url": redis.url()})
    daemons = [new_daemon(settings, name=name).start() for name in ("one", "two")]
    for daemon in daemons:
        for number in range(8):
            sent = call(daemon, "POST", "/api/webhooks/test", {"webhook_id": f"e{number}"})
            assert sent.status == 202, sent.body
            shown = f"/api/deliveries/{sent.json['delivery_id']}"
            until(lambda: daemons[0].admin("GET", shown).json.get("status") == "delivered", "it is told on either daemon")
    assert {len(receiver.requests(f"/{number}")) for number in range(8)} == {2}


TOKENS = [{"name": "a", "token": "tenant-a-token-0001", "scopes": ["admin"], "tenant": "a"},
          {"name": "b", "token": "tenant-b-token-0001", "scopes": ["admin"], "tenant": "b"},
          {"name": "r", "token": "reader-token-000001", "scopes": ["read"]},
          {"name": "all", "token": "admin-token-0000001", "scopes": ["admin"]}]


def test_a_tenants_token_sees_and_changes_only_its_own(start_daemon):
    daemon = start_daemon(webhooks(access={"tokens": TOKENS}))
    of_a, of_b, reader, everything = (token["token"] for token in TOKENS)
    body = {"url": "https://example.org/hook", "events": ["a"]}
    made = call(daemon, "POST", "/api/webhooks", body, of_a)
    assert made.status == 201 and made.json["tenant"] == "a"
    id = made.json["id"]
    assert call(daemon, "GET", f"/api/webhooks/{id}", token=of_b).status == 404
    assert call(daemon, "DELETE", f"/api/webhooks/{id}", token=of_b).status == 404
    assert call(daemon, "POST", f"/api/webhooks/{id}/pause", token=of_b).status == 404
    assert call(daemon, "GET", "/api/webhooks", token=of_b).json["webhooks"] == []
    assert call(daemon, "POST", f"/api/webhooks/{id}/pause", token=reader).status == 403
    assert call(daemon, "GET", f"/api/webhooks/{id}", token=reader).status == 200
    assert call(daemon, "POST", "/api/webhooks", {**body, "allow_http": True}, of_a).status == 403
    assert call(daemon, "POST", "/api/webhooks", {**body, "allow_private_network": True}, of_a).status == 403
    assert call(daemon, "GET", "/api/webhooks").status == 401
    assert len(call(daemon, "GET", "/api/webhooks", token=everything).json["webhooks"]) == 1


def test_a_change_reaches_the_other_daemons_on_the_same_redis(receiver, new_daemon, new_redis):
    redis = new_redis().start()
    key = {"key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
    first, second = (new_daemon(webhooks(redis={"url": redis.url()}, encryption=key), name=name).start()
                     for name in ("one", "two"))
    made = make(first, receiver.url())
    until(lambda: second.admin("GET", f"/api/webhooks/{made['id']}").status == 200, "the other daemon knows it")
    assert second.accept({"type": "a", "data": 1})["deliveries"] == 1
    receiver.wait_for(1)


def test_status_tells_of_the_daemon_and_its_endpoints(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), endpoint(receiver.url(), id="off", enabled=False)))
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", outcome="delivered")
    shown = daemon.admin("GET", "/api/status")
    assert shown.status == 200
    text = json.dumps(shown.json)
    assert '"active": 1' in text and '"disabled": 1' in text, text
