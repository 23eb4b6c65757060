"""Who changed what: the audit trail over the API, signals, files and the command line."""

import json
import signal

from harness.settings import endpoint, webhooks
from harness.waiting import until
from test_admin_commands import Commands
from test_management import call

TOKENS = [{"name": "ops", "token": "token-of-operations", "scopes": ["admin"]},
          {"name": "eye", "token": "token-that-only-reads", "scopes": ["read"]},
          {"name": "acme", "token": "token-of-the-tenant", "scopes": ["admin"], "tenant": "acme"}]
OPS, EYE, ACME = (token["token"] for token in TOKENS)


def changes(daemon, query=""):
    answer = call(daemon, "GET", "/api/audit" + query, token=OPS)
    assert answer.status == 200, answer.body
    return answer.json["changes"]


def wait_changes(daemon, query, count):
    until(lambda: len(changes(daemon, query)) == count, f"{count} changes {query}")
    return changes(daemon, query)


def test_every_way_of_changing_something_is_recorded(receiver, start_daemon):
    first = webhooks(endpoint(receiver.url("/a"), "first"), endpoint(receiver.url("/b"), "second"),
                     access={"tokens": TOKENS})
    daemon = start_daemon(first)
    made = call(daemon, "POST", "/api/webhooks", {"url": "https://x.example.org/?k=planted", "events": ["**"]},
                token=OPS, **{"X-Request-Id": "r-1"}).json
    call(daemon, "POST", "/api/webhooks/first/pause", token=OPS)
    assert call(daemon, "POST", "/api/webhooks/first/resume", token=EYE).status == 403
    record, = changes(daemon, "?action=endpoint.created")
    assert (record["target"], record["actor"], record["remote"], record["request_id"]) == \
        (made["id"], "ops", "127.0.0.1", "r-1")
    assert record["after"]["url"] == "https://x.example.org/?***"
    line = daemon.wait_for("change", action="endpoint.created")
    assert (line["target"], line["actor"], line["remote"]) == (made["id"], "ops", "127.0.0.1")

    second = webhooks(endpoint(receiver.url("/a"), "first", concurrency=3), endpoint(receiver.url("/c"), "third"),
                      access={"tokens": TOKENS[:2] + [{**TOKENS[2], "token": "another-of-the-tenant"}]},
                      audit={"max_records": 500})
    daemon.write_config(second)
    record, = wait_changes(daemon, "?action=config.reloaded", 1)
    assert (record["actor"], record["via"]) == ("file", "file")
    assert record["after"] == {"endpoints": {"added": ["third"], "changed": ["first"], "removed": ["second"]},
                               "tokens": {"changed": ["acme"]}, "sections": ["access", "audit"]}
    daemon.signal(signal.SIGHUP)
    assert wait_changes(daemon, "?action=config.reloaded", 2)[0]["actor"] == "signal"
    assert call(daemon, "POST", "/api/config/reload", token=OPS).status == 200
    record = wait_changes(daemon, "?action=config", 3)[0]
    assert (record["actor"], record["via"], record["after"]) == ("ops", "api", {})
    daemon.write_config({**second, "colour": "red"})
    daemon.wait_for("configuration rejected")
    daemon.write_config(second)
    daemon.wait_for("configuration reloaded", count=4)
    assert len(changes(daemon, "?action=config")) == 3, "what says what it said is no change"

    commands = Commands(daemon, OPS)
    assert [row["action"] for row in commands.json("changes", "--target", "first")["changes"]] == ["endpoint.paused"]
    table = commands.out("changes", "--limit", "2")
    assert table.splitlines()[0].split() == ["WHEN", "WHO", "FROM", "ACTION", "TARGET", "TENANT", "AFTER", "BEFORE"]
    assert len(table.splitlines()) == 3
    assert Commands(daemon, EYE)("changes")[0] == 1
    assert "planted" not in json.dumps(commands.json("changes"))


def test_the_trail_survives_a_kill_and_a_tenants_token_sees_nothing_of_it(receiver, start_daemon):
    daemon = start_daemon(webhooks(access={"tokens": TOKENS}))
    given = call(daemon, "POST", "/api/webhooks", {"url": receiver.url(), "events": ["**"], "allow_http": True,
                                                   "allow_private_network": True}, token=OPS)
    assert given.status == 201
    before = changes(daemon)
    daemon.kill9()
    daemon.start()
    assert changes(daemon) == before
    assert call(daemon, "GET", "/api/audit", token=ACME).status == 403
