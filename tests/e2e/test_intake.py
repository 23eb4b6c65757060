"""What intake takes, what it refuses, and how it says so."""

import json
import time

import pytest

from harness.settings import endpoint, webhooks
from harness.waiting import until


def is_problem(answer, status):
    """Errors are application/problem+json with a stable code."""
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem = answer.json
    assert problem["status"] == status
    assert problem["code"] and isinstance(problem["code"], str) and problem["title"]
    return problem


@pytest.fixture
def daemon(receiver, start_daemon):
    return start_daemon(webhooks(endpoint(receiver.url())))


# -- bad requests --------------------------------------------------------------------------------

NOT_JSON = {
    "empty": b"", "cut": b'{"type":"a"', "two values": b'{"type":"a","data":1}{}', "a BOM": b'\xef\xbb\xbf{"type":"a","data":1}',
    "bad UTF-8": b'{"type":"a","data":"\xff"}', "overlong UTF-8": b'{"type":"a","data":"\xc0\x80"}',
    "an encoded surrogate": b'{"type":"a","data":"\xed\xa0\x80"}', "a lone surrogate": b'{"type":"a","data":"\\ud800"}',
    "duplicate keys": b'{"type":"a","type":"b","data":1}', "depth 33": b'{"type":"a","data":' + b"[" * 32 + b"]" * 32 + b"}",
    "a control character": b'{"type":"a","data":"\x01"}', "NaN": b'{"type":"a","data":NaN}', "single quotes": b"{'type':'a'}",
    "a leading zero": b'{"type":"a","data":01}', "a trailing comma": b'{"type":"a","data":1,}', "a comment": b'{"type":"a","data":1/**/}',
    "a bad escape": b'{"type":"a","data":"\\x"}', "depth of a million": b'{"type":"a","data":' + b"[" * 200000 + b"}",
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_a_body_that_is_not_json_is_400(daemon, name):
    is_problem(daemon.post(NOT_JSON[name]), 400)


def test_depth_32_is_still_taken(daemon, receiver):
    daemon.accept(b'{"type":"a","data":' + b"[" * 31 + b"]" * 31 + b"}")
    receiver.wait_for(1)


def faults_of(problem):
    """What a problem says about the fields, without its own standard members."""
    return json.dumps({k: v for k, v in problem.items() if k not in ("type", "title", "status", "code")})


UNPROCESSABLE = {
    "type missing": ({"data": 1}, "type"), "type empty": ({"type": "", "data": 1}, "type"),
    "type with a space": ({"type": "a b", "data": 1}, "type"), "type no text": ({"type": 7, "data": 1}, "type"),
    "type too long": ({"type": "a" * 257, "data": 1}, "type"), "reserved type": ({"type": "postrider.test", "data": 1}, "type"),
    "data missing": ({"type": "a"}, "data"), "id empty": ({"type": "a", "data": 1, "id": ""}, "id"),
    "id with a dot": ({"type": "a", "data": 1, "id": "a.b"}, "id"), "id too long": ({"type": "a", "data": 1, "id": "a" * 257}, "id"),
    "id no text": ({"type": "a", "data": 1, "id": 5}, "id"), "timestamp": ({"type": "a", "data": 1, "timestamp": "yesterday"}, "timestamp"),
    "key empty": ({"type": "a", "data": 1, "key": ""}, "key"), "key too long": ({"type": "a", "data": 1, "key": "k" * 257}, "key"),
    "tenant": ({"type": "a", "data": 1, "tenant": "a/b"}, "tenant"), "unknown field": ({"type": "a", "data": 1, "dta": 1}, "dta"),
}


@pytest.mark.parametrize("name", UNPROCESSABLE)
def test_an_event_with_a_wrong_field_is_422_and_the_field_is_named(daemon, receiver, name):
    event, field = UNPROCESSABLE[name]
    problem = is_problem(daemon.post(event), 422)
    assert field in faults_of(problem)
    assert receiver.requests() == []


def test_every_wrong_field_is_named_at_once(daemon):
    problem = is_problem(daemon.post({"type": "a b", "id": "a.b", "odd": 1}), 422)
    assert all(field in faults_of(problem) for field in ("type", "data", "id", "odd"))


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null"])
def test_json_that_is_no_object_is_refused(daemon, body):
    answer = daemon.post(body)
    is_problem(answer, answer.status)
    assert answer.status in (400, 422)


@pytest.mark.parametrize("type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_another_content_type_or_none_is_415(daemon, type):
    is_problem(daemon.post({"type": "a", "data": 1}, headers={"Content-Type": type}), 415)


@pytest.mark.parametrize("type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_content_types_are_taken(daemon, type):
    assert daemon.post({"type": "a", "data": 1}, headers={"Content-Type": type}).status == 202


def test_unknown_paths_are_404_and_other_methods_405(daemon):
    client = daemon.client()
    is_problem(client.get("/api/nothing"), 404)
    answer = client.get("/api/events")
    is_problem(answer, 405)
    assert "POST" in answer.headers["allow"]


def test_a_body_over_the_limit_is_413_before_it_is_read(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"max_body_bytes": 1000}))
    with daemon.raw() as raw:  # the length alone is enough
        raw.send(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1001\r\n\r\n")
        is_problem(raw.read_response(), 413)
        assert raw.is_closed_by_peer()
    fitting = b'{"type":"a","data":"' + b"x" * (1000 - 22) + b'"}'
    assert len(fitting) == 1000
    assert daemon.post(fitting).status == 202


def test_a_chunked_body_over_the_limit_is_413(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"max_body_bytes": 1000}))
    with daemon.raw() as raw:
        raw.send(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001)
        is_problem(raw.read_response(), 413)


def test_a_request_line_over_8_kib_is_414_and_headers_over_16_kib_are_431(daemon):
    with daemon.raw() as raw:
        raw.send(b"POST /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        is_problem(raw.read_response(), 414)
    with daemon.raw() as raw:
        raw.send(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 17000 + b"\r\n\r\n")
        is_problem(raw.read_response(), 431)
    with daemon.raw() as raw:
        raw.send(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 80 + b"\r\n")
        is_problem(raw.read_response(), 431)


def test_a_client_too_slow_for_its_headers_or_body_is_408(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"header_seconds": 0.3, "body_seconds": 0.3}))
    for begun in (b"POST /api/events HT", b"POST /api/events HTTP/1.1\r\nHost: localhost\r\n"
                  b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"):
        with daemon.raw() as raw:
            raw.send(begun)
            assert raw.read_response().status == 408
            assert raw.is_closed_by_peer()


def test_an_idle_connection_is_closed(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"idle_seconds": 0.3}))
    with daemon.raw() as raw:
        assert raw.is_closed_by_peer() and raw.buffer == b""


def test_a_connection_too_many_is_answered_503(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"max_connections": 4}))
    connections = [daemon.raw() for _ in range(4)]
    try:
        for connection in connections:  # an answer shows that the connection was taken; this one asks nobody else
            connection.send(b"GET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.read_response().status == 404
        with daemon.raw() as fifth:
            assert fifth.read_response().status == 503
            assert fifth.is_closed_by_peer()
    finally:
        for connection in connections:
            connection.socket.close()


HEAD = b"POST /api/events HTTP/1.1\r\n"
JSON = b"Content-Type: application/json\r\n"
EVENT = b'{"type":"a","data":1}'
SIZE = b"Content-Length: %d\r\n" % len(EVENT)
FRAMING = {
    "two lengths": HEAD + b"Host: localhost\r\n" + JSON + SIZE + SIZE + b"\r\n" + EVENT,
    "length and chunked": HEAD + b"Host: localhost\r\n" + JSON + SIZE + b"Transfer-Encoding: chunked\r\n\r\n" + EVENT,
    "odd transfer encoding": HEAD + b"Host: localhost\r\n" + JSON + b"Transfer-Encoding: xchunked\r\n\r\n" + EVENT,
    "chunked, identity": HEAD + b"Host: localhost\r\n" + JSON + b"Transfer-Encoding: chunked, identity\r\n\r\n" + EVENT,
    "padded length": HEAD + b"Host: localhost\r\n" + JSON + b"Content-Length: 0%d\r\n\r\n" % len(EVENT) + EVENT,
    "signed length": HEAD + b"Host: localhost\r\n" + JSON + b"Content-Length: +%d\r\n\r\n" % len(EVENT) + EVENT,
    "no host": HEAD + JSON + SIZE + b"\r\n" + EVENT,
    "two hosts": HEAD + b"Host: localhost\r\nHost: localhost\r\n" + JSON + SIZE + b"\r\n" + EVENT,
    "empty host": HEAD + b"Host:\r\n" + JSON + SIZE + b"\r\n" + EVENT,
    "folded header": HEAD + b"Host: localhost\r\nX: a\r\n b\r\n" + JSON + SIZE + b"\r\n" + EVENT,
    "space before colon": HEAD + b"Host: localhost\r\nX : a\r\n" + JSON + SIZE + b"\r\n" + EVENT,
    "bare LF": HEAD + b"Host: localhost\r\nX: a\n" + JSON + SIZE + b"\r\n" + EVENT,
    "NUL": HEAD + b"Host: localhost\r\nX: a\0b\r\n" + JSON + SIZE + b"\r\n" + EVENT,
    "bad chunk": HEAD + b"Host: localhost\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n" + EVENT,
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n",
}


@pytest.mark.parametrize("name", FRAMING)
def test_a_framing_fault_is_400_and_closes_the_connection(daemon, receiver, name):
    smuggled = HEAD + b"Host: localhost\r\n" + JSON + SIZE + b"\r\n" + EVENT
    with daemon.raw() as raw:
        raw.send(FRAMING[name] + smuggled)
        assert raw.read_response().status == 400
        assert raw.is_closed_by_peer() and raw.buffer == b""
    daemon.accept({"type": "after", "data": 1})
    receiver.wait_for(1)
    assert len(receiver.requests()) == 1


# -- connections ---------------------------------------------------------------------------------

def request(data, extra=b""):
    body = b'{"type":"a","data":%s}' % data
    return HEAD + b"Host: localhost\r\n" + JSON + extra + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_a_connection_is_kept_alive_and_pipelined_requests_are_answered_in_order(daemon, receiver):
    answers = []

    def story(raw):
        raw.send(b"".join(request(b"%d" % number) for number in range(20)))
        answers[:] = [raw.read_response() for _ in range(20)]
        raw.send(request(b"20"))
        answers.append(raw.read_response())
        return next((answer for answer in answers if answer.is_in_doubt), answers[-1])
    daemon.tell(story)
    ids = [answer.json["id"] for answer in answers]
    requests = {id: receiver.wait_for(1, id=id)[0] for id in ids}
    assert [json.loads(requests[id].body)["data"] for id in ids] == list(range(21))


def test_a_request_that_comes_byte_by_byte_is_taken(daemon, receiver):
    def story(raw):
        for byte in request(b"1"):
            raw.send(bytes([byte]))
        return raw.read_response()
    assert daemon.tell(story).status == 202
    receiver.wait_for(1)


def test_connection_close_is_obeyed(daemon):
    def story(raw):
        raw.send(request(b"1", b"Connection: close\r\n"))
        answer = raw.read_response()
        assert raw.is_closed_by_peer()
        return answer
    assert daemon.tell(story).status == 202


def test_expect_100_continue_is_answered_before_the_body_is_sent(daemon, receiver):
    whole = request(b'"later"', b"Expect: 100-continue\r\n")
    head, body = whole.split(b"\r\n\r\n", 1)

    def story(raw):
        raw.send(head + b"\r\n\r\n")
        assert raw.read_response().status == 100
        raw.send(body)
        return raw.read_response()
    assert daemon.tell(story).status == 202
    receiver.wait_for(1)


def test_a_refused_request_that_expects_100_continue_gets_its_refusal_at_once(daemon):
    with daemon.raw() as raw:
        raw.send(HEAD + b"Host: localhost\r\nContent-Type: text/plain\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert raw.read_response().status == 415


def test_a_chunked_body_is_taken(daemon, receiver):
    def story(raw):
        raw.send(HEAD + b"Host: localhost\r\n" + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
                 b'8\r\n{"type":\r\n7;x=y\r\n"a","da\r\n6\r\nta":1}\r\n0\r\n\r\n')
        return raw.read_response()
    assert daemon.tell(story).status == 202
    assert receiver.wait_for(1)[0].body.endswith(b'"data":1}')


# -- idempotency ---------------------------------------------------------------------------------

def test_the_same_event_with_the_same_id_is_a_duplicate_and_delivered_once(daemon, receiver):
    event = {"type": "a", "id": "order-1", "data": {"n": 1}}
    first = daemon.accept(event)
    assert "duplicate" not in first or daemon.was_in_doubt()
    for _ in range(3):
        again = daemon.accept(event)
        assert (again["id"], again["duplicate"], again["deliveries"]) == ("order-1", True, first["deliveries"])
    counted = until(lambda: (count := daemon.metrics().sum("webhook_duplicate_events_total")) >= 3 and count, "three duplicates")
    assert counted == 3 or daemon.was_in_doubt()
    daemon.accept({"type": "last", "data": 1})
    receiver.wait_for(2)
    daemon.attempts(2, outcome="delivered")
    assert len(receiver.requests(id="order-1")) == 1


@pytest.mark.parametrize("change", [{"type": "b"}, {"data": {"n": 2}}, {"key": "k"}, {"timestamp": "2026-01-31T12:00:00.000Z"}])
def test_the_same_id_with_other_content_is_409_and_changes_nothing(daemon, receiver, change):
    event = {"type": "a", "id": "order-1", "data": {"n": 1}}
    daemon.accept(event)
    is_problem(daemon.post({**event, **change}), 409)
    assert daemon.accept(event)["duplicate"] is True
    daemon.attempts(1, outcome="delivered")
    assert len(receiver.requests()) == 1


def test_other_bytes_of_data_are_other_content(daemon):
    assert daemon.post(b'{"type":"a","id":"x","data":{"n":1}}').status == 202
    is_problem(daemon.post(b'{"type":"a","id":"x","data":{"n":1.0}}'), 409)
    is_problem(daemon.post(b'{"type":"a","id":"x","data":{"n": 1}}'), 409)


def test_an_idempotency_key_makes_a_repeated_request_a_duplicate(daemon, receiver):
    event = {"type": "a", "data": {"n": 1}}
    first = daemon.accept(event, headers={"Idempotency-Key": "key 1/"})
    again = daemon.accept(event, headers={"Idempotency-Key": "key 1/"})
    assert again["id"] == first["id"] and again["duplicate"] is True
    assert daemon.accept(event, headers={"Idempotency-Key": "key 2"})["id"] != first["id"]
    is_problem(daemon.post({"type": "b", "data": 1}, headers={"Idempotency-Key": "key 1/"}), 409)


def test_an_idempotency_key_is_the_tenants_own(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    ids = {daemon.accept({"type": "a", "data": 1, "tenant": tenant}, headers={"Idempotency-Key": "k"})["id"]
           for tenant in ("one", "two")}
    assert len(ids) == 2


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\there"])
def test_an_idempotency_key_out_of_range_is_422(daemon, key):
    is_problem(daemon.post({"type": "a", "data": 1}, headers={"Idempotency-Key": key}), 422)


def test_events_without_id_are_never_duplicates(daemon, receiver):
    def taken():
        return until(lambda: (got := daemon.post({"type": "a", "data": 1})).status == 202 and got, "it is taken").json["id"]
    ids = {taken() for _ in range(3)}
    assert len(ids) == 3 and all(id.startswith("evt_") for id in ids)
    receiver.wait_for(3)


def test_idempotency_survives_a_restart(daemon, receiver):
    event = {"type": "a", "id": "order-1", "data": {"n": 1}}
    daemon.accept(event)
    daemon.attempts(1, outcome="delivered")
    daemon.kill9()
    daemon.start()
    assert daemon.accept(event)["duplicate"] is True
    is_problem(daemon.post({**event, "data": 2}), 409)
    assert len(receiver.requests()) == 1


def test_a_deduplication_window_ends(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"dedup_window_seconds": 1}))
    event = {"type": "a", "id": "order-1", "data": 1}
    begun = time.monotonic()
    daemon.accept(event)
    until(lambda: "duplicate" not in daemon.accept(event), "the window ends", pause=0.1)
    assert time.monotonic() - begun > 0.99
    receiver.wait_for(2, id="order-1")


# -- batches -------------------------------------------------------------------------------------

def batch(daemon, body, type="application/json", **headers):
    return daemon.post(body, path="/api/events/batch", headers={"Content-Type": type, **headers})


def test_a_batch_that_is_accepted_whole_is_202_with_a_result_for_each_event_in_order(daemon, receiver):
    events = [{"type": "a", "id": f"e{n}", "data": {"n": n}} for n in range(200)]
    answer = batch(daemon, json.dumps(events).encode())
    assert answer.status == 202
    results = answer.json["results"]
    assert [(r["status"], r["id"], r["deliveries"]) for r in results] == [(202, f"e{n}", 1) for n in range(200)]
    requests = receiver.wait_for(200)
    assert {r.id: json.loads(r.body)["data"]["n"] for r in requests} == {f"e{n}": n for n in range(200)}


def test_a_mixed_batch_is_207_and_a_bad_event_hurts_no_other(daemon, receiver):
    daemon.accept({"type": "a", "id": "old", "data": 1})
    answer = batch(daemon, json.dumps([
        {"type": "a", "id": "new", "data": 1}, {"type": "a b", "data": 1}, {"type": "a", "id": "old", "data": 1},
        {"type": "a", "id": "old", "data": 2}, "no object", {"type": "a", "id": "new", "data": 1}]).encode())
    assert answer.status == 207
    results = answer.json["results"]
    assert [r["status"] for r in results[:4]] == [202, 422, 202, 409]
    assert results[4]["status"] in (400, 422)
    assert results[5]["status"] == 202 and results[5]["duplicate"] is True
    assert results[2]["duplicate"] is True
    assert all(results[n]["error"]["code"] for n in (1, 3, 4))
    receiver.wait_for(2)
    daemon.accept({"type": "last", "data": 1})
    receiver.wait_for(3)
    assert len(receiver.requests(id="new")) == len(receiver.requests(id="old")) == 1


def test_ndjson_is_a_batch_and_keeps_the_bytes_of_data(daemon, receiver):
    body = b'{"type":"a","id":"x","data":{"n":  1.0}}\n{"type":"a","id":"y","data":[1 ,2]}\r\n{"type": bad}\n{"type":"a","id":"z","data":1}'
    answer = batch(daemon, body, "application/x-ndjson")
    assert answer.status == 207
    assert [r["status"] for r in answer.json["results"]] == [202, 202, 400, 202]
    requests = {r.id: r.body for r in receiver.wait_for(3)}
    assert requests["x"].endswith(b'"data":{"n":  1.0}}') and requests["y"].endswith(b'"data":[1 ,2]}')


def test_a_batch_keeps_the_bytes_of_data(daemon, receiver):
    answer = batch(daemon, b'[ {"data" : { "a":1e2 ,"b":"\\u0041"} ,"type":"a","id":"x"} ,\n {"type":"a","id":"y","data":[1 ,2]} ]')
    assert answer.status == 202
    requests = {r.id: r.body for r in receiver.wait_for(2)}
    assert requests["x"].endswith(b'"data":{ "a":1e2 ,"b":"\\u0041"}}') and requests["y"].endswith(b'"data":[1 ,2]}')


def test_a_batch_over_its_limits_is_413(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), limits={"max_batch_events": 3, "max_batch_bytes": 2000}))
    event = b'{"type":"a","data":1}'
    assert batch(daemon, b"[" + b",".join([event] * 3) + b"]").status == 202
    is_problem(batch(daemon, b"[" + b",".join([event] * 4) + b"]"), 413)
    is_problem(batch(daemon, b"\n".join([event] * 4), "application/x-ndjson"), 413)
    is_problem(batch(daemon, b'[{"type":"a","data":"' + b"x" * 2000 + b'"}]'), 413)


def test_a_batch_that_is_no_array_or_not_json_is_refused_whole(daemon, receiver):
    for body in (b'{"type":"a","data":1}', b"[", b'[{"type":"a","data":1},]', b""):
        answer = batch(daemon, body)
        assert answer.status in (400, 422), body
        is_problem(answer, answer.status)
    assert receiver.requests() == []


def test_an_idempotency_key_on_a_batch_is_422(daemon):
    is_problem(batch(daemon, b'[{"type":"a","data":1}]', **{"Idempotency-Key": "k"}), 422)


# -- tokens --------------------------------------------------------------------------------------

TOKENS = [{"name": "shop", "token": "token-of-the-shop", "scopes": ["ingest"]},
          {"name": "eyes", "token": "token-of-the-eyes", "scopes": ["read"]},
          {"name": "boss", "token": "token-of-the-boss", "scopes": ["admin"]},
          {"name": "acme", "token": "token-of-acme-only", "scopes": ["ingest"], "tenant": "acme"}]


@pytest.fixture
def guarded(receiver, start_daemon):
    return start_daemon(webhooks(endpoint(receiver.url()), endpoint(receiver.url("/acme"), "acme", tenant="acme"),
                                 access={"tokens": TOKENS}))


def test_events_need_a_token_with_the_scope_ingest(guarded, receiver):
    event = {"type": "a", "data": 1}
    missing, wrong = guarded.post(event), guarded.post(event, token="token-of-the-shoq")
    is_problem(missing, 401)
    is_problem(wrong, 401)
    assert missing.json["code"] == wrong.json["code"] and "www-authenticate" in missing.headers
    is_problem(guarded.post(event, token="token-of-the-eyes"), 403)
    assert guarded.post(event, token="token-of-the-shop").status == 202
    assert guarded.post(event, token="token-of-the-boss").status == 202
    receiver.wait_for(2)
    assert guarded.metrics("token-of-the-eyes").sum("webhook_auth_failures_total") >= 2


@pytest.mark.parametrize("value", ["Basic dG9rZW4=", "Bearer", "Bearer ", "token-of-the-shop", "Bearer  x y"])
def test_a_malformed_authorization_is_401(guarded, value):
    is_problem(guarded.post({"type": "a", "data": 1}, headers={"Authorization": value}), 401)


def test_a_tenants_token_posts_for_its_tenant_only(guarded, receiver):
    token = "token-of-acme-only"
    assert guarded.accept({"type": "a", "data": 1}, token=token)["deliveries"] == 1
    assert guarded.accept({"type": "a", "data": 1, "tenant": "acme"}, token=token)["deliveries"] == 1
    is_problem(guarded.post({"type": "a", "data": 1, "tenant": "other"}, token=token), 403)
    receiver.wait_for(2, "/acme")
    assert {r.path for r in receiver.requests()} == {"/acme"}
    mixed = guarded.post([{"type": "a", "data": 1}, {"type": "a", "data": 1, "tenant": "other"}], token=token,
                         path="/api/events/batch")
    assert mixed.status == 207 and [r["status"] for r in mixed.json["results"]] == [202, 403]


def test_metrics_need_read_and_reload_needs_admin(guarded):
    for token, status in ((None, 401), ("token-of-the-shop", 403), ("token-of-the-eyes", 200), ("token-of-the-boss", 200)):
        assert guarded.admin("GET", "/metrics", token).status == status, token
    for token, status in ((None, 401), ("token-of-the-shop", 403), ("token-of-the-eyes", 403), ("token-of-the-boss", 200)):
        assert guarded.admin("POST", "/api/config/reload", token).status == status, token
    for path in ("/health", "/ready", "/openapi.json"):
        assert guarded.admin("GET", path).status == 200


def test_open_metrics_need_no_token(start_daemon):
    daemon = start_daemon({"access": {"open_metrics": True, "tokens": TOKENS}})
    assert daemon.admin("GET", "/metrics").status == 200


def test_without_tokens_a_foreign_host_or_origin_is_403(daemon):
    client = daemon.client()
    event = {"type": "a", "data": 1}
    is_problem(client.post(event, headers={"Host": "evil.example.com"}), 403)
    is_problem(client.post(event, headers={"Origin": "https://evil.example.com"}), 403)
    for host in ("localhost", "127.0.0.1:1", "[::1]:80"):
        assert client.post(event, headers={"Host": host}).status == 202
