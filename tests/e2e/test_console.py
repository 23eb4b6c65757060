"""The console: its files and their headers, and its views and actions in a real browser."""

import json
import re
import threading

import pytest

from harness.behaviours import answer
from harness.console import run_scenario
from harness.daemon import ROOT
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

TOKEN = "console-admin-token-0001"
TOKENS = [{"name": "op", "token": TOKEN, "scopes": ["admin"]},
          {"name": "reader", "token": "console-reader-token-01", "scopes": ["read"]},
          {"name": "tenant", "token": "console-tenant-token-01", "scopes": ["admin"], "tenant": "a"}]
MARKUP = "<script>globalThis.owned = 1</script><img src=x onerror='globalThis.owned = 1'>"
REFUSAL = json.dumps({"error": "field `amount` is missing", "see": MARKUP}).encode()
FILES = sorted(file for file in (ROOT / "console").rglob("*") if file.is_file())


@pytest.fixture
def open_daemon(start_daemon):
    return start_daemon({})


@pytest.fixture
def busy_daemon(receiver, start_daemon):
    """With an endpoint that is well, one whose circuit is open, one that refuses everything, and a reload that failed."""
    receiver.script("/billing", then=answer(500))
    receiver.script("/crm", then=answer(400, [("X-Why", MARKUP)], REFUSAL))
    config = webhooks(
        endpoint(receiver.url("/orders"), id="orders", description="Order service"),
        endpoint(receiver.url("/billing"), id="billing", description=MARKUP, retry=retries(3600)),
        endpoint(receiver.url("/crm"), id="crm", events=["case.*", "old"]), endpoint(receiver.url("/archive"), id="archive", enabled=False, events=["old"]),
        access={"tokens": TOKENS}, defaults={"logging": {"log_payloads": True, "log_responses": True}})
    daemon = start_daemon(config)
    for number in (1, 2, 3):
        data = b'{"amount": 1.50, "note": %s}' % json.dumps(MARKUP).encode()
        event = b'{"id": "ev-%d", "type": "case.created", "data": %s}' % (number, data)
        assert daemon.post(event, token=TOKEN).status == 202
    for number in range(10):
        daemon.accept({"id": f"more-{number}", "type": "old", "data": number}, token=TOKEN)
    until(lambda: "billing" in str(status(daemon)["circuits"]), "the circuit is open")
    until(lambda: status(daemon)["webhooks"]["dead_letters"] == 13, "the refused deliveries are dead")
    purge = daemon.admin("POST", "/api/dead-letters/purge", TOKEN, body=b'{"event_type": "old"}', headers={"Content-Type": "application/json"})
    assert purge.status == 202
    until(lambda: status(daemon)["webhooks"]["dead_letters"] == 3, "three dead letters are left")
    daemon.write_config({**config, "colour": 1})
    daemon.wait_for("configuration rejected")
    return daemon


def status(daemon):
    return daemon.admin("GET", "/api/status", TOKEN).json


@pytest.fixture
def traffic(busy_daemon):
    """A few deliveries a second for the charts, until the test ends."""
    ended = threading.Event()

    def post():
        client = busy_daemon.client(TOKEN)
        number = 0
        while not ended.wait(0.25):
            number += 1
            client.post({"id": f"live-{number}", "type": "live", "data": number})
        client.close()
    thread = threading.Thread(target=post)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_every_file_is_served_to_anyone_as_it_is_and_bound_to_this_origin(start_daemon):
    daemon = start_daemon(webhooks(access={"tokens": TOKENS}))
    types = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
    for file in FILES:
        name = file.relative_to(ROOT / "console")
        got = daemon.admin("GET", f"/console/{name}")
        assert got.status == 200 and got.body == file.read_bytes(), name
        assert got.headers["content-type"].startswith(types[file.suffix]), name
        assert got.headers["x-content-type-options"] == "nosniff" and got.headers["x-frame-options"] == "DENY"
        assert got.headers["referrer-policy"] == "no-referrer" and got.headers["cross-origin-opener-policy"] == "same-origin"
        policy = got.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "trusted-types 'none'" in policy
        assert not re.search(r"unsafe|\*|http|data:|blob:", policy), policy
    page = daemon.admin("GET", "/")
    assert page.status == 200 and page.body == (ROOT / "console/index.html").read_bytes()
    assert page.headers["content-security-policy"] == policy


def test_nothing_is_loaded_from_elsewhere_and_nothing_is_inline():
    for file in FILES:
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"(https?:)?//[a-z]", text.replace("http://www.w3.org/2000/svg", ""), re.I), file
        assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\b|new Function|srcdoc", text), file
    page = (ROOT / "console/index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_what_is_no_file_of_the_console_is_not_there(open_daemon):
    for path in ("/console/", "/console/nothing.js", "/console/views", "/console/views/nothing.js", "/console/..%2fpostrider.yaml",
                 "/console/views/%2e%2e", "/index.html"):
        assert open_daemon.admin("GET", path).status == 404, path
    assert open_daemon.admin("POST", "/").status == 405
    head = open_daemon.admin("HEAD", "/")
    assert head.status == 200 and head.body == b"" and int(head.headers["content-length"]) > 0


def test_an_operator_sees_and_does_everything(receiver, busy_daemon, traffic):
    made = busy_daemon.admin("POST", "/api/webhooks", TOKEN, headers={"Content-Type": "application/json"}, body=json.dumps(
        {"url": receiver.url("/made"), "events": ["made"], "allow_http": True, "allow_private_network": True}).encode())
    assert made.status == 201, made.body
    run_scenario("operate", busy_daemon, TOKEN, made=made.json["id"])
    assert len([request for request in receiver.requests("/orders") if request.header("webhook-id") == "ev-1"]) == 2, "redelivered"
    assert len([request for request in receiver.requests("/crm") if request.header("webhook-id") == "ev-1"]) == 2, "replayed"


def test_all_of_it_works_with_the_keyboard(busy_daemon):
    run_scenario("keyboard", busy_daemon, TOKEN)


def test_nothing_that_the_api_says_becomes_markup(busy_daemon):
    run_scenario("hostile", busy_daemon, TOKEN)


def test_it_fits_a_phone_in_light_and_dark(busy_daemon):
    run_scenario("layout", busy_daemon, TOKEN)


def test_visitors_see_what_is_theirs(receiver, new_daemon, open_daemon):
    endpoints = (endpoint(receiver.url(), id="of-tenant", tenant="a"), endpoint(receiver.url(), id="of-all"))
    daemon = new_daemon(webhooks(*endpoints, access={"tokens": TOKENS}), name="tenants").start()
    run_scenario("visitors", daemon, tenant=TOKENS[2]["token"], reader=TOKENS[1]["token"], open=f"http://{open_daemon.admin_address}")
