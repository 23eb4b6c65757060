"""What the daemon tells the service manager that started it, as sd_notify(3) says; here the test is the manager."""

import signal
import socket

import pytest

from harness.settings import endpoint, webhooks
from harness.waiting import LONG


class Manager:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(LONG)

    def next(self, wanted):
        """The next datagram that assigns `wanted`, as a dictionary."""
        while True:
            told = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().splitlines())
            if wanted in told:
                return told

    def close(self):
        self.socket.close()


@pytest.fixture
def manager(closing, directory):
    closing.append(Manager(directory / "notify"))
    return closing[-1]


@pytest.fixture
def environment(directory):
    return {"NOTIFY_SOCKET": str(directory / "notify"), "WATCHDOG_USEC": "200000"}


def test_life_from_ready_to_stopping(manager, environment, new_daemon, receiver):
    daemon = new_daemon(webhooks(endpoint(receiver.url())), env=environment)
    daemon.launch()
    assert manager.next("READY") == {"READY": "1", "STATUS": "accepts and delivers events"}
    for _ in range(3):
        assert manager.next("WATCHDOG") == {"WATCHDOG": "1"}

    daemon.signal(signal.SIGHUP)
    assert int(manager.next("RELOADING")["MONOTONIC_USEC"]) > 0
    assert manager.next("READY")["STATUS"] == "accepts and delivers events"

    daemon.write_config({"webhooks": "many"})
    assert "rejected" in manager.next("READY")["STATUS"]

    daemon.terminate()
    assert manager.next("STOPPING") == {"STOPPING": "1", "STATUS": "stopping"}


def test_a_store_that_is_away_is_told_and_no_start_is_claimed(manager, environment, new_daemon, new_redis):
    redis = new_redis()  # not started yet
    daemon = new_daemon({"redis": {"url": redis.url()}}, env=environment)
    daemon.launch()
    first = manager.next("STATUS")
    assert "READY" not in first and first["STATUS"]
    redis.start()
    assert manager.next("READY")["READY"] == "1"
    redis.kill9()
    assert manager.next("STATUS")["STATUS"] != "accepts and delivers events"
