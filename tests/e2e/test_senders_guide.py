"""The senders of docs/senders.md, in five languages, against a real daemon whose Redis comes back while they repeat."""

import json
import subprocess

from harness import guides, process
from harness.settings import endpoint, webhooks
from harness.waiting import LONG, until

PAGE = "docs/senders.md"
TOKEN = "t0ken-of-the-shop"
DATA = '{"order": 4711, "name": "Zoë \\u00e4 🎉"}'


def environment(daemon, token=TOKEN):
    return {"PATH": "/usr/bin:/bin", "POSTRIDER_URL": f"http://{daemon.ingest_address}", "POSTRIDER_TOKEN": token}


def start(command, *arguments, daemon, cwd=None, **more):
    return process.start([*command, *arguments], env=environment(daemon, **more), stdout=subprocess.PIPE, cwd=cwd,
                         stderr=subprocess.PIPE)


def ended(running):
    out, error = running.communicate(timeout=LONG)
    return running.returncode, out.decode(), error.decode()


def test_every_sender_repeats_until_it_is_accepted_and_gives_up_what_is_refused(
        receiver, start_daemon, new_redis, directory):
    senders = {file.partition(".")[2]: command for file, command in guides.write(PAGE, directory, "send.").items()}
    assert senders.keys() == guides.LANGUAGES.keys()
    redis = new_redis().start()
    daemon = start_daemon(webhooks(
        endpoint(receiver.url()), redis={"url": redis.url()},
        access={"open_metrics": True, "tokens": [{"name": "shop", "token": TOKEN, "scopes": ["ingest"], "tenant": "default"}]}))
    redis.kill9()
    running = {name: start(command, f"paid.by.{name}", f"id-{name}", DATA, daemon=daemon) for name, command in senders.items()}
    for name in senders:
        until(lambda: daemon.metrics().sum("webhook_events_total", event_type=f"paid.by.{name}", result="unavailable") >= 1,
              f"{name} was refused")
    assert all(sender.poll() is None for sender in running.values()), "they repeat"
    redis.start()
    for name, sender in running.items():
        code, out, error = ended(sender)
        assert code == 0 and f"id-{name}" in out, (name, out, error)
        request, = receiver.wait_for(1, id=f"id-{name}")
        assert json.loads(request.body)["data"] == json.loads(DATA), name

    again = {name: start(command, f"paid.by.{name}", f"id-{name}", '{"other": 1}', daemon=daemon) for name, command in senders.items()}
    strangers = {name: start(command, "a", "b", "1", daemon=daemon, token="of-nobody-at-all") for name, command in senders.items()}
    for name in senders:
        code, out, error = ended(again[name])
        assert code == 1 and "409" in error, (name, out, error)
        code, out, error = ended(strangers[name])
        assert code == 1 and "401" in error, (name, out, error)
    assert len(receiver.requests()) == len(senders), "each was stored once"


def test_the_outbox_loses_nothing_while_postrider_is_away_and_keeps_its_order(
        receiver, start_daemon, new_redis, directory):
    command, = guides.write(PAGE, directory, "outbox.").values()
    redis = new_redis().start()
    daemon = start_daemon(webhooks(
        endpoint(receiver.url(), ordering="key"), redis={"url": redis.url()},
        access={"open_metrics": True, "tokens": [{"name": "shop", "token": TOKEN, "scopes": ["ingest"]}]}))

    def run(*arguments):
        return start(command, *arguments, daemon=daemon, cwd=directory)
    for number in range(3):
        assert ended(run("pay", str(number), "19.90"))[0] == 0
    redis.kill9()
    relay = run("relay")
    until(lambda: daemon.metrics().sum("webhook_events_total", result="unavailable") >= 1, "the relay was refused")
    redis.start()
    assert ended(relay)[0] == 0
    receiver.wait_for(3)
    assert sorted(request.id for request in receiver.requests()) == [f"order-{number}-paid" for number in range(3)]
    assert ended(run("pay", "1", "5.00"))[0] != 0, "an order that cannot be committed announces nothing"
    assert ended(run("relay"))[0] == 0 and len(receiver.requests()) == 3
