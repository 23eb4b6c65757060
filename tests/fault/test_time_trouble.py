"""A daemon that sleeps past its lease, and one whose clock jumps."""

import signal

import pytest

from harness.waiting import SCALE, until
from injection.form import random_moment
from injection.traffic import Traffic, finish

LEASE = 3  # a busy machine holds nobody up for as long
PARTITIONS = 8
HOUR = 3600


def owned(daemon):
    return daemon.metrics().sum("webhook_partitions_owned")


def test_a_daemon_that_slept_past_its_lease_changes_nothing(start_daemon, field, ledger, new_redis, measured):
    redis = new_redis().start()
    config = field(redis={"url": redis.url(), "lease_seconds": LEASE, "partitions": PARTITIONS})
    sleeper = start_daemon(config, name="sleeper")
    other = start_daemon(config, name="other")
    traffic = Traffic([other, sleeper], ledger).start()
    for _ in range(2):
        random_moment(traffic)
        with ledger.fault("SIGSTOP"):
            sleeper.signal(signal.SIGSTOP)
            traffic.daemons = [other]
            until(lambda: owned(other) == PARTITIONS, "the other daemon takes everything over")
            traffic.wait_for_more(50)
            sleeper.signal(signal.SIGCONT)
            until(lambda: sleeper.admin("GET", "/ready").status == 200, "the sleeper is ready again")
        traffic.daemons = [other, sleeper]
    traffic.wait_for_more(50)
    measured(finish(traffic, ledger, [other, sleeper]))
    until(lambda: owned(other) + owned(sleeper) == PARTITIONS, "each partition has one owner")


@pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["forward", "back"])
def test_a_clock_that_jumps_an_hour_harms_no_schedule(start_daemon, field, ledger, new_redis, new_shim, measured, jump):
    # No fault is noted: a retry that came early because of the clock is a violation, and one that came an hour late
    # would not be waited for.
    shim, redis = new_shim(), new_redis().start()
    daemon = start_daemon(field(redis={"url": redis.url(), "lease_seconds": 30}), env=shim.env)
    traffic = Traffic([daemon], ledger).start()
    for ahead in (jump, 0):
        random_moment(traffic)
        shim.clock_ahead(ahead)
        traffic.wait_for_more(100)
        stamp = daemon.wait_for("attempt", count=len(daemon.matching("attempt")) + 20)
    assert stamp
    figures = measured(finish(traffic, ledger, [daemon], limit=30 * SCALE))
    assert figures["duplicates"] == 0 and figures["early"] == 0
