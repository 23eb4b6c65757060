"""Redis is killed, away, on a slow or a full disk."""

import time

import pytest

from harness.waiting import BUSY, LONG, until
from injection.form import KILLS, OUTAGE_SECONDS, random_moment
from injection.traffic import Traffic, finish

SLOW_SYNC_MS = 100


@pytest.fixture
def shim(new_shim):
    return new_shim()


@pytest.fixture
def redis(new_redis, shim):
    """A Redis on a disk that can be slowed down and filled."""
    made = new_redis()
    made.command = shim.before(made.command)
    return made.start()


@pytest.fixture
def daemon(start_daemon, field, redis):
    return start_daemon(field(redis={"url": redis.url(), "lease_seconds": 2}))


def kill_and_start(redis, ledger, traffic, kills):
    for _ in range(kills):
        random_moment(traffic)
        with ledger.fault("kill -9 of Redis"):
            redis.kill9()
            redis.start()
    traffic.wait_for_more(20)


def test_kill_9_of_redis_under_fsync_loses_nothing(daemon, redis, ledger, measured):
    traffic = Traffic([daemon], ledger).start()
    kill_and_start(redis, ledger, traffic, max(3, KILLS // 2))
    measured(finish(traffic, ledger, [daemon]))


def test_kill_9_of_redis_while_each_fsync_is_slow_loses_nothing(daemon, redis, shim, ledger, measured):
    shim.slow_syncs(SLOW_SYNC_MS)
    begun = time.monotonic()
    traffic = Traffic([daemon], ledger, connections=12).start()
    traffic.wait_for_more(20)
    assert time.monotonic() - begun > SLOW_SYNC_MS / 1000, "the disk is not slow"
    kill_and_start(redis, ledger, traffic, 2)
    shim.slow_syncs(0)
    measured(finish(traffic, ledger, [daemon]))


def test_an_outage_of_redis_is_refused_at_once_and_over_within_5_s(daemon, redis, ledger, measured):
    traffic = Traffic([daemon], ledger).start()
    random_moment(traffic)
    with ledger.fault("Redis away") as away:
        redis.kill9()
        time.sleep(OUTAGE_SECONDS)  # the outage itself
        redis.start()
    traffic.wait_for_more(50)
    figures = measured({**finish(traffic, ledger, [daemon]), "slowest_refusal": traffic.slowest_refusal})
    assert figures["answers"].get(503), "nothing was refused"
    assert traffic.slowest_refusal < 1 + BUSY
    assert away.recovered_after - (away.ended_at - away.begun_at) < 5 + BUSY


def test_a_full_disk_refuses_events_loses_nothing_and_ends_without_a_restart(daemon, redis, shim, ledger, measured):
    traffic = Traffic([daemon], ledger, connections=6).start()
    random_moment(traffic)
    with ledger.fault("disk full") as full:
        shim.fill_disk()
        redis.process.wait(LONG)  # under `always` Redis ends before it answers what it could not write
        accepted = traffic.accepted()
        until(lambda: traffic.statuses.get(503, 0) + traffic.statuses.get("broken", 0) > 5, "events are refused")
        assert traffic.accepted() <= accepted + 6, "accepted without a disk"  # each connection may have had an answer on its way
        shim.free_disk()
        redis.start()
    traffic.wait_for_more(50)
    measured(finish(traffic, ledger, [daemon]))
    assert daemon.is_running() and full.recovered_after
