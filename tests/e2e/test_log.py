"""The daemon's own log: its lines, its level and sampling, and who may change them when."""

import subprocess

from harness.behaviours import answer
from harness.daemon import BINARY
from harness.settings import endpoint, webhooks
from harness.waiting import LONG


def put(daemon, settings, token=None):
    return daemon.admin("PUT", "/api/log", token, body=settings, headers={"Content-Type": "application/json"})


def test_the_level_follows_the_file_the_api_and_the_command_line(receiver, start_daemon):
    settings = webhooks(endpoint(receiver.url()))
    daemon = start_daemon(settings)
    environment = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://{daemon.admin_address}"}

    def command(*arguments):
        done = subprocess.run([BINARY, "log-level", *arguments], capture_output=True, text=True, timeout=LONG, env=environment)
        return done.returncode, done.stdout, done.stderr

    def is_written(changes):
        """Whether lines of level info are. `changes`: how often the API changed the log before."""
        event = daemon.post({"type": "a", "tenant": "nobody", "data": 1}).json  # so that no answer is in doubt
        put(daemon, b'{"level": "error"}')  # the line of this comes behind that of the event
        daemon.wait_for("log changed until the next reload", count=changes + 1)
        return bool(daemon.matching("accepted", event_id=event["id"]))

    assert daemon.admin("GET", "/api/log").json == {"level": "info", "sampling": 1.0, "format": "json"}
    assert put(daemon, b'{"level": "warning"}').json["level"] == "warning"
    assert not is_written(changes=1)
    daemon.write_config({**settings, "log": {"level": "debug", "sampling": 0.5}})
    daemon.wait_for("configuration reloaded")
    assert daemon.admin("GET", "/api/log").json == {"level": "debug", "sampling": 0.5, "format": "json"}
    assert put(daemon, b'{"sampling": 1}').json == {"level": "debug", "sampling": 1.0, "format": "json"}
    assert is_written(changes=3)

    code, out, _ = command("info", "--sampling", "0.25")
    assert code == 0 and out.split() == ["level", "info", "sampling", "0.25", "format", "json"]
    assert command() == (0, out, "")
    code, _, error = command("loud")
    assert code == 2 and "loud" in error
    for body, field in ((b'{"level": "loud"}', "level"), (b'{"sampling": 1.5}', "sampling"), (b'{"sampling": "1"}', "sampling"),
                        (b'{"colour": 1}', "colour"), (b"{}", "")):
        refused = put(daemon, body)
        assert refused.status == 422 and [one["field"] for one in refused.json["errors"]] == [field]
    assert put(daemon, b"{").status == 400
    assert command() == (0, out, ""), "nothing was changed"


def test_what_the_command_line_says_goes_before_the_file(receiver, new_daemon):
    daemon = new_daemon({**webhooks(endpoint(receiver.url())), "log": {"level": "error", "format": "text"}})
    daemon.start("--log-level", "info")
    assert daemon.admin("GET", "/api/log").json == {"level": "info", "sampling": 1.0, "format": "json"}


def test_only_an_admin_of_all_tenants_sees_and_changes_the_log(receiver, start_daemon):
    tokens = {"reader": {"scopes": ["read"]}, "bound": {"scopes": ["admin"], "tenant": "one"}, "admin": {"scopes": ["admin"]}}
    daemon = start_daemon({**webhooks(endpoint(receiver.url())), "access": {"tokens": [
        {"name": name, "token": f"token-of-the-{name}", **rest} for name, rest in tokens.items()]}})
    for name, status in (("reader", 403), ("bound", 403), ("admin", 200)):
        assert daemon.admin("GET", "/api/log", f"token-of-the-{name}").status == status
        assert put(daemon, b'{"level": "info"}', f"token-of-the-{name}").status == status
    assert put(daemon, b'{"level": "info"}').status == 401
    daemon.wait_for("log changed until the next reload", by="admin")


def test_a_sample_has_all_lines_of_an_event_or_only_those_of_its_failures(receiver, start_daemon):
    receiver.script("/refusing", then=answer(404))
    daemon = start_daemon({**webhooks(endpoint(receiver.url(), "good", ["a"]), endpoint(receiver.url("/refusing"), "bad", ["a"])),
                           "log": {"sampling": 0.3}})
    ids = [f"event-{number}" for number in range(200)]
    assert daemon.post([{"type": "a", "id": id, "data": 1} for id in ids], path="/api/events/batch").status == 202
    daemon.attempts(len(ids), endpoint="bad", outcome="dead")
    daemon.wait_metric("webhook_deliveries_total", len(ids), endpoint="good", status="success")
    in_doubt = daemon.was_in_doubt()
    daemon.terminate()  # writes what is buffered

    def ids_of(message, **fields):
        lines = [line["event_id"] for line in daemon.matching(message, **fields)]
        assert len(lines) == len(set(lines)), "one line for each"
        return set(lines)
    accepted = ids_of("accepted")
    sampled = ids_of("attempt", outcome="delivered")
    assert accepted == sampled or in_doubt
    assert ids_of("attempt", outcome="dead") == set(ids)
    assert 30 <= len(sampled) <= 90
