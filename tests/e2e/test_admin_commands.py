"""The admin API from a terminal: status, endpoints, deliveries, dead-letters, pause, resume."""

import fcntl
import json
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import termios

import pytest

from harness import process
from harness.behaviours import answer
from harness.daemon import BINARY, ROOT
from harness.settings import endpoint, retries, webhooks
from harness.waiting import LONG, until

HOSTILE = b"\x1b[2J\x1b]0;owned\x07 no"


class Commands:
    """Runs client commands against one daemon."""

    def __init__(self, daemon, token=None):
        self.environment = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://{daemon.admin_address}"}
        if token:
            self.environment["POSTRIDER_TOKEN"] = token

    def __call__(self, *arguments, input=b""):
        done = subprocess.run([BINARY, *map(str, arguments)], input=input, capture_output=True, timeout=LONG,
                              env=self.environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def out(self, *arguments):
        code, out, error = self(*arguments)
        assert code == 0, error
        return out

    def json(self, *arguments):
        return json.loads(self.out(*arguments, "--json"))

    def on_terminal(self, *arguments, answer=b"", columns=80):
        """With a terminal on all three streams; gives the exit code and all that was drawn."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        running = process.start([BINARY, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
                                env=self.environment)
        os.close(theirs)
        if answer:
            os.write(ours, answer)
        drawn = b""
        while select.select([ours], [], [], LONG)[0]:
            try:
                drawn += os.read(ours, 65536)
            except OSError:  # the last one on the other side has closed
                break
        os.close(ours)
        return running.wait(LONG), drawn.decode()


@pytest.fixture
def failing(receiver, start_daemon):
    """A daemon whose endpoint refuses for good, with 5 dead letters of type `a` and 3 of `b`."""
    receiver.script("/hook", then=answer(400, body=HOSTILE))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), logging={"log_responses": True},
                                            auto_disable={"enabled": False})))
    for number in range(8):
        daemon.accept({"type": "a" if number < 5 else "b", "id": f"event-{number}", "data": number})
    daemon.wait_metric("webhook_dead_letters_total", 8, endpoint="hook")
    commands = Commands(daemon)
    until(lambda: len(commands.json("dead-letters", "list")["dead_letters"]) == 8, "the dead letters are stored")
    return daemon, commands


def test_status_shows_the_daemon_its_store_and_what_waits(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    commands = Commands(daemon)
    daemon.accept({"type": "a", "data": 1})
    daemon.attempts(1, outcome="delivered")
    until(lambda: "1 delivered" in commands.out("status"), "the delivery is counted")
    text = commands.out("status")
    assert re.search(r"^daemon +Postrider 0\.", text, re.M) and re.search(r"^endpoints +1: 1 active", text, re.M)
    assert "1 accepted" in text and "MEMBER" in text
    assert commands.json("status")["webhooks"]["total"] == 1


def test_watch_shows_the_status_again_and_again_also_of_a_daemon_that_is_away(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    watching = process.start([BINARY, "status", "--watch", "--every", "0.1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=Commands(daemon).environment)
    seen = []

    def see(what):
        for line in watching.stdout:
            seen.append(line.decode())
            if re.match(what, seen[-1]):
                return
        raise AssertionError("".join(seen))
    for _ in range(2):
        see(r"--- 20\d\d-")
        see(r"endpoints +1: 1 active")
    daemon.kill9()
    see(r"away for \d+ s: ")
    see(r"away for [1-9]\d* s: ")
    assert "\x1b" not in "".join(seen), "it is no terminal"
    watching.send_signal(signal.SIGINT)
    assert watching.wait(LONG) == 0 and watching.stderr.read() == b""


def test_watch_is_ended_by_what_waiting_does_not_mend(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), access={"tokens": [
        {"name": "a", "token": "token-of-the-admin", "scopes": ["admin"]}]}))
    code, _, error = Commands(daemon)("status", "--watch")
    assert code == 1 and "POSTRIDER_TOKEN" in error
    code, _, error = Commands(daemon)("status", "--watch", "--json")
    assert code == 2 and len(error.splitlines()) == 1
    assert Commands(daemon)("status", "--every", "3")[0] == 2


def test_colours_and_drawing_over_are_for_terminals_that_know_them(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url())))
    commands = Commands(daemon)
    assert commands.out("pause", "hook")
    for terminal, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                               ({"TERM": "xterm", "NO_COLOR": ""}, True), ({"TERM": "dumb"}, False), ({}, False)):
        commands.environment = {**Commands(daemon).environment, **terminal}
        code, drawn = commands.on_terminal("endpoints", columns=120)
        assert code == 0 and ("\x1b[33mpaused\x1b[0m" in drawn) == coloured, (terminal, drawn)
        assert coloured or "\x1b" not in drawn
    commands.environment = {**Commands(daemon).environment, "TERM": "xterm"}
    assert "\x1b" not in commands.out("endpoints")

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 6, 100, 0, 0))
    watching = process.start([BINARY, "status", "--watch", "--every", "0.1"], stdin=theirs, stdout=theirs, stderr=theirs,
                             env=commands.environment)
    os.close(theirs)
    drawn = b""
    while drawn.count(b"\x1b[H") < 4:
        drawn += os.read(ours, 65536)
    watching.send_signal(signal.SIGINT)
    assert watching.wait(LONG) == 0
    os.close(ours)
    picture = drawn.split(b"\x1b[H")[2]
    assert picture.endswith(b"\x1b[J") and b"every 0.1 s; Ctrl-C ends" in picture
    assert picture.count(b"\n") == 5, "as much as the screen has rows, and no scrolling"


def test_endpoints_lists_states_and_queues(receiver, start_daemon):
    daemon = start_daemon(webhooks(endpoint(receiver.url()), endpoint(receiver.url("/two"), id="two", events=["b"])))
    commands = Commands(daemon)
    assert commands.out("pause", "two") == "two is paused\n"
    for number in range(3):
        daemon.accept({"type": "b", "data": number})
    rows = {line.split()[0]: line.split() for line in commands.out("endpoints").splitlines()[1:]}
    assert rows["hook"][1:3] == ["active", "closed"] and rows["two"][1] == "paused" and rows["two"][3] == "3"
    assert [row["id"] for row in commands.json("endpoints", "--state", "paused")["webhooks"]] == ["two"]
    assert commands.out("endpoints", "--state", "disabled") == "No endpoint is in that state\n"
    assert commands.out("resume", "two") == "two is active\n"
    daemon.attempts(3, outcome="delivered")


def test_json_has_all_pages_as_one(receiver, start_daemon):
    names = [f"endpoint-{number:03}" for number in range(260)]
    daemon = start_daemon(webhooks(*(endpoint(receiver.url(), id=name) for name in names)))
    found = Commands(daemon).json("endpoints")
    assert [row["id"] for row in found["webhooks"]] == names and set(found) == {"webhooks"}


def test_deliveries_are_listed_filtered_and_shown_with_each_attempt(receiver, start_daemon):
    receiver.script("/hook", answer(503, body=HOSTILE), then=answer(200))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), retry=retries(0.05), logging={"log_responses": True})))
    commands = Commands(daemon)
    daemon.accept({"type": "case.created", "id": "event-1", "data": 1})
    daemon.attempts(1, outcome="delivered")
    row = until(lambda: commands.json("deliveries", "hook", "--status", "delivered")["deliveries"], "the delivery")[0]
    table = commands.out("deliveries", "hook").splitlines()
    assert table[0].split()[:3] == ["DELIVERY", "STATUS", "SENDS"] and table[1].split()[:4] == [
        row["id"], "delivered", "2", "200"]
    assert commands.out("deliveries", "hook", "--status", "dead") == "No delivery\n"
    assert commands.out("deliveries", "hook", "--type", "other") == "No delivery\n"
    assert commands.out("deliveries", "hook", "--after", "2100-01-01T00:00:00Z") == "No delivery\n"
    story = commands.out("deliveries", "--id", row["id"])
    assert "attempt 1" in story and "503" in story and "attempt 2" in story and "> webhook-id: event-1" in story
    assert "\x1b" not in story and "\\x1b[2J" in story, "what a receiver wrote steers no terminal"
    assert len(commands.json("deliveries", "--id", row["id"])["attempts_made"]) == 2


def test_limit_cuts_a_list_and_says_so(failing):
    _, commands = failing
    code, out, error = commands("deliveries", "hook", "--limit", "3")
    assert code == 0 and len(out.splitlines()) == 4 and "more than these 3" in error


def test_dead_letters_are_listed_and_shown(failing):
    _, commands = failing
    rows = commands.json("dead-letters", "list", "--type", "b")["dead_letters"]
    assert len(rows) == 3
    shown = commands.out("dead-letters", "show", rows[0]["id"])
    assert re.search(r"^reason +terminal_status$", shown, re.M) and "\x1b" not in shown
    assert commands.json("dead-letters", "show", rows[0]["id"])["event_id"] == rows[0]["event_id"]
    assert commands.json("dead-letters", "list", "--endpoint", "hook", "--reason", "expired")["dead_letters"] == []


def test_replay_delivers_what_was_chosen_and_waits_for_the_end(failing, receiver):
    daemon, commands = failing
    receiver.script("/hook", then=answer(200))
    out = commands.out("dead-letters", "replay", "--type", "b")
    assert re.fullmatch(r"replay job_\S+: done, 3 dead letters, 0 of them skipped\n", out)
    daemon.attempts(3, outcome="delivered")
    assert len(commands.json("dead-letters", "list")["dead_letters"]) == 5
    one = commands.json("dead-letters", "list")["dead_letters"][0]["id"]
    assert commands.json("dead-letters", "replay", one)["job"]["done"] == 1
    job = commands.out("dead-letters", "replay", "--all", "--no-wait").strip()
    assert "4 dead letters" in commands.out("dead-letters", "follow", job)


def test_purge_asks_first_and_shows_its_progress_on_a_terminal(failing):
    _, commands = failing
    code, drawn = commands.on_terminal("dead-letters", "purge", "--all", answer=b"n\n")
    assert code == 1 and "Go on? [y/N]" in drawn and "nothing was removed" in drawn
    assert len(commands.json("dead-letters", "list")["dead_letters"]) == 8
    code, drawn = commands.on_terminal("dead-letters", "purge", "--type", "b", answer=b"y\n")
    assert code == 0 and "3 dead letters" in drawn
    code, _, error = commands("dead-letters", "purge", "--all")
    assert code == 2 and "--yes" in error
    assert "5 dead letters" in commands.out("dead-letters", "purge", "--all", "--yes")
    assert commands.out("dead-letters", "list") == "No dead letter\n"


@pytest.fixture
def many_letters(receiver, start_daemon):
    receiver.script("/hook", then=answer(400))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), auto_disable={"enabled": False})))
    for first in range(0, 2000, 500):
        daemon.accept_all({"type": "a", "id": f"e{number}", "data": number} for number in range(first, first + 500))
    daemon.wait_metric("webhook_dead_letters_total", 2000, endpoint="hook")
    until(lambda: Commands(daemon).json("status")["webhooks"]["dead_letters"] == 2000, "all are stored")
    return daemon


def test_a_bar_is_drawn_while_a_job_runs(many_letters):
    code, drawn = Commands(many_letters).on_terminal("dead-letters", "purge", "--all", "--yes", columns=60)
    assert code == 0 and "2,000 dead letters" in drawn
    assert "counting" in drawn or " %  " in drawn, drawn


def test_a_job_is_followed_across_a_crash_of_the_daemon(many_letters):
    job = Commands(many_letters).out("dead-letters", "purge", "--all", "--yes", "--no-wait").strip()
    many_letters.kill9()
    many_letters.start()
    commands = Commands(many_letters)
    assert "done" in commands.out("dead-letters", "follow", job)
    assert commands.json("status")["webhooks"]["dead_letters"] == 0


def test_a_table_fits_its_terminal(failing):
    _, commands = failing
    for columns in (80, 100, 200):
        code, drawn = commands.on_terminal("endpoints", columns=columns)
        assert code == 0
        assert all(len(line) <= columns for line in drawn.split("\r\n")), drawn


def test_errors_are_one_line_with_the_daemon_s_words(failing):
    _, commands = failing
    for arguments, words in ((("deliveries", "nobody"), "404"), (("pause", "nobody"), "404"),
                             (("pause", "../status"), "404"),
                             (("deliveries", "hook", "--after", "yesterday"), "after"),
                             (("dead-letters", "list", "--reason", "odd"), "reason"),
                             (("dead-letters", "replay", "dl_nonsense"), "ids"),
                             (("dead-letters", "follow", "job_nonsense"), "404")):
        code, out, error = commands(*arguments)
        assert code == 1 and not out and len(error.splitlines()) == 1 and words in error, (arguments, error)


def test_a_token_sees_what_is_its_tenant_s(receiver, start_daemon):
    daemon = start_daemon({
        "access": {"tokens": [{"name": "a", "token": "token-of-the-reader", "scopes": ["read"], "tenant": "one"},
                              {"name": "b", "token": "token-of-the-admin", "scopes": ["admin"]}]},
        **webhooks(endpoint(receiver.url(), tenant="one"), endpoint(receiver.url(), id="other", tenant="two"))})
    code, _, error = Commands(daemon)("status")
    assert code == 1 and "POSTRIDER_TOKEN" in error
    bound = Commands(daemon, "token-of-the-reader")
    assert [row["id"] for row in bound.json("endpoints")["webhooks"]] == ["hook"]
    assert "MEMBER" not in bound.out("status") and "1: 1 active" in bound.out("status")
    code, _, error = bound("pause", "hook")
    assert code == 1 and "403" in error
    everything = Commands(daemon, "token-of-the-admin").out("endpoints").splitlines()
    assert everything[0].split()[:2] == ["ENDPOINT", "TENANT"] and len(everything) == 3


def test_without_a_daemon_each_command_says_what_to_do():
    environment = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": "http://127.0.0.1:9"}
    for arguments in (["status"], ["endpoints"], ["deliveries", "a"], ["dead-letters", "list"], ["pause", "a"]):
        done = subprocess.run([BINARY, *arguments], capture_output=True, timeout=LONG, env=environment)
        assert done.returncode == 1 and b"postrider serve" in done.stderr and done.stderr.count(b"\n") == 1


def test_every_command_of_the_page_works(receiver, start_daemon):
    page = (ROOT / "docs/command-line.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sh\n(.*?)```", page, re.S)
    receiver.script("/hook", then=answer(400))
    daemon = start_daemon(webhooks(endpoint(receiver.url(), id="partner", auto_disable={"enabled": False})))
    for number in range(4):
        daemon.accept({"type": "case.created", "id": f"case-{14 + number}-created", "data": number})
    daemon.wait_metric("webhook_dead_letters_total", 4, endpoint="partner")
    commands = Commands(daemon)
    rows = until(lambda: commands.json("deliveries", "partner", "--status", "dead")["deliveries"], "dead deliveries")
    letters = commands.json("dead-letters", "list")["dead_letters"]
    known = {"del_…": rows[0]["id"], "dl_…": letters[0]["id"], "job_…": None}
    for line in block.splitlines():
        words = [known.get(word, word) for word in shlex.split(line)]
        assert words[0] == "postrider"
        out = commands.out(*words[1:])
        if "--no-wait" in words:
            known["job_…"] = out.strip()
