"""Secrets are planted wherever one may stand, everything happens that may, and then they are searched for in all that
leaves the daemon: its log, metrics, answers, errors, commands, Redis, files and command lines."""

import base64
import json
import os
import subprocess
import urllib.parse
from pathlib import Path

import pytest

from harness.behaviours import answer
from harness.canaries import Canaries, memory_of
from harness.daemon import BINARY
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until
from test_admin_commands import Commands
from test_management import JSON, call

ONCE = {"retry": retries(0.05), "circuit_breaker": {"enabled": False}}
# What readers are shown, each where it belongs; that it stands nowhere else is searched for.
QUERIES = ("query", "api_query", "failing_query", "gone_query", "dead_query")
RESPONSES = ("response",)
BODIES = ("body0", "body1", "body2")


def shown_by(path):
    if path in ("/api/webhooks", "/api/webhooks/{id}"):
        return QUERIES
    if path.endswith("/export"):
        return RESPONSES + BODIES
    return RESPONSES if path.startswith(("/api/dead-letters", "/api/deliveries")) else ()


@pytest.fixture
def planted():
    return Canaries()


def test_the_search_finds_a_secret_in_every_encoding(planted):
    text, data = planted.plant("text"), planted.plant_bytes("data")
    planted.search("nothing", "nothing")
    for form in (text, text[::-1], base64.b64encode(f"x{text}yy".encode()), base64.b64encode(f"xy{text}".encode()),
                 text.encode().hex().upper(), data, data.hex(), base64.urlsafe_b64encode(b"zz" + data + b"q"),
                 json.dumps(data.decode("latin-1")), urllib.parse.quote_from_bytes(data)):
        with pytest.raises(AssertionError):
            planted.search("here", form)


def plant_endpoints(planted, receiver, directory, authority):
    """One for each form of authentication; each is sent to."""
    def with_auth(id, **authentication):
        return endpoint(receiver.url("/" + id), id, authentication=authentication, **ONCE)
    certificate, key = authority.issue("client", "client")
    planted.planted["tls_key"] = "".join(key.read_text().splitlines()[1:3])
    seed = base64.b64encode(planted.plant_bytes("whsk")).decode()
    whsec = base64.b64encode(planted.plant_bytes("whsec")).decode()
    (directory / "hmac").write_text(planted.plant("hmac"))
    return [
        endpoint(receiver.url(f"/good?key={planted.plant('query')}"), "good", secret="whsec_" + whsec, **ONCE,
                 headers={"X-Auth-Token": planted.plant("header")},
                 tls={"client_cert_file": str(certificate), "client_key_file": str(key)}),
        endpoint(receiver.url("/kept"), "kept", ["kept.*"], logging={"log_payloads": True, "log_responses": True},
                 authentication=[{"type": "bearer", "token": planted.plant("kept_bearer")},
                                 {"type": "api_key", "header": "X-Kept", "key": planted.plant("kept_key")}], **ONCE),
        with_auth("ed25519", type="standard_webhooks", secret="whsk_" + seed),
        with_auth("hmac", type="hmac_sha256", secret=f"file:{directory}/hmac", header="X-Signature-256"),
        with_auth("bearer", type="bearer", token=planted.plant("bearer"), header="Authorization"),
        with_auth("basic", type="basic", username="somebody", password=planted.plant("basic")),
        with_auth("api_key", type="api_key", header="X-Api-Key", key="${PLANTED_KEY}"),
        endpoint(receiver.url(f"/failing?t={planted.plant('failing_query')}"), "failing", secret="whsec_" + whsec, **ONCE),
        endpoint(receiver.url(f"/gone?t={planted.plant('gone_query')}"), "gone", ["kept.*"], secret="whsec_" + whsec, **ONCE),
        endpoint(f"https://127.0.0.1:1/?t={planted.plant('dead_query')}", "nobody", secret="whsec_" + whsec, **ONCE),
    ]


def configuration(planted, receiver, redis, directory, authority):
    (directory / "token").write_text(planted.plant("admin_token"))
    encryption_key, previous = planted.plant_bytes("encryption_key"), planted.plant_bytes("previous_key")
    planted.planted["key_text"] = base64.b64encode(encryption_key).decode()
    return webhooks(
        *plant_endpoints(planted, receiver, directory, authority),
        redis={"url": f"redis://:{planted.planted['redis_password']}@127.0.0.1:{redis.port}"},
        encryption={"key": planted.planted["key_text"], "previous_keys": [previous.hex()]},
        access={"tokens": [{"name": "boss", "token": f"file:{directory}/token", "scopes": ["admin"]},
                           {"name": "reader", "token": planted.plant("read_token"), "scopes": ["read"]}]})


def search_memory(planted, daemon, but):
    try:
        for part in memory_of(daemon.pid):
            planted.search("memory", part, but)
    except PermissionError:
        assert os.geteuid() != 0


def api_failures(daemon, planted, token):
    """Each is refused, and repeats nothing of what it was given."""
    bad = [("POST", "/api/webhooks", {"url": f"https://u:{planted.plant('userinfo')}@h.example.org/", "events": ["a"]}),
           ("POST", "/api/webhooks", {"url": "https://h.example.org/", "secret": "whsec_" + planted.plant("bad_secret") + "!"}),
           ("POST", "/api/webhooks", {"url": "https://h.example.org/", "sekret": planted.plant("unknown_field")}),
           ("POST", "/api/webhooks", {"url": 7, "events": 7, "authentication": {"type": "bearer", "tokn": planted.plant("bad_auth")}}),
           ("POST", "/api/webhooks/good/rotate-secret", {"secret": planted.plant("rotated_in_file")}),
           ("POST", "/api/webhooks/test", {"webhook_id": {"secret": planted.plant("bad_test")}}),
           ("GET", "/api/webhooks?secret=" + planted.plant("bad_query"), None),
           ("POST", "/api/webhooks", None)]
    for method, path, body in bad:
        said = call(daemon, method, path, body, token)
        assert 400 <= said.status < 500, said
        planted.search(f"the answer to {method} {path.partition('?')[0]}", said.body)
    raw = daemon.admin("POST", "/api/webhooks", token, body=b'{"secret": "' + planted.plant("not_json").encode(), headers=JSON)
    planted.search("the answer to what is no JSON", raw.body)
    for wrong in (f"Bearer {planted.plant('wrong_token')}", f"Basic {planted.plant('wrong_scheme')}"):
        said = call(daemon, "GET", "/api/status", **{"Authorization": wrong})
        assert said.status == 401
        planted.search("a 401", said.body)


def stored_endpoint(daemon, planted, receiver, token):
    """Made, changed and rotated by the API, with a secret in each; gives its id."""
    made = call(daemon, "POST", "/api/webhooks", {
        "url": receiver.url(f"/api?t={planted.plant('api_query')}"), "events": ["**"], "allow_http": True, "allow_private_network": True,
        "headers": {"Authorization-Of-Ours": planted.plant("api_header")},
        "authentication": {"type": "api_key", "header": "X-K", "key": planted.plant("api_key_by_api")}}, token)
    assert made.status == 201, made.body
    id = made.json["id"]
    secret = "whsec_" + base64.b64encode(planted.plant_bytes("patched")).decode()
    assert call(daemon, "PATCH", f"/api/webhooks/{id}", {"authentication": None, "secret": secret}, token).status == 200
    rotated = call(daemon, "POST", f"/api/webhooks/{id}/rotate-secret", {}, token).json["secret"]
    planted.planted["rotated"] = base64.b64decode(rotated.removeprefix("whsec_"))
    return id


def every_answer(daemon, token):
    """All that can be read: each GET of the description, with an id of each kind."""
    def first(path, name, member="id"):
        return call(daemon, "GET", path, token=token).json[name][0][member]
    ids = {"/api/webhooks/{id}": "good", "/api/webhooks/{id}/deliveries": "kept", "/api/events/{id}": "kept-1", "/api/events/{id}/export": "kept-1",
           "/api/deliveries/{id}": first("/api/webhooks/kept/deliveries", "deliveries"),
           "/api/dead-letters/{id}": first("/api/dead-letters", "dead_letters"), "/api/jobs/{id}": first("/api/jobs", "jobs")}
    paths = call(daemon, "GET", "/openapi.json").json["paths"]
    for path in [path for path, methods in paths.items() if "get" in methods] + ["/"]:
        said = call(daemon, "GET", path.replace("{id}", ids.get(path, "")).replace("{tenant}", "default"), token=token)
        assert said.status == 200, (path, said.status, said.body)
        yield path, said.body


@pytest.mark.unsanitized
def test_no_planted_secret_gets_out(planted, receiver, new_redis, new_daemon, directory, authority):
    redis = new_redis("--requirepass", planted.plant("redis_password"), "--rdbcompression", "no")
    redis.cli_options = ["-a", planted.planted["redis_password"]]
    redis.start()
    settings = configuration(planted, receiver, redis, directory, authority)
    receiver.script(f"/failing?t={planted.planted['failing_query']}", then=answer(400, body=planted.plant("response").encode()))
    receiver.script(f"/gone?t={planted.planted['gone_query']}", then=answer(410))
    daemon = new_daemon(settings, env={"PLANTED_KEY": planted.plant("key_in_environment")}).start("--log-level", "debug")
    token = planted.planted["admin_token"]
    # Of tokens only digests are kept, and of keys their bytes. The other secrets are in use.
    search_memory(planted, daemon, [name for name in planted.planted if name not in ("admin_token", "read_token", "key_text")])

    for number in range(3):
        daemon.accept({"type": "a.b", "id": f"e-{number}", "data": planted.plant(f"body{number}")}, token=token)
    daemon.accept({"type": "kept.a", "id": "kept-1", "data": "shown"}, token=token)
    made = stored_endpoint(daemon, planted, receiver, token)
    daemon.accept({"type": "a.b", "id": "e-3", "data": 1}, token=token)
    until(lambda: daemon.metrics(token).sum("webhook_dead_letters_total") >= 11, "what fails is dead")
    until(lambda: daemon.metrics(token).sum("webhook_queue_depth") == 0, "nothing waits")
    api_failures(daemon, planted, token)
    call(daemon, "POST", "/api/webhooks/test", {"webhook_id": made}, token)
    assert call(daemon, "POST", "/api/dead-letters/replay", {"webhook_id": "nobody"}, token).status == 202
    for name, text in (("rejected.yaml", json.dumps({**settings, "colour": planted.plant("unknown_value")})),
                       ("rejected.yaml", f"webhooks: [{{id: a, url: 'https://u:{planted.plant('file_userinfo')}@h.org/', "
                                         f"secret: whsec_{planted.plant('file_secret')}!}}]\n"),
                       ("rejected.yaml", f"access: {{tokens: [{{name: a, token: {planted.plant('short', 8)}}}]}}\nsecret: {planted.plant('odd')}\n"),
                       ("rejected.yaml", f"encryption: {{key: {planted.plant('bad_key')}}}\nredis: {{url: 'redis://:{planted.plant('bad_url')}@@x:y'}}\n")):
        faulty = directory / name
        faulty.write_text(text)
        checked = subprocess.run([BINARY, "check", faulty], capture_output=True, env=daemon.env)
        assert checked.returncode == 2
        planted.search("check", checked.stdout + checked.stderr)
        daemon.config_file.write_text(text)
        said = call(daemon, "POST", "/api/config/reload", token=token)
        assert said.status == 422
        planted.search("a rejected reload", said.body)
        planted.search("the status", call(daemon, "GET", "/api/status", token=token).body)
    daemon.write_config({**settings, "limits": {"idle_seconds": 20}})
    daemon.wait_for("configuration reloaded")

    for path, body in every_answer(daemon, token):
        planted.search(path, body, shown_by(path))
    for command in (["status"], ["audit"], ["changes"], ["deliveries", "kept"], ["dead-letters", "list"]):
        for form in ([], ["--json"]):
            shown = RESPONSES if command[0] == "dead-letters" else ()
            planted.search(str(command), "".join(map(str, Commands(daemon, token)(*command, *form))), shown)
    planted.search("the process's command line", Path(f"/proc/{daemon.pid}/cmdline").read_bytes())
    assert redis.cli("CONFIG", "SET", "appendonly", "no").strip() == "OK"
    assert redis.cli("SAVE").strip() == "OK"
    dump = (redis.directory / "dump.rdb").read_bytes()
    # Dead letters keep their body until they are purged, and a disablement the url it was for.
    planted.search("Redis", dump, BODIES + RESPONSES)
    assert b'"url":"sha256:' in dump and planted.planted["body0"].encode() in dump
    daemon.terminate()
    planted.search("the log", "\n".join([json.dumps(line) for line in daemon.lines] + daemon.noise))
    assert daemon.matching("attempt") and daemon.matching("configuration rejected")


def test_the_state_directory_has_no_secret_in_plain(planted, receiver, start_daemon, directory):
    proxy = f"http://courier:{planted.plant('proxy_password')}@127.0.0.1:1"
    daemon = start_daemon(webhooks(egress={"proxy": proxy}))
    made = stored_endpoint(daemon, planted, receiver, None)
    child, = daemon.embedded_redis()
    planted.search("the command line of Redis", Path(f"/proc/{child}/cmdline").read_bytes())
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_for("attempt", endpoint=made)
    for path in ("/api/status", f"/api/webhooks/{made}/deliveries", "/metrics", "/api/audit"):
        planted.search(path, call(daemon, "GET", path).body)
    daemon.terminate()
    planted.search("the log", "\n".join([json.dumps(line) for line in daemon.lines] + daemon.noise))
    files = [file for file in daemon.state_directory.rglob("*") if file.is_file()]
    assert any("appendonly" in file.name for file in files)
    key = (daemon.state_directory / "encryption.key").read_bytes()
    planted.planted["own_key"] = key
    for file in files:
        if file.name != "encryption.key":
            planted.search(file.name, file.read_bytes())


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes somebody else")
@pytest.mark.unsanitized
def test_no_other_process_of_the_user_may_look_into_the_daemon(new_daemon, directory):
    daemon = new_daemon(webhooks())
    for path in (directory, daemon.directory):
        path.chmod(0o777)
    nobody = directory / "as-nobody"
    nobody.write_text(f'#!/bin/sh\nexec setpriv --reuid 65534 --regid 65534 --clear-groups -- {BINARY} "$@"\n')
    nobody.chmod(0o755)
    daemon.binary = nobody
    daemon.start()
    limits = Path(f"/proc/{daemon.pid}/limits").read_text()
    assert [line.split()[4:6] for line in limits.splitlines() if line.startswith("Max core")] == [["0", "0"]]
    assert "\nUid:\t65534\t65534" in Path(f"/proc/{daemon.pid}/status").read_text()
    assert os.stat(f"/proc/{daemon.pid}/environ").st_uid == 0, "the kernel's mark of what cannot be looked into"
