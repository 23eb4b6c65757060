"""YAML and a POST become signed deliveries, to the byte."""

import json
import re
import time

import pytest

from harness.behaviours import answer
from harness.settings import SECRET, endpoint, retries, webhooks
from harness.signatures import check_standard
from harness.waiting import until

DATA = [
    b'{"amount": 1.50, "big": 123456789012345678901234567890, "exp": 1E+2, "neg": -0.0}',
    b'{ "spaces" :\t[ 1 ,2,  3 ] , "order": {"z": 1, "a": 2} }',
    '{"raw": "äöü – 漢字 🎉", "escaped": "\\u00e4\\ud83c\\udf89", "slash": "a\\/b", "nul": "\\u0000"}'.encode(),
    b'{"same": 1, "same": 2, "empty": {}, "list": [[], [null, true, false]]}',
    b'"text"', b"3.1400", b"null", b"[]", b"{}", b"1e400",
    b'{"long": "' + b"x" * 200_000 + b'"}',
]


def test_yaml_and_a_post_become_a_signed_delivery_over_https_with_an_own_authority(
        authority, new_receiver, start_daemon):
    receiver = new_receiver(tls=authority.server_context())
    daemon = start_daemon(f"""
listen: {{ingest: "127.0.0.1:0", admin: "127.0.0.1:0"}}
webhooks:
  - id: partner                 # a comment
    url: {receiver.url("/api/webhooks/receive")}
    events: [case.created, "invoice.*"]
    authentication: {{type: standard_webhooks, secret: "${{PARTNER_SECRET}}"}}
    timeout: {{connect_seconds: 10, read_seconds: 30}}
    tls: {{ca_file: {authority.certificate}}}
    allow_private_network: true
""", env={"PARTNER_SECRET": SECRET})
    answered = daemon.post(b'{"type":"case.created","data":{"case": 7}}')
    assert answered.status == 202
    assert answered.headers["content-type"] == "application/json"
    assert answered.json["deliveries"] == 1

    request, = receiver.wait_for(1, id=answered.json["id"])
    assert (request.method, request.path, request.version) == ("POST", "/api/webhooks/receive", "HTTP/1.1")
    assert request.tls["version"] in ("TLSv1.2", "TLSv1.3")
    check_standard(request, SECRET)
    line = daemon.wait_for("attempt", outcome="delivered", event_id=request.id)
    assert (line["endpoint"], line["tenant"], line["event_id"], line["event_type"], line["attempt"], line["status"]) \
        == ("partner", "default", request.id, "case.created", 1, 204)


def test_the_body_is_the_envelope_of_the_contract_and_its_data_is_what_was_posted_to_the_byte(
        receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    client = daemon.client()
    for data in DATA:
        posted = client.post(b'{ "data" : %s , "type":"a.b" }' % data)
        assert posted.status == 202, (data[:80], posted.body)
        id = posted.json["id"]
        request = receiver.wait_for(1, id=id)[0]
        shape = rb'\{"id":"%s","type":"a.b","timestamp":"([^"]+)","data":(.*)\}' % id.encode()
        timestamp, received = re.fullmatch(shape, request.body, re.DOTALL).groups()
        assert received == data
        assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", timestamp)
        check_standard(request, SECRET)


def test_every_request_has_the_headers_of_the_contract(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url("/p?q=1"), headers={"X-Own": "value", "x-other": "a b"})))
    id = daemon.accept({"type": "a", "data": {}})["id"]
    request, = receiver.wait_for(1)
    assert request.path == "/p?q=1"
    assert request.header("Host") == f"127.0.0.1:{receiver.port}"
    assert request.header("Content-Type") == "application/json"
    assert re.fullmatch(r"Postrider/\d+\.\d+\.\d+\S*", request.header("User-Agent"))
    assert request.header("Accept-Encoding") == "identity"
    assert request.header("Content-Length") == str(len(request.body))
    assert request.header("webhook-id") == id
    assert request.header("postrider-attempt") == "1"
    assert (request.header("X-Own"), request.header("x-other")) == ("value", "a b")
    assert request.header("traceparent") is None
    assert request.header("Transfer-Encoding") is None


def test_each_attempt_is_a_span_of_its_own_in_the_trace_that_the_event_came_with(receiver, start_daemon):
    receiver.script("/hook", answer(503), then=answer(204))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.05), logging={"log_payloads": True})))
    trace_id, parent_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    event = daemon.accept({"type": "a", "data": {}}, headers={"traceparent": f"00-{trace_id}-{parent_id}-01"})
    sent = [request.header("traceparent") for request in receiver.wait_for(2)]
    spans = [re.fullmatch(f"00-{trace_id}-([0-9a-f]{{16}})-01", one).group(1) for one in sent]
    assert len({*spans, parent_id}) == 3, "a span of its own each, and none is the sender's"

    lines = daemon.attempts(2, event_id=event["id"])
    assert [(line["trace_id"], line["span_id"]) for line in lines] == [(trace_id, span) for span in spans]
    if not daemon.was_in_doubt():
        accepted = daemon.wait_for("accepted", event_id=event["id"])
        assert (accepted["trace_id"], accepted["parent_id"], accepted["deliveries"]) == (trace_id, parent_id, 1)
    delivery, = until(lambda: daemon.admin("GET", "/api/webhooks/hook/deliveries?status=delivered").json["deliveries"], "its record")
    made = daemon.admin("GET", f"/api/deliveries/{delivery['id']}").json["attempts_made"]
    assert [(one["trace_id"], one["span_id"]) for one in made] == [(trace_id, span) for span in spans]
    assert [one["request_headers"]["traceparent"] for one in made] == sent

    plain = daemon.accept({"type": "a", "data": {}})
    assert receiver.wait_for(1, id=plain["id"])[0].header("traceparent") is None
    assert "trace_id" not in daemon.attempts(1, event_id=plain["id"])[0]


def test_the_clients_id_and_timestamp_are_kept(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    answered = daemon.accept({"type": "a", "id": "Order-17_b", "timestamp": "2026-01-31T12:00:00.000Z", "data": 1})
    assert answered["id"] == "Order-17_b"
    request, = receiver.wait_for(1)
    assert request.id == "Order-17_b"
    assert json.loads(request.body)["timestamp"] == "2026-01-31T12:00:00.000Z"


def test_an_event_reaches_every_endpoint_whose_patterns_match_and_no_other(receiver, start_daemon):
    patterns = {"exact": ["case.created"], "star": ["case.*"], "deep": ["case.**"], "all": ["**"],
                "middle": ["*.note.added"], "two": ["user.x", "case.closed"]}
    daemon = start_daemon(webhooks(*(endpoint(receiver.url(f"/{id}"), id, events) for id, events in patterns.items())))
    expected = {
        "case.created": {"exact", "star", "deep", "all"},
        "case.closed": {"star", "deep", "all", "two"},
        "case.note.added": {"deep", "all", "middle"},
        "invoice.paid": {"all"},
    }
    ids = {}
    for type, endpoints in expected.items():
        answered = daemon.accept({"type": type, "data": {}})
        assert answered["deliveries"] == len(endpoints)
        ids[type] = answered["id"]
    total = sum(map(len, expected.values()))
    receiver.wait_for(total)
    daemon.attempts(total, outcome="delivered")
    for type, endpoints in expected.items():
        requests = receiver.requests(id=ids[type])
        assert {r.path[1:] for r in requests} == endpoints and len(requests) == len(endpoints)
        assert len({r.body for r in requests}) == 1


def test_an_event_reaches_only_endpoints_of_its_own_tenant(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url("/a"), "a", tenant="acme"),
                                   endpoint(receiver.url("/b"), "b", tenant="other"),
                                   endpoint(receiver.url("/d"), "d")))
    for tenant, path in (("acme", "/a"), ("other", "/b"), ("default", "/d"), (None, "/d")):
        event = {"type": "x", "data": {}, **({"tenant": tenant} if tenant else {})}
        answered = daemon.accept(event)
        assert answered["deliveries"] == 1
        assert [r.path for r in receiver.wait_for(1, id=answered["id"])] == [path]
    assert daemon.accept({"type": "x", "data": {}, "tenant": "nobody"})["deliveries"] == 0


def test_the_same_id_in_two_tenants_is_two_events(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url("/a"), "a", tenant="a"),
                                   endpoint(receiver.url("/b"), "b", tenant="b")))
    for tenant in "ab":
        answered = daemon.accept({"type": "x", "id": "same", "data": tenant, "tenant": tenant})
        assert "duplicate" not in answered or daemon.was_in_doubt()
    receiver.wait_for(1, "/a")
    receiver.wait_for(1, "/b")


def test_an_event_that_no_endpoint_wants_is_accepted_with_no_deliveries_and_counted(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), events=["only.this"])))
    assert daemon.post({"type": "other", "data": {}}).json["deliveries"] == 0
    daemon.wait_metric("webhook_events_total", 1, event_type="other", result="unmatched")
    daemon.accept({"type": "only.this", "data": {}})
    receiver.wait_for(1)
    if not daemon.was_in_doubt():
        daemon.wait_metric("webhook_events_total", 1, event_type="only.this", result="accepted")
    assert len(receiver.requests()) == 1


def test_a_daemon_without_a_configuration_file_takes_events_and_has_no_endpoints(new_daemon, closing):
    daemon = new_daemon({})
    daemon.start()
    assert daemon.accept({"type": "a", "data": {}})["deliveries"] == 0


def test_a_kept_alive_connection_carries_many_deliveries(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=1)))
    for number in range(20):
        daemon.accept({"type": "a", "data": number})
    requests = receiver.wait_for(20)
    assert {r.connection for r in requests} == {1}


def test_tls_connections_are_kept_alive_and_the_servers_name_is_sent(authority, new_receiver, start_daemon):
    receiver = new_receiver(tls=authority.server_context())
    daemon = start_daemon(webhooks(endpoint(receiver.url(host="localhost"), concurrency=1,
                                            tls={"ca_file": str(authority.certificate)})))
    for number in range(5):
        daemon.accept({"type": "a", "data": number})
    requests = receiver.wait_for(5)
    assert {r.connection for r in requests} == {1}
    assert {r.tls["sni"] for r in requests} == {"localhost"}
    assert requests[0].header("Host") == f"localhost:{receiver.port}"


def test_a_delivery_that_fails_twice_is_the_same_event_at_every_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(503), answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.1, 0.1))))
    id = daemon.accept({"type": "a", "data": {"n": 1.0}})["id"]
    requests = receiver.wait_for(3)
    assert {r.id for r in requests} == {id}
    assert len({r.body for r in requests}) == 1
    assert [r.header("postrider-attempt") for r in requests] == ["1", "2", "3"]
    for request in requests:
        check_standard(request, SECRET)


def test_the_timestamp_header_is_that_of_the_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(500))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(2.1))))
    before = int(time.time())
    daemon.accept({"type": "a", "data": {}})
    first, second = (int(r.header("webhook-timestamp")) for r in receiver.wait_for(2))
    assert before <= first and first + 2 <= second <= time.time()


@pytest.mark.parametrize("listener", ["ingest", "admin"])
def test_events_are_taken_on_both_listeners(receiver, start_daemon, listener):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    client = daemon.client(listener=listener)
    assert client.post({"type": "a", "data": {}}).status == 202
    assert client.post(b'[{"type":"a","data":{}}]', path="/api/events/batch").status == 202
    receiver.wait_for(2)


def test_the_ingest_listener_has_no_admin_route(start_daemon):
    daemon = start_daemon({})
    client = daemon.client()
    for path in ("/metrics", "/health", "/ready", "/openapi.json", "/", "/api/status"):
        assert client.get(path).status == 404, path
    assert client.request("POST", "/api/config/reload").status == 404


def test_a_tls_session_is_resumed_on_a_new_connection(authority, new_receiver, start_daemon):
    receiver = new_receiver(tls=authority.server_context())
    receiver.script("/hook", then=answer(204, [("Connection", "close")]))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), concurrency=1, tls={"ca_file": str(authority.certificate)})))
    for number in range(4):
        daemon.accept({"type": "a", "data": number})
    requests = receiver.wait_for(4)
    assert len({r.connection for r in requests}) == 4
    assert not requests[0].tls["reused"] and requests[-1].tls["reused"]
