"""Fixtures: every test gets its own daemon, receivers and Redis, and whatever it started is ended."""

import shutil
import tempfile
from pathlib import Path

import pytest

from harness.auditor import Auditor
from harness.certificates import Authority
from harness.daemon import BINARY, Daemon
from harness.receiver import Receiver
from harness.redis_server import Redis


def pytest_configure(config):
    config.addinivalue_line("markers", "last: needs the machine for itself; runs after everything else")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_report_header():
    return f"binary: {BINARY}"


@pytest.fixture
def directory():
    """Short, because unix sockets lie in it and their paths are bounded to 107 bytes."""
    name = tempfile.mkdtemp(prefix="pr-e2e-", dir="/tmp")
    yield Path(name)
    shutil.rmtree(name, ignore_errors=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
def closing():
    """Things with close(), ended in reverse order even when one of them fails."""
    things = []
    yield things
    faults = []
    for thing in reversed(things):
        try:
            thing.close()
        except Exception as fault:
            faults.append(fault)
    if faults:
        raise faults[0]


@pytest.fixture
def receiver(closing):
    return make(closing, Receiver())


@pytest.fixture
def new_receiver(closing):
    return lambda **options: make(closing, Receiver(**options))


@pytest.fixture
def new_daemon(closing, directory):
    """A daemon with its own directory for each name, not yet started."""
    return lambda config, name="d", **options: make(
        closing, Daemon(made(directory / name), config, **options))


@pytest.fixture
def start_daemon(new_daemon):
    return lambda config, **options: new_daemon(config, **options).start()


@pytest.fixture
def new_redis(closing, directory):
    return lambda *options, name="r", **settings: make(closing, Redis(directory / name, *options, **settings))


@pytest.fixture
def auditor():
    return Auditor()


def make(closing, thing):
    closing.append(thing)
    return thing


def made(path):
    path.mkdir(parents=True, exist_ok=True)
    return path
