"""Rotation of the key that seals stored secrets: nothing is lost, and it is told when the old key can go."""

import base64
import hashlib

from harness.settings import SECRET, webhooks
from harness.signatures import standard_signature
from harness.waiting import until
from test_management import call, make


def key_of(letter):
    return base64.b64encode(letter.encode() * 32).decode()


def id_of(letter):
    return hashlib.sha256(letter.encode() * 32).hexdigest()[:8]


def settings(redis, key, *previous):
    return webhooks(redis={"url": redis.url()},
                    encryption={"key": key_of(key), "previous_keys": [key_of(one) for one in previous]})


def encryption(daemon):
    return call(daemon, "GET", "/api/status").json["encryption"]


def sealed(daemon):
    return {key["key_id"]: key["sealed"] for key in encryption(daemon)["keys"]}


def wait_sealed(daemon, **wanted):
    wanted = {id_of(letter): count for letter, count in wanted.items()}
    until(lambda: sealed(daemon) == wanted, f"sealed with {wanted}")


def deliver(daemon, receiver, number):
    daemon.accept({"type": "a", "data": number})
    request = receiver.wait_for(number)[number - 1]
    assert standard_signature(SECRET, request) == request.header("webhook-signature")


def test_the_key_is_turned_over_and_the_old_one_can_go(receiver, new_redis, new_daemon):
    redis = new_redis().start()
    daemon = new_daemon(settings(redis, "A")).start()
    made = make(daemon, receiver.url(), secret=SECRET)
    for number in range(299):
        make(daemon, receiver.url("/other"), events=["none"])
    deliver(daemon, receiver, 1)
    daemon.terminate()

    daemon.write_config(settings(redis, "B", "A"))
    daemon.start()
    wait_sealed(daemon, B=300, A=0)
    assert daemon.wait_for("stored secrets were sealed anew")["endpoints"] == 300
    assert encryption(daemon)["sealed_with_other_keys"] == 0
    deliver(daemon, receiver, 2)

    daemon.write_config(settings(redis, "C"))
    line = daemon.wait_for("configuration rejected")
    assert f"without the key {id_of('B')}, with which 300 stored endpoints are sealed" in line["fault"]
    deliver(daemon, receiver, 3)
    daemon.terminate()

    daemon.launch()
    line = daemon.wait_for("the endpoints in the store cannot be read")
    assert f"it was sealed with a key that is not configured (key id {id_of('B')})" in line["error"]
    assert "the endpoint ep_" in line["error"]
    assert not daemon.matching("ready")
    daemon.terminate()

    daemon.write_config(settings(redis, "B"))
    daemon.start()
    assert sealed(daemon) == {id_of("B"): 300}
    deliver(daemon, receiver, 4)
    assert call(daemon, "GET", f"/api/webhooks/{made['id']}").json["updated_at"] == made["updated_at"]


def test_a_reload_turns_it_over_once_all_daemons_agree(receiver, new_redis, new_daemon):
    redis = new_redis().start()
    old = new_daemon(settings(redis, "A", "B"), "old").start()
    make(old, receiver.url(), secret=SECRET)
    new = new_daemon(settings(redis, "B", "A"), "new").start()
    make(new, receiver.url("/other"), events=["none"])
    name = until(lambda: encryption(new)["waits_for"], "it waits for the other one")
    assert name == [call(old, "GET", "/api/status").json["members"][0]["name"]] or len(name) == 1
    for daemon in (old, new):
        wait_sealed(daemon, A=1, B=1)
        assert not daemon.matching("stored secrets were sealed anew"), "or they would undo each other's work"
    old.write_config(settings(redis, "B", "A"))
    old.wait_for("configuration reloaded")
    for daemon in (old, new):
        wait_sealed(daemon, A=0, B=2)
        assert encryption(daemon)["waits_for"] == []
        before = len(daemon.matching("configuration reloaded"))
        daemon.write_config(settings(redis, "B"))
        daemon.wait_for("configuration reloaded", count=before + 1)
    deliver(new, receiver, 1)
