"""What is shipped: the service's unit, the Debian package, the container, manifests, manual and completions."""

import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.daemon import BINARY
from machine.booted import Machine

pytest_plugins = ["harness.fixtures"]
BUILD = Path(BINARY).parent


def pytest_report_header():
    return f"binary: {BINARY}"


@pytest.fixture(scope="session")
def pages():
    """The folder of the manual page and the completions, as the build wrote them."""
    assert (BUILD / "pages/postrider.1").exists(), f"{BUILD}: build the target `pages`"
    return BUILD / "pages"


@pytest.fixture(scope="session")
def debian_package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    subprocess.run(["cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder], cwd=folder, check=True,
                   capture_output=True, timeout=300)
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="session")
def next_debian_package(debian_package, tmp_path_factory):
    """The same with a higher version and another default configuration."""
    folder = tmp_path_factory.mktemp("next")
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", debian_package, tree], check=True, timeout=60)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace("\nVersion: ", "\nVersion: 99:"))
    with open(tree / "etc/postrider/postrider.yaml", "a", encoding="utf-8") as config:
        config.write("# a later default\n")
    subprocess.run(["dpkg-deb", "-Znone", "--root-owner-group", "--build", tree, folder / "next.deb"], check=True,
                   capture_output=True, timeout=60)
    return folder / "next.deb"


@pytest.fixture(scope="module")
def new_machine():
    """Makes machines with systemd and without Postrider."""
    machines = []

    def new():
        machines.append(Machine(Path(tempfile.mkdtemp(prefix="pr-machine-", dir="/tmp"))))
        return machines[-1]
    yield new
    for machine in machines:
        machine.close()
