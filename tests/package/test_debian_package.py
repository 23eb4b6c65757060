"""The Debian package on a machine with systemd: installed, run as hardened as its unit says, upgraded, removed, purged."""

import json
import re

import pytest

from harness.settings import SECRET
from harness.waiting import until
from machine.booted import LOG

CONFIG = "/etc/postrider/postrider.yaml"
# The log is a file here, since no journal runs; and a test need not wait for half a minute.
FOR_TESTS = f"[Service]\nStandardError=append:{LOG}\nWatchdogSec=2s\n"
DELIVERING = {"webhook": {
    "url": "http://127.0.0.1:9000/hook", "events": ["**"], "allow_http": True, "allow_private_network": True,
    "retry": {"schedule": [{"delay_seconds": 0.2}] * 1000, "jitter": False}, "circuit_breaker": {"enabled": False},
    "secret": "file:/run/credentials/postrider.service/secret_receiver"}}


def install(machine, debian_package):
    machine.put("/etc/systemd/system/postrider.service.d/tests.conf", FOR_TESTS)
    machine.hand_over(debian_package, "/root/postrider.deb")
    machine.run("dpkg", "--install", "/root/postrider.deb")
    return machine


@pytest.fixture
def installed(new_machine, debian_package):
    """A machine for this test alone, just installed."""
    machine = install(new_machine(), debian_package)
    yield machine
    machine.run("systemctl", "stop", "postrider", check=False)


@pytest.fixture(scope="module")
def shared_machine(new_machine, debian_package):
    return install(new_machine(), debian_package)


@pytest.fixture
def service(shared_machine):
    """A service that was just started, on a machine that other tests use too."""
    configure(shared_machine, {})
    shared_machine.run("systemctl", "reset-failed", "postrider", check=False)
    shared_machine.run("systemctl", "restart", "postrider")
    return shared_machine


def configure(machine, config):
    machine.put(CONFIG, json.dumps(config), "0640")
    machine.run("chgrp", "postrider", CONFIG)


def deliver_with_a_credential(machine):
    machine.put("/etc/postrider/credentials/receiver", SECRET + "\n", "0600")
    configure(machine, DELIVERING)
    machine.run("systemctl", "restart", "postrider")


def listen(machine):
    machine.run("systemd-run", "--unit=receiver", "-p", "StandardOutput=append:/var/log/received",
                "postrider", "listen", "--port", "9000", "--secret", SECRET)


def wait_received(machine, event_type):
    until(lambda: re.search(rf" verified {re.escape(event_type)} .*answered 200",
                            machine.run("cat", "/var/log/received", check=False).stdout),
          f"{event_type} was delivered\n{machine.tail()}", pause=0.1)


def status_of(machine, pid):
    """What the kernel says of a process, by name."""
    text = machine.run("cat", f"/proc/{pid}/status").stdout
    return dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)


def test_a_clean_install_runs_and_is_hardened(shared_machine):
    shared_machine.wait_for("ActiveState", "active")
    assert shared_machine.has("UnitFileState") == "enabled"
    assert shared_machine.has("StatusText") == "accepts and delivers events"
    pids = shared_machine.run("cat", f"/sys/fs/cgroup{shared_machine.has('ControlGroup')}/cgroup.procs").stdout.split()
    names = sorted(status_of(shared_machine, pid)["Name"] for pid in pids)
    assert names == ["postrider", "redis-server"]
    user = shared_machine.run("id", "-u", "postrider").stdout.strip()
    for pid in pids:
        status = status_of(shared_machine, pid)
        assert status["Uid"].split() == [user] * 4
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        assert {status[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    limits = shared_machine.run("cat", f"/proc/{shared_machine.has('MainPID')}/limits").stdout
    assert re.search(r"Max core file size +0 +0 ", limits)
    modes = shared_machine.run("stat", "-c", "%a %U %G %n", "/etc/postrider", "/etc/postrider/credentials", "/var/lib/postrider",
                          "/var/lib/postrider/encryption.key").stdout.split("\n")
    assert modes[:4] == ["750 root postrider /etc/postrider", "700 root root /etc/postrider/credentials",
                         "700 postrider postrider /var/lib/postrider",
                         "600 postrider postrider /var/lib/postrider/encryption.key"]
    assert shared_machine.run("postrider", "status").stdout.startswith("daemon")


def test_an_event_is_delivered_with_a_secret_that_only_the_service_can_read(service):
    deliver_with_a_credential(service)
    listen(service)
    service.run("postrider", "send", "package.installed", "--wait", "20")
    wait_received(service, "package.installed")
    assert SECRET not in service.run("cat", LOG).stdout
    refused = service.run("setpriv", "--reuid", "nobody", "--clear-groups", "cat",
                            "/etc/postrider/credentials/receiver", check=False)
    assert refused.returncode != 0


def test_a_reload_tells_systemd_how_it_went(service):
    before = service.has("MainPID")
    configure(service, {"webhooks": "many"})
    service.run("systemctl", "reload", "postrider")
    service.wait_for("StatusText", "the changed configuration was rejected; the one before stays in force")
    configure(service, {})
    service.run("systemctl", "reload", "postrider")
    service.wait_for("StatusText", "accepts and delivers events")
    service.wait_for("ActiveState", "active")
    assert service.has("MainPID") == before


def test_a_stuck_daemon_is_ended_by_the_watchdog_and_started_again(service):
    stuck = service.has("MainPID")
    service.run("kill", "-STOP", stuck)
    service.wait_for("NRestarts", "1")
    service.wait_for("ActiveState", "active")
    assert service.has("MainPID") not in (stuck, "0")
    assert service.has("WatchdogUSec") == "2s"


def test_a_faulty_configuration_is_not_tried_again_and_again(service):
    configure(service, {"webhooks": "many"})
    assert service.run("systemctl", "restart", "postrider", check=False).returncode != 0
    service.wait_for("ActiveState", "failed")
    assert (service.has("ExecMainStatus"), service.has("NRestarts")) == ("2", "0")
    assert f"{CONFIG}:1:" in service.run("cat", LOG).stdout


def test_an_upgrade_keeps_events_configuration_and_choice(installed, next_debian_package):
    deliver_with_a_credential(installed)
    installed.run("postrider", "send", "package.before", "--wait", "20")  # nobody listens yet
    before = installed.has("MainPID")
    installed.hand_over(next_debian_package, "/root/next.deb")
    installed.run("dpkg", "--force-confdef", "--force-confold", "--install", "/root/next.deb")
    installed.wait_for("ActiveState", "active")
    assert installed.has("MainPID") != before
    assert json.loads(installed.run("cat", CONFIG).stdout) == DELIVERING
    assert "a later default" in installed.run("cat", f"{CONFIG}.dpkg-dist").stdout
    listen(installed)
    wait_received(installed, "package.before")

    installed.run("systemctl", "disable", "--now", "postrider")
    installed.run("dpkg", "--force-confold", "--install", "/root/next.deb")
    assert installed.has("UnitFileState") == "disabled"


def test_remove_keeps_what_purge_takes(installed):
    listen(installed)
    deliver_with_a_credential(installed)
    installed.run("systemctl", "stop", "receiver")
    installed.run("postrider", "send", "package.kept", "--wait", "20")
    installed.run("dpkg", "--remove", "postrider")
    assert not installed.exists("/usr/bin/postrider")
    assert installed.has("ActiveState") == "inactive"
    assert installed.exists(CONFIG) and installed.exists("/var/lib/postrider/encryption.key")

    installed.run("dpkg", "--install", "/root/postrider.deb")
    listen(installed)
    wait_received(installed, "package.kept")

    installed.run("dpkg", "--purge", "postrider")
    for path in ("/usr/bin/postrider", CONFIG, "/var/lib/postrider", "/lib/systemd/system/postrider.service",
                 "/etc/systemd/system/multi-user.target.wants/postrider.service"):
        assert not installed.exists(path), path
    assert installed.run("getent", "passwd", "postrider", check=False).returncode != 0
    assert installed.exists("/etc/postrider/credentials/receiver")  # not the package's
