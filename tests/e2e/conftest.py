"""End-to-end tests: the fixtures of the harness, and the order in which tests run."""

from harness.daemon import BINARY

pytest_plugins = ["harness.fixtures"]


def pytest_configure(config):
    config.addinivalue_line("markers", "last: needs the machine for itself; runs after everything else")
    config.addinivalue_line("markers", "unsanitized: looks at memory, of which sanitizers keep what was given back")
    config.addinivalue_line("markers", "pages: of the documentation, or of the alerts and their runbook; runs against the release build only")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


def pytest_report_header():
    return f"binary: {BINARY}"
