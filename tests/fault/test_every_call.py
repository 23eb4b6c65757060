"""kill -9 between any two calls to Redis: a daemon that dies at its Nth call, for N = 1, 2, 3 … until it outlives the scenario.

The scenario: eight events, among them a retry, a dead letter and an ordering key. After each death the daemon is
started again as it is shipped, and in the end the books must balance. CI takes every STEP-th N, beginning at a random
one; the long form takes them all.
"""

import os
import signal

import pytest

from harness.daemon import ROOT
from harness.waiting import LONG, SCALE, until
from injection.form import LONG_FORM, RANDOM
from injection.ledger import Ledger
from injection.traffic import Traffic, attend, field_config, finish

DYING = os.environ.get("POSTRIDER_DYING_BINARY", str(ROOT / "build/release/postrider_dying"))
STEP = 1 if LONG_FORM else 6 if SCALE == 1 else 12
MOST = 600  # a scenario that needs more calls than this is a fault of its own


@pytest.fixture(params=["POSTRIDER_DIE_BEFORE_CALL", "POSTRIDER_DIE_AFTER_REPLY"], ids=["before_the_call", "after_the_reply"])
def point(request):
    return request.param


def test_a_daemon_that_dies_at_any_call_to_redis_loses_nothing(new_daemon, new_receiver, point, measured):
    outlived, deaths, duplicates = [], [], 0
    number = RANDOM.randrange(1, STEP + 1)
    # A scenario has no fixed number of calls, because its batches have none: it is over when three in a row outlive it.
    while len(outlived) < 3:
        assert number < MOST, "the daemon dies late or never: is there anything behind the fault points?"
        died, copies = run_scenario(new_daemon, new_receiver, point, number)
        duplicates += copies
        if died:
            deaths.append(number)
            outlived = []
        else:
            outlived.append(number)
        number += STEP
    measured({"deaths": len(deaths), "last": deaths[-1], "duplicates": duplicates})
    assert len(deaths) >= 20 / STEP


def run_scenario(new_daemon, new_receiver, point, number):
    """Gives whether the daemon died, and how many events came again after they were delivered."""
    receiver, ledger = new_receiver(), Ledger()
    attend(receiver, ledger, retry_delay=0.1)
    config = field_config(receiver, retry_delay=0.1, redis={"partitions": 4})
    daemon = new_daemon(config, name=f"{point[-5:]}-{number}")
    shipped, usual = daemon.binary, dict(daemon.env)
    traffic = Traffic([daemon], ledger, connections=1, most=8)
    with ledger.fault("death"):
        daemon.binary, daemon.env = DYING, {**usual, point: str(number)}
        if comes_up(daemon.launch()):
            traffic.start()
            until(lambda: not daemon.is_running() or traffic.is_done() and not ledger.open, "death, or the end")
        if daemon.is_running():
            daemon.signal(signal.SIGTERM)  # the calls of a clean stop count as well
        code = daemon.wait_exit()
        assert code in (0, -signal.SIGKILL), daemon.tail()
        daemon.binary, daemon.env = shipped, usual
        daemon.start()
    traffic.start()
    until(traffic.is_done, "all events were taken", LONG)
    finish(traffic, ledger, [daemon], gauges=False)
    daemon.close()
    receiver.close()
    return code != 0, ledger.duplicates


def comes_up(daemon):
    """Whether it lives to tell its listeners, and takes events."""
    def told():
        return len(daemon.matching("listening")) == 2 and daemon.matching("ready")
    until(lambda: told() or not daemon.is_running(), "the daemon listens, or died")
    if told():
        daemon.ingest_address = daemon.matching("listening", listener="ingest")[0]["address"]
        daemon.admin_address = daemon.matching("listening", listener="admin")[0]["address"]
    return told()
