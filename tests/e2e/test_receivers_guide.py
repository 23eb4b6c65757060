"""The receivers of docs/receivers.md, in five languages, get what a real daemon delivers."""

import base64
import hashlib
import hmac
import http.client
import time

import pytest

from harness import guides
from harness.settings import SECRET, endpoint, webhooks
from harness.waiting import LONG

pytestmark = pytest.mark.pages

PAGE = "docs/receivers.md"
NEWER = "whsec_" + "QUJD" * 10 + "QQ=="
STRANGER = "whsec_" + "QUJD" * 8
EVENTS = [b'{"type":"case.created","data":{"amount":1.50, "name":"Zo\\u00eb \xf0\x9f\x8e\x89"}}',
                 b'{"type":"case.closed","data":[1,2]}']


@pytest.fixture
def receivers(directory, closing):
    """All five; they know the older of the two secrets that the daemon signs with, as during a rotation."""
    started = {}
    for name, command in guides.write(PAGE, directory).items():
        folder = directory / name.partition(".")[2]
        folder.mkdir()
        closing.append(guides.Receiver(command, folder, SECRET))
        started[folder.name] = closing[-1]
    assert started.keys() == guides.LANGUAGES.keys()
    for receiver in started.values():
        receiver.wait_until_it_listens()
    return started


def post(receiver, secret=SECRET, id="id-1", body=b"{}", at=None, sent=None, signature="{} {}"):
    """Posts what nobody but a test would: signed as told, with `sent` in place of the signed body."""
    timestamp = str(int(time.time()) if at is None else at)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    own = base64.b64encode(hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", receiver.port, timeout=LONG)
    try:
        connection.request("POST", "/hooks", body if sent is None else sent, {
            "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": timestamp,
            "webhook-signature": signature.format(f"v1,{base64.b64encode(b'x' * 32).decode()}", f"v1,{own}")})
        return connection.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return "closed"  # what is too large need not be read to its end
    finally:
        connection.close()


def test_every_receiver_stores_each_event_once_and_refuses_what_is_forged_or_old(receivers, start_daemon):
    daemon = start_daemon(webhooks(*[
        endpoint(f"http://127.0.0.1:{receiver.port}/hooks", name, logging={"log_payloads": True},
                 authentication={"type": "standard_webhooks", "secrets": [{"secret": NEWER}, {"secret": SECRET}]})
        for name, receiver in receivers.items()]))
    ids = [daemon.accept(event)["id"] for event in EVENTS]
    for name in receivers:
        lines = daemon.attempts(len(ids), endpoint=name)
        assert {(line["outcome"], line["status"]) for line in lines} == {("delivered", 204)}, (name, lines)
    assert daemon.admin("POST", f"/api/events/{ids[0]}/redeliver", body="{}",
                        headers={"Content-Type": "application/json"}).json == {"deliveries": len(receivers)}
    for name, receiver in receivers.items():
        lines = daemon.attempts(len(ids) + 1, endpoint=name, outcome="delivered")
        assert lines[-1]["status"] == 204, "a repeat is answered like the first"
        stored = receiver.stored()
        assert len(stored) == 2, (name, "a repeat is stored once")
        assert any(b'"data":{"amount":1.50, "name":"Zo\\u00eb \xf0\x9f\x8e\x89"}}' in body for body in stored), name
        refuse_what_is_no_good(name, receiver)
        assert receiver.stored() == stored and receiver.leftovers() == [], name


def refuse_what_is_no_good(name, receiver):
    now = int(time.time())
    assert post(receiver, body=b'{"a":1}', sent=b'{"a":2}') == 401, (name, "a changed body")
    assert post(receiver, STRANGER) == 401, (name, "a foreign secret")
    assert post(receiver, at=now - 600) == 401, (name, "an old timestamp")
    assert post(receiver, at=now + 600) == 401, (name, "a timestamp of the future")
    assert post(receiver, at="soon") == 401 and post(receiver, at="9" * 400) == 401, (name, "no timestamp")
    assert post(receiver, signature="") == 401 and post(receiver, signature="v1, v1,? v2,x") == 401, (name, "no signature")
    assert post(receiver, id="") == 401, (name, "no id")
    assert post(receiver, body=b"x" * 1_100_000) in (413, "closed"), (name, "too much")

