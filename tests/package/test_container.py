"""docker/: what the Dockerfile and the compose file say is what the program and its package have."""

import json
import re
import shlex
import subprocess

import pytest
import yaml

from harness.daemon import ROOT
from harness.settings import SECRET
from shipped import check_arguments, check_config

DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker/compose.yaml").read_text())
CONFIG = yaml.safe_load((ROOT / "docker/postrider.yaml").read_text())
POSTRIDER = COMPOSE["services"]["postrider"]
VALUES = {"POSTRIDER_TOKEN": "t" * 32, "POSTRIDER_SECRET": SECRET, "POSTRIDER_ENCRYPTION_KEY": "ab" * 32}


def instructions(text):
    """(instruction, rest) of the Dockerfile, continued lines as one."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    return [tuple(line.split(None, 1)) for line in whole.splitlines() if line.strip()]


STEPS = instructions(DOCKERFILE)
LAST_STAGE = STEPS[max(index for index, step in enumerate(STEPS) if step[0] == "FROM"):]


def the(name):
    return next(rest for instruction, rest in LAST_STAGE if instruction == name)


def port_of(address):
    return int(address.rpartition(":")[2])


def test_every_instruction_is_one():
    known = {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "VOLUME", "EXPOSE", "USER", "HEALTHCHECK", "STOPSIGNAL",
             "ENTRYPOINT", "CMD"}
    assert {instruction for instruction, _ in STEPS} <= known
    assert dict(STEPS)["ARG"] == "BASE=debian:bookworm-slim"
    assert len([1 for instruction, _ in STEPS if instruction == "FROM"]) == 2


@pytest.mark.parametrize("script", [rest for name, rest in STEPS if name == "RUN"], ids=["dependencies", "build", "install"])
def test_commands_are_sound(script):
    script = re.sub(r"^--mount=\S+ ", "", script.strip())
    result = subprocess.run(["shellcheck", "--shell=sh", "-"], input=script, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout


def test_what_is_copied_exists():
    for instruction, rest in STEPS:
        if instruction == "COPY":
            *sources, _ = [word for word in shlex.split(rest) if not word.startswith("--")]
            for source in sources:
                assert (ROOT / source).exists(), source
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {"build", ".git", "docker/.env"} <= set(ignored)


def test_the_image_runs_what_the_package_brings_without_root(debian_package):
    files = subprocess.run(["dpkg-deb", "--contents", debian_package], check=True, capture_output=True, text=True).stdout
    assert json.loads(the("ENTRYPOINT")) == ["/usr/bin/postrider"] and " ./usr/bin/postrider\n" in files
    arguments = json.loads(the("CMD"))
    check_arguments(arguments)
    config = arguments[arguments.index("--config") + 1]
    assert f" .{config}\n" in files
    assert re.fullmatch(r"(\d+):\1", the("USER")) and the("USER").split(":")[0] != "0"
    assert f"--uid {the('USER').split(':')[0]} " in DOCKERFILE and f"--gid {the('USER').split(':')[1]} " in DOCKERFILE
    assert the("ENV") == f"STATE_DIRECTORY={the('VOLUME')}"


def test_ports_are_those_of_the_configuration():
    defaults = yaml.safe_load((ROOT / "config/postrider.yaml").read_text())["listen"]
    ports = [port_of(defaults["ingest"]), port_of(defaults["admin"])]
    assert [int(port) for port in the("EXPOSE").split()] == ports
    assert [port_of(CONFIG["listen"]["ingest"]), port_of(CONFIG["listen"]["admin"])] == ports
    assert POSTRIDER["ports"] == [f"127.0.0.1:{port}:{port}" for port in ports]
    prometheus = yaml.safe_load((ROOT / "docker/prometheus/prometheus.yml").read_text())
    targets = [target for job in prometheus["scrape_configs"] for config in job["static_configs"] for target in config["targets"]]
    assert f"postrider:{ports[1]}" in targets


def test_the_configuration_of_compose_is_taken(tmp_path):
    assert set(POSTRIDER["environment"]) == set(VALUES) == set(re.findall(r"\$\{(\w+)\}", (ROOT / "docker/postrider.yaml").read_text()))
    check_config(ROOT / "docker/postrider.yaml", VALUES)
    assert CONFIG["redis"]["url"].startswith("redis://redis:") and "redis" in COMPOSE["services"]


def test_compose_says_what_the_program_knows():
    receiver = COMPOSE["services"]["receiver"]
    check_arguments(receiver["command"])
    port = receiver["command"][receiver["command"].index("--port") + 1]
    assert f"127.0.0.1:{port}/" in CONFIG["webhook"]["url"]
    assert receiver["network_mode"] == "service:postrider"  # `listen` is on loopback only
    for service in (POSTRIDER, receiver):
        assert service["read_only"] and service["cap_drop"] == ["ALL"] and service["security_opt"] == ["no-new-privileges:true"]
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / "docker" / source).exists(), volume
        for published in service.get("ports", []):
            assert published.startswith("127.0.0.1:")


def test_the_redis_of_compose_is_as_durable_as_is_asked(new_redis, start_daemon):
    """Its options, given to a real one: the daemon refuses a Redis that is not."""
    options = COMPOSE["services"]["redis"]["command"][1:]
    redis = new_redis(*options)
    redis.start()
    start_daemon({"redis": {**CONFIG["redis"], "url": redis.url()}})


def test_the_health_check_tells_ready_from_not(start_daemon):
    check = json.loads(the("HEALTHCHECK").partition("CMD ")[2])
    source = next(rest for name, rest in LAST_STAGE if name == "COPY").split()[-2]
    assert check == [next(rest for name, rest in LAST_STAGE if name == "COPY").split()[-1]]
    daemon = start_daemon({})
    environment = {"POSTRIDER_ADMIN_PORT": str(port_of(daemon.admin_address)), "PATH": "/usr/bin:/bin"}
    assert subprocess.run([ROOT / source], env=environment, timeout=30).returncode == 0
    daemon.terminate()
    assert subprocess.run([ROOT / source], env=environment, timeout=30, stderr=subprocess.DEVNULL).returncode != 0
