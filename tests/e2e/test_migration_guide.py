"""What docs/migration.md promises to receivers: the secret and the id that they know."""

import json
import subprocess

import pytest

from harness import guides, process
from harness.settings import SECRET
from harness.signatures import check_standard
from harness.waiting import LONG

pytestmark = pytest.mark.pages

TOKEN = "t0ken-of-an-operator"


def test_imported_endpoints_sign_with_their_old_secret_and_carry_the_old_id(receiver, start_daemon, directory):
    command, = guides.write("docs/migration.md", directory).values()
    daemon = start_daemon({"access": {"tokens": [{"name": "operator", "token": TOKEN, "scopes": ["admin"]}]}})
    lines = [{"tenant": "acme", "url": receiver.url("/acme"), "events": ["invoice.*"], "secret": SECRET,
              "allow_http": True, "allow_private_network": True},
             {"url": receiver.url("/other"), "events": ["**"], "allow_http": True, "allow_private_network": True,
              "authentication": {"type": "hmac_sha256", "secret": "any old text", "header": "X-Hub-Signature-256"}}]
    environment = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://{daemon.admin_address}", "POSTRIDER_TOKEN": TOKEN}
    running = process.start(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, error = running.communicate("\n".join(map(json.dumps, lines)).encode(), timeout=LONG)
    assert running.returncode == 0, error.decode()
    made = [line.split() for line in out.decode().splitlines()]
    assert [(tenant, url) for _, tenant, url in made] == [("acme", receiver.url("/acme")), ("default", receiver.url("/other"))]

    old_id = "msg_2b5jXN8AQM9LWM0D4loKWxJek"
    for tenant in ("acme", "default"):
        answer = daemon.post({"type": "invoice.paid", "id": old_id, "tenant": tenant, "data": {"n": 1}}, token=TOKEN)
        assert answer.json == {"id": old_id, "deliveries": 1}
    assert receiver.requests() == [], "they are paused"
    for id, _, _ in made:
        assert daemon.admin("POST", f"/api/webhooks/{id}/resume", TOKEN).status == 200
    request, = receiver.wait_for(1, "/acme")
    check_standard(request, SECRET)
    assert request.id == old_id
    other, = receiver.wait_for(1, "/other")
    assert other.header("X-Hub-Signature-256").startswith("sha256=")
