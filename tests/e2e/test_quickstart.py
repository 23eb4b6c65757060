"""What a newcomer runs first."""

import os
import subprocess
import uuid

import pytest

from harness import process
from harness.daemon import ROOT
from harness.waiting import LONG, until


@pytest.mark.last
def test_quickstart_shows_verified_deliveries_and_leaves_nothing_running():
    mark = f"QUICKSTART_TEST={uuid.uuid4()}"
    name, _, value = mark.partition("=")
    running = process.start([ROOT / "scripts/quickstart", "--once"], cwd=ROOT, stdin=subprocess.DEVNULL,
                            env={**os.environ, name: value}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    out, _ = running.communicate(timeout=30 * LONG)  # it may have to build first
    text = out.decode("utf-8", "replace")
    assert running.returncode == 0, text[-4000:]
    assert text.count(" verified ") >= 3 and "attempt 3" in text, text[-4000:]
    until(lambda: not started_by(mark), "everything that quickstart started has ended")


def started_by(mark):
    """Processes that inherited the mark, in whatever session they are."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/environ", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(int(entry))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass
    return found
