"""The way between the daemon and Redis: cut, slow, dripping, half-open, cut in the middle of a reply."""

import time

import pytest

from harness.waiting import BUSY, until
from injection.form import KILLS, LONG_FORM, OUTAGE_SECONDS, RANDOM, random_moment
from injection.traffic import Traffic, finish


@pytest.fixture
def gate(new_redis, new_gate):
    return new_gate(new_redis().start())


@pytest.fixture
def lease():
    return 2


@pytest.fixture
def daemon(start_daemon, field, gate, lease):
    return start_daemon(field(redis={"url": gate.url(), "lease_seconds": lease, "partitions": 16}))


@pytest.fixture
def traffic(daemon, ledger):
    return Traffic([daemon], ledger).start()


def test_cut_off_from_redis_for_longer_than_the_lease_loses_nothing(daemon, gate, traffic, ledger, measured):
    random_moment(traffic)
    with ledger.fault("cut off") as cut:
        gate.close_off()
        time.sleep(OUTAGE_SECONDS)  # the outage itself
        gate.reopen()
    traffic.wait_for_more(50)
    figures = measured({**finish(traffic, ledger, [daemon]), "slowest_refusal": traffic.slowest_refusal})
    assert figures["answers"].get(503) and traffic.slowest_refusal < 1 + BUSY
    assert cut.recovered_after - (cut.ended_at - cut.begun_at) < 5 + BUSY


@pytest.mark.parametrize("lease", [30])  # which no busy machine lets run out
def test_a_latency_of_500_ms_loses_and_repeats_nothing(daemon, gate, traffic, ledger, measured):
    # Each way takes 250 ms. No fault is noted: slowness explains no second copy.
    random_moment(traffic)
    gate.delay = 0.25
    traffic.wait_for_more(40 if LONG_FORM else 20)
    figures = finish(traffic, ledger, [daemon])
    gate.reopen()
    assert measured(figures)["duplicates"] == 0


@pytest.mark.parametrize("lease", [30])
def test_one_byte_at_a_time_loses_and_repeats_nothing(daemon, gate, traffic, ledger, measured):
    random_moment(traffic)
    gate.drip = True
    traffic.wait_for_more(100)
    figures = finish(traffic, ledger, [daemon])
    gate.reopen()
    assert measured(figures)["duplicates"] == 0


def test_connections_that_fall_silent_are_given_up_and_nothing_is_lost(daemon, gate, traffic, ledger, measured):
    random_moment(traffic)
    before = gate.accepted
    with ledger.fault("half-open"):
        gate.fall_silent()
        until(lambda: gate.accepted > before, "the daemon gives a silent connection up")
        gate.reopen()
        traffic.wait_for_more(1)
    traffic.wait_for_more(50)
    figures = measured({**finish(traffic, ledger, [daemon]), "slowest_refusal": traffic.slowest_refusal})
    assert figures["answers"].get(503) and traffic.slowest_refusal < 1 + BUSY


def test_connections_cut_within_a_reply_lose_nothing(daemon, gate, traffic, ledger, measured):
    for number in range(KILLS):
        with ledger.fault("cut within a reply"):
            gate.cut_in_reply(RANDOM.randrange(1, 400))
            until(lambda: gate.cuts_in_replies > number, "the cut")
            traffic.wait_for_more(10)
    figures = measured(finish(traffic, ledger, [daemon]))
    assert len(figures["recovery_seconds"]) >= 1


def test_connections_cut_at_random_moments_lose_nothing(daemon, gate, traffic, ledger, measured):
    for _ in range(KILLS):
        random_moment(traffic, 40)
        with ledger.fault("cut"):
            gate.cut()
            traffic.wait_for_more(10)
    measured(finish(traffic, ledger, [daemon]))
