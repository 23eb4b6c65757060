"""What a newcomer runs first."""

import os
import subprocess

import pytest

from harness import process
from harness.daemon import ROOT
from harness.waiting import LONG


@pytest.mark.last
def test_quickstart_shows_a_verified_delivery_and_leaves_nothing_running():
    env = {**os.environ, "TERM": "dumb"}
    running = process.start([ROOT / "scripts/quickstart", "--once"], cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    out, _ = running.communicate(timeout=20 * LONG)  # it may have to build first
    text = out.decode("utf-8", "replace")
    assert running.returncode == 0, text[-4000:]
    assert "verified" in text.lower(), text[-4000:]
    left = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
            if process.is_alive(pid) and session_of(pid) == running.pid]
    assert not left, f"still running: {left}"


def session_of(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None
