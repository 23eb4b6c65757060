"""Faults under load: the daemon, receivers and Redis of the end-to-end harness, and what breaks them."""

import pytest

from harness.daemon import BINARY
from injection import form, shim
from injection.gate import Gate
from injection.ledger import Ledger
from injection.traffic import attend, field_config

pytest_plugins = ["harness.fixtures"]


def pytest_report_header():
    return f"binary: {BINARY}, form: {form.FORM}, seed: {form.SEED}"


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def new_gate(closing):
    """A gate in front of a Redis."""
    def new(redis):
        closing.append(Gate(("127.0.0.1", redis.port)))
        return closing[-1]
    return new


@pytest.fixture(scope="session")
def shim_library(tmp_path_factory):
    return shim.build(tmp_path_factory.mktemp("shim"))


@pytest.fixture
def new_shim(shim_library, tmp_path_factory):
    return lambda: shim.Shim(shim_library, tmp_path_factory.mktemp("switches"))


@pytest.fixture
def field(receiver, ledger):
    """The four endpoints of injection/traffic.py, attended to and noted; a function from more settings to the whole."""
    attend(receiver, ledger)
    return lambda **more: field_config(receiver, **more)


@pytest.fixture
def measured(record_property):
    """What a run gave goes into the log and the JUnit file."""
    def note(figures):
        print(figures)
        record_property("measured", str(figures))
        return figures
    return note
