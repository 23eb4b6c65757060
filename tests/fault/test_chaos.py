"""scripts/chaos comes through a few seconds, and says so when something was lost."""

import os
import subprocess

import pytest

from harness.daemon import BINARY, ROOT
from harness.waiting import LONG
from injection.chaos import Chaos
from injection.form import RANDOM


def test_a_short_run_loses_nothing():
    done = subprocess.run([ROOT / "scripts/chaos", "--minutes", "0.2", "--daemons", "2", "--seed", str(RANDOM.randrange(1, 10**6))],
                          capture_output=True, text=True, env={**os.environ, "POSTRIDER_BINARY": BINARY})
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "lost             0" in done.stdout and "violations       0" in done.stdout
    assert "accounts add up  yes" in done.stdout


@pytest.fixture
def chaos(directory, closing):
    closing.append(Chaos(directory, 1, RANDOM, 50))
    return closing[-1]


def test_what_was_lost_is_told(chaos):
    chaos.traffic.wait_for_more(5)
    chaos.traffic.stop()
    chaos.ledger.wait_settled(LONG)
    assert chaos.is_clean()
    chaos.ledger.offer("lost", b"1")
    chaos.ledger.accept("lost")
    with pytest.raises(AssertionError, match="did not end"):
        chaos.ledger.wait_settled(3)
    assert not chaos.is_clean() and any("lost" in line and " 0" not in line for line in chaos.report())
