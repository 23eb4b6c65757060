"""Fixtures: every test gets its own daemon, receivers and Redis, and whatever it started is ended."""

import shutil
import tempfile
from pathlib import Path

import pytest

from .auditor import Auditor
from .certificates import Authority
from .daemon import Daemon
from .receiver import Receiver
from .redis_server import Redis


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
