"""The senders of docs/senders.md, in five languages, against a real daemon whose Redis comes back while they repeat."""

import json
import subprocess

import pytest

from harness import guides, process
from harness.relay import Relay
from harness.settings import endpoint, webhooks
from harness.waiting import LONG, until

pytestmark = pytest.mark.pages

PAGE = "docs/senders.md"
TOKEN = "t0ken-of-the-shop"
ACCESS = {"tokens": [{"name": "shop", "token": TOKEN, "scopes": ["ingest"], "tenant": "default"}]}
DATA = '{"order": 4711, "name": "Zoë \\u00e4 🎉"}'


class Sender:
    """A program at work, with a way to the daemon of its own, on which its tries are counted."""

    def __init__(self, daemon, command, *arguments, cwd=None, token=TOKEN):
        self.way = Relay(int(daemon.ingest_address.rpartition(":")[2]))
        environment = {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://127.0.0.1:{self.way.port}", "POSTRIDER_TOKEN": token}
        self.process = process.start([*command, *arguments], env=environment, cwd=cwd, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE)

    def wait_until_it_repeats(self):
        until(lambda: self.way.taken >= 2, "it was refused, and tries again")
        assert self.process.poll() is None

    def ended(self):
        """Exit code, output and errors."""
        out, error = self.process.communicate(timeout=2 * LONG)
        self.way.close()
        return self.process.returncode, out.decode(), error.decode()


def test_every_sender_repeats_until_it_is_accepted_and_gives_up_what_is_refused(
        receiver, start_daemon, new_redis, directory):
    commands = {file.partition(".")[2]: command for file, command in guides.write(PAGE, directory, "send.").items()}
    assert commands.keys() == guides.LANGUAGES.keys()
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={"url": redis.url()}, access=ACCESS))

    def send(data, token=TOKEN):
        return {name: Sender(daemon, command, f"paid.by.{name}", f"id-{name}", data, token=token)
                for name, command in commands.items()}
    redis.kill9()
    senders = send(DATA)
    for sender in senders.values():
        sender.wait_until_it_repeats()
    redis.start()
    for name, sender in senders.items():
        code, out, error = sender.ended()
        assert code == 0 and f"id-{name}" in out, (name, out, error)
        request, = receiver.wait_for(1, id=f"id-{name}")
        assert json.loads(request.body)["data"] == json.loads(DATA), name

    for refused, status in ((send('{"other": 1}'), "409"), (send(DATA, token="of-nobody-at-all"), "401")):
        for name, sender in refused.items():
            code, out, error = sender.ended()
            assert code == 1 and status in error, (name, out, error)
    assert len(receiver.requests()) == len(senders), "each was stored once"


def test_the_outbox_loses_nothing_while_postrider_is_away_and_keeps_its_order(
        receiver, start_daemon, new_redis, directory):
    command, = guides.write(PAGE, directory, "outbox.").values()
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url(), ordering="key"), redis={"url": redis.url()}, access=ACCESS))

    def run(*arguments):
        return Sender(daemon, command, *arguments, cwd=directory)
    for number in range(3):
        assert run("pay", str(number), "19.90").ended()[0] == 0
    redis.kill9()
    relay = run("relay")
    relay.wait_until_it_repeats()
    redis.start()
    assert relay.ended()[0] == 0
    receiver.wait_for(3)
    assert sorted(request.id for request in receiver.requests()) == [f"order-{number}-paid" for number in range(3)]
    assert run("pay", "1", "5.00").ended()[0] != 0, "an order that cannot be committed announces nothing"
    assert run("relay").ended()[0] == 0 and len(receiver.requests()) == 3
