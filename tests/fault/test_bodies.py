"""An event without an id goes to Redis as a transaction, its body and then the script: whatever cuts that short, the store has both
or neither."""

import pytest

from harness.bodies import Watch, nothing_is_left
from harness.expectations import all_received, begin_load
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until
from injection.form import KILLS, RANDOM


@pytest.fixture
def redis(new_redis):
    return new_redis().start()


@pytest.fixture
def gate(new_gate, redis):
    return new_gate(redis)


@pytest.fixture
def daemon(start_daemon, receiver, gate):
    hook = endpoint(receiver.url(), concurrency=16, retry=retries(*[0.2] * 200), circuit_breaker={"enabled": False})
    return start_daemon(webhooks(hook, redis={"url": gate.url(), "lease_seconds": 2, "partitions": 4}))


@pytest.mark.parametrize("fault", ["cut", "cut_in_reply", "kill9"])
def test_a_body_is_there_with_its_delivery_or_not_at_all(daemon, gate, redis, receiver, auditor, fault):
    load = begin_load(daemon, receiver, auditor, accepted=50)
    with Watch(redis):
        for _ in range(KILLS):
            # A byte at a time: transactions are mostly half there, and whoever looks comes between any two commands.
            gate.drip = True
            load.wait_for(load.count(202) + RANDOM.randrange(1, 30))
            happens(fault, gate, redis)
            gate.drip = False  # else a new connection would take as long to say what it has to
            load.wait_for(load.count(202) + 20)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, redis)


def happens(fault, gate, redis):
    if fault == "cut":
        gate.cut()
    elif fault == "cut_in_reply":
        before = gate.cuts_in_replies
        gate.cut_in_reply(RANDOM.randrange(1, 400))
        until(lambda: gate.cuts_in_replies > before, "the cut")
    else:
        redis.kill9()
        redis.start()


def test_scripts_that_redis_forgot_leave_no_body(daemon, redis, receiver, auditor):
    """The one case in which bodies are there alone, until the daemon has sent all of it again with the script's text."""
    load = begin_load(daemon, receiver, auditor, accepted=50)
    for _ in range(KILLS):
        assert redis.cli("SCRIPT", "FLUSH") == "OK\n"
        load.wait_for(load.count(202) + 20)
    all_received(auditor, receiver, load)
    nothing_is_left(daemon, redis)
