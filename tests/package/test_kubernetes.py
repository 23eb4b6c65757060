"""packaging/kubernetes: ports, probes, flags and configuration are those that the daemon has."""

import base64
import secrets

import pytest
import yaml

from harness.daemon import ROOT
from shipped import HEALTH_PATHS, check_arguments, check_config

FOLDER = ROOT / "packaging/kubernetes"
OBJECTS = [document for file in sorted(FOLDER.glob("*.yaml")) for document in yaml.safe_load_all(file.read_text())]


def the(kind, name="postrider"):
    return next(one for one in OBJECTS if one["kind"] == kind and one["metadata"]["name"] == name)


DEPLOYMENT = the("Deployment")["spec"]
POD = DEPLOYMENT["template"]["spec"]
CONTAINER = POD["containers"][0]
CONFIG = the("ConfigMap")["data"]["postrider.yaml"]
PORTS = {port["name"]: port["containerPort"] for port in CONTAINER["ports"]}
MOUNTS = {mount["name"]: mount["mountPath"] for mount in CONTAINER["volumeMounts"]}


@pytest.fixture
def with_secrets(directory):
    """The configuration with every secret that it names in a folder of the test, as the mounted one would have it."""
    def write(redis_url="redis://redis:6379/0"):
        made = {"redis-url": redis_url, "encryption-key": base64.b64encode(secrets.token_bytes(32)).decode(),
                "ingest-token": secrets.token_hex(32), "admin-token": secrets.token_hex(32)}
        for name, value in made.items():
            (directory / name).write_text(value)
        return CONFIG.replace(f"{MOUNTS['secrets']}/", f"{directory}/"), made
    return write


def test_kustomization_names_every_file():
    kustomization = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
    assert set(kustomization["resources"]) == {file.name for file in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}


def test_two_replicas_of_which_one_always_stays():
    assert DEPLOYMENT["replicas"] == 2
    assert DEPLOYMENT["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert the("PodDisruptionBudget")["spec"]["minAvailable"] == 1


def test_selectors_find_the_pods():
    labels = DEPLOYMENT["template"]["metadata"]["labels"]
    selectors = [DEPLOYMENT["selector"]["matchLabels"], the("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
                 the("NetworkPolicy")["spec"]["podSelector"]["matchLabels"], the("Service")["spec"]["selector"],
                 the("Service", "postrider-admin")["spec"]["selector"]]
    assert all(selector == labels for selector in selectors)
    for name, port in (("postrider", "ingest"), ("postrider-admin", "admin")):
        service = the("Service", name)["spec"]["ports"]
        assert [(one["targetPort"], one["port"]) for one in service] == [(port, PORTS[port])]


def test_ports_and_flags_are_the_daemons():
    listen = yaml.safe_load(CONFIG)["listen"]
    assert PORTS == {name: int(address.rpartition(":")[2]) for name, address in listen.items()}
    check_arguments(CONTAINER["args"])
    assert CONTAINER["args"][CONTAINER["args"].index("--config") + 1] == f"{MOUNTS['config']}/postrider.yaml"
    annotations = DEPLOYMENT["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(PORTS["admin"])


def test_the_configuration_is_taken(with_secrets, directory):
    config, made = with_secrets()
    assert config.count(str(directory)) == len(made)
    (directory / "postrider.yaml").write_text(config)
    check_config(directory / "postrider.yaml", {})


def test_pods_are_restricted():
    whole, own = POD["securityContext"], CONTAINER["securityContext"]
    assert whole["runAsNonRoot"] and whole["seccompProfile"] == {"type": "RuntimeDefault"}
    assert f"USER {whole['runAsUser']}:{whole['runAsGroup']}" in (ROOT / "docker/Dockerfile").read_text()
    assert own == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert POD["automountServiceAccountToken"] is False
    assert the("Namespace")["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_an_end_has_the_time_that_the_daemon_takes():
    sleep = int(CONTAINER["lifecycle"]["preStop"]["exec"]["command"][-1])
    assert POD["terminationGracePeriodSeconds"] > sleep + 20 + 10  # the ladder's bounds, src/daemon/shutdown.cpp


def test_probes_answer_as_kubernetes_asks(with_secrets, new_redis, start_daemon):
    """Two daemons with this configuration on one Redis, as the replicas are; then Redis goes."""
    redis = new_redis()
    redis.start()
    config, made = with_secrets(redis.url())
    config = config.replace("0.0.0.0:8080", "127.0.0.1:0").replace("0.0.0.0:8081", "127.0.0.1:0")
    replicas = [start_daemon(config, name=name) for name in ("a", "b")]
    probes = {name: CONTAINER[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")}
    assert {probe["path"] for probe in probes.values()} == HEALTH_PATHS
    assert {probe["port"] for probe in probes.values()} == {"admin"}
    assert probes["liveness"]["path"] == "/health" and probes["readiness"]["path"] == "/ready"
    for daemon in replicas:
        for probe in probes.values():
            assert daemon.admin("GET", probe["path"]).status == 200
        assert daemon.admin("GET", DEPLOYMENT["template"]["metadata"]["annotations"]["prometheus.io/path"]).status == 200
        daemon.accept({"type": "a.b", "data": 1}, token=made["ingest-token"])
        assert daemon.post({"type": "a.b", "data": 1}).status == 401
    redis.kill9()
    for daemon in replicas:
        daemon.wait_for("the store cannot be used")
        assert daemon.admin("GET", probes["readiness"]["path"]).status == 503
        assert daemon.admin("GET", probes["liveness"]["path"]).status == 200
