"""The systemd unit: how hardened it is, and that it fits the daemon."""

import re
import subprocess

import pytest

from harness.daemon import ROOT

UNIT = ROOT / "packaging/systemd/postrider.service"
MOST_EXPOSED = 1.5


def exposure(unit):
    output = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", unit], check=True,
                            capture_output=True, text=True, timeout=60).stdout
    return float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", output)[1])


def values(name):
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


def test_the_unit_is_exposed_as_little_as_promised():
    assert exposure(UNIT) <= MOST_EXPOSED


@pytest.mark.parametrize("line", ["NoNewPrivileges=yes", "CapabilityBoundingSet=", "PrivateUsers=yes", "ProtectSystem=strict",
                                  "SystemCallFilter=~@privileged @resources", "MemoryDenyWriteExecute=yes"])
def test_what_protects_is_counted(line, tmp_path):
    """The measure is one: without this line the unit is more exposed."""
    weaker = tmp_path / UNIT.name
    weaker.write_text(UNIT.read_text().replace(f"\n{line}\n", "\n"))
    assert weaker.read_text() != UNIT.read_text()
    assert exposure(weaker) > exposure(UNIT)


def test_the_unit_fits_what_the_daemon_does():
    shutdown = (ROOT / "src/daemon/shutdown.cpp").read_text()
    ladder = int(re.search(r"seconds whole_ladder\{(\d+)\}", shutdown)[1])
    redis = int(re.search(r"embedded_->stop\(std::chrono::seconds\((\d+)\)\)", (ROOT / "src/daemon/daemon.cpp").read_text())[1])
    assert int(values("TimeoutStopSec")[0].rstrip("s")) > ladder + redis
    assert values("Type") == ["notify"] and values("KillMode") == ["mixed"] and values("WatchdogSec")
    assert values("RestartPreventExitStatus") == ["2"]  # a faulty configuration
    assert values("LimitCORE") == ["0"]
