"""What a running daemon shows, seen by a real Prometheus: the page of its metrics, the rules, the dashboards."""

import json
import re
import shutil
import tempfile
from collections import defaultdict
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
import yaml

from harness.behaviours import answer
from harness.daemon import ROOT
from harness.named_tests import read_page
from harness.observed import TOKEN, Observed
from harness.prometheus_server import Prometheus
from harness.settings import endpoint, retries, webhooks
from harness.waiting import until

DASHBOARDS = {file.stem: json.loads(file.read_text()) for file in sorted((ROOT / "docker/grafana/dashboards").glob("*.json"))}
PANELS = [(name, panel) for name, board in DASHBOARDS.items() for panel in board["panels"] if panel["type"] != "row"]
# What Grafana puts in for its variables.
VARIABLES = {"$__rate_interval": "1m", "$__range": "3h", "$job": "postrider", "$endpoint": ".*"}


@pytest.fixture(scope="module")
def observed():
    directory = tempfile.mkdtemp(prefix="pr-obs-", dir="/tmp")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        yield Observed(Path(directory), lambda thing: stack.enter_context(closing(thing)))


# -- the page of the metrics ---------------------------------------------------------------------

def rows_of(page, cells):
    rows = [tuple(cell.strip() for cell in line.strip("|").split(" |")) for line in page.splitlines() if line.startswith("| `")]
    return [row for row in rows if len(row) == cells]


PAGE = {name.strip("`"): (kind, set(re.findall(r"`(\w+)`", labels)), unit, meaning)
        for name, kind, labels, unit, meaning in rows_of(read_page("metrics.md"), 5)}


def test_the_page_has_each_metric_that_the_daemon_shows_and_no_other(observed):
    assert observed.daemon.metrics(TOKEN).types == {name: kind for name, (kind, *_) in PAGE.items()}
    assert all(unit and meaning for _, _, unit, meaning in PAGE.values())


def test_the_page_has_the_labels_that_the_daemon_shows(observed):
    labels = defaultdict(set)
    metrics = observed.daemon.metrics(TOKEN)
    for sample, own, _ in metrics.samples:
        name = sample if sample in metrics.types else re.sub(r"_(bucket|sum|count)$", "", sample)
        labels[name] |= set(own) - {"le"}
    assert dict(labels) == {name: own for name, (_, own, *_) in PAGE.items()}


def test_the_page_has_the_values_of_closed_labels(observed):
    metrics = observed.daemon.metrics(TOKEN)
    shown = {row[0]: set(re.findall(r"`(\w+)`", row[1])) for row in rows_of(read_page("metrics.md"), 2)}
    for metric, label, row in (("webhook_events_total", "result", "`result` of events"),
                               ("webhook_config_reloads_total", "result", "`result` of reloads"),
                               ("webhook_deliveries_total", "status", "`status`"),
                               ("webhook_connections_refused_total", "listener", "`listener`"),
                               ("webhook_connections_refused_total", "reason", "`reason` of connections"),
                               ("webhook_dead_letters_total", "reason", "`reason` of dead letters")):
        assert {own[label] for own, _ in metrics.series(metric)} <= shown[row], metric
    assert len({own["status"] for own, _ in metrics.series("webhook_deliveries_total")}) == 6, "the load has each outcome"


# -- rules and alerts ----------------------------------------------------------------------------

def test_each_rule_is_evaluated_without_error_and_each_recording_gives_series(observed):
    prometheus = observed.prometheus
    assert len(prometheus.rules()) >= 60
    until(lambda: all(rule["health"] != "unknown" for rule in prometheus.rules()), "each rule was evaluated", pause=0.2)
    assert not [(rule["name"], rule["lastError"]) for rule in prometheus.rules() if rule["health"] != "ok"]
    for rule in prometheus.rules():
        if rule["type"] == "recording":
            until(lambda: prometheus.query(rule["name"]), f"{rule['name']} gives series", pause=0.5)


def test_recordings_have_the_values_of_what_happened(observed):
    value = observed.prometheus.value
    assert value("job:webhook_dead_letters:sum") == 240
    assert value("job:webhook_partitions_owned:sum") == 16
    assert value('job_endpoint:webhook_circuit_state:max{endpoint="failing"}') == 2
    assert value('job_endpoint:webhook_endpoint_held:max{endpoint="held"}') == 1
    assert value('job_endpoint:webhook_queue_depth:sum{endpoint="held"}') == 60
    assert 0 <= value("job:webhook_deliveries_success:ratio_rate15m") < 0.5
    assert value("job:webhook_intake_errors:ratio_rate1h") == 0 or observed.daemon.was_in_doubt(TOKEN)


@pytest.mark.parametrize("alert, states", [
    ("PostriderSuccessRateLow", {"firing"}), ("PostriderSuccessRateCritical", {"firing"}),
    ("PostriderEgressBlocked", {"firing"}), ("PostriderAuthFailures", {"firing"}), ("PostriderStoredFaults", {"firing"}),
    ("PostriderReloadFailed", {"firing"}), ("PostriderCircuitOpen", {"pending", "firing"}),
    ("PostriderDeadLetters", {"pending", "firing"}), ("PostriderDeadLettersMany", {"pending", "firing"})])
def test_what_happened_to_the_daemon_raises_its_alert(observed, alert, states):
    until(lambda: observed.prometheus.alert_state(alert) in states, f"{alert} is {states}", pause=0.5)


@pytest.mark.parametrize("alert", [
    "PostriderDown", "PostriderMissing", "PostriderAuditMismatch", "PostriderCircuitsOpenMany", "PostriderOldestEvent",
    "PostriderQueueGrowing", "PostriderIntakeUnavailable", "PostriderRedisSilent", "PostriderPartitionsUnowned",
    "PostriderIntakeBudgetBurnsFast"])
def test_what_did_not_happen_raises_none(observed, alert):
    happened = "Intake" in alert and observed.daemon.was_in_doubt(TOKEN)  # by the machine, which was busy elsewhere
    assert observed.prometheus.alert_state(alert) == "inactive" or happened


def test_a_redis_that_falls_silent_is_seen(receiver, new_redis, start_daemon, directory, closing):
    redis = new_redis().start()
    daemon = start_daemon(webhooks(endpoint(receiver.url()), redis={
        "url": redis.url(), "durability": "memory", "durability_unverified": True, "lease_seconds": 2}), patient=False)
    prometheus = Prometheus(directory / "prometheus", daemon.admin_address)
    closing.append(prometheus)
    prometheus.start().wait_for_scrapes(2)
    # The expressions of PostriderRedisSilent and PostriderIntakeUnavailable, over seconds instead of minutes.
    calls = "sum(rate(webhook_redis_seconds_count[4s]))"
    refused = 'sum(webhook_events_total{result="unavailable"})'
    until(lambda: (prometheus.value(calls) or 0) > 0, "Redis answers", pause=0.2)
    assert prometheus.value(refused) is None
    assert daemon.metrics().sum("webhook_partitions_owned") == 16
    redis.freeze()
    assert daemon.post({"type": "a", "data": 1}).status == 503
    daemon.wait_metric("webhook_partitions_owned", 0)  # it may not use what somebody else may have taken
    until(lambda: prometheus.value(calls) == 0, "no script is answered", pause=0.2)
    until(lambda: (prometheus.value(refused) or 0) > 0, "the refusal is counted", pause=0.2)
    redis.thaw()
    until(lambda: prometheus.value(calls) > 0, "Redis answers again", pause=0.2)
    daemon.wait_metric("webhook_partitions_owned", 16)


# -- endpoints that go ---------------------------------------------------------------------------

def of_endpoint(daemon, id):
    return {name for name, labels, _ in daemon.metrics().samples if labels.get("endpoint") == id}


def test_an_endpoint_that_is_gone_has_no_series_and_what_waits_for_it_is_still_shown(receiver, start_daemon):
    receiver.script("/failing", then=answer(503))
    breaker = {"failure_threshold": 1, "recovery_timeout_seconds": 300, "max_recovery_timeout_seconds": 300}
    stays = endpoint(receiver.url("/stays"), "stays", ["a"])
    gone = endpoint(receiver.url("/gone"), "gone", ["a"])
    failing = endpoint(receiver.url("/failing"), "failing", ["b"], retry=retries(600), circuit_breaker=breaker)
    daemon = start_daemon(webhooks(stays, gone, failing))
    made = daemon.admin("POST", "/api/webhooks", body=json.dumps(
        {"url": receiver.url("/made"), "events": ["a"], "allow_http": True, "allow_private_network": True}).encode(),
        headers={"Content-Type": "application/json"}).json["id"]
    daemon.accept({"type": "a", "data": 1})
    daemon.accept({"type": "b", "data": 1})
    daemon.wait_metric("webhook_circuit_state", 2, endpoint="failing")
    daemon.wait_metric("webhook_queue_depth", 1, endpoint="failing")
    counted = {"webhook_deliveries_total", "webhook_delivery_seconds_count", "webhook_in_flight", "webhook_circuit_state"}
    for id in ("stays", "gone", made):
        until(lambda: counted <= of_endpoint(daemon, id), f"{id} is shown")

    assert daemon.admin("DELETE", f"/api/webhooks/{made}").status == 204
    daemon.write_config(webhooks(stays))
    until(lambda: not of_endpoint(daemon, "gone") and not of_endpoint(daemon, made), "nothing of the gone ones is shown")
    waiting = {"webhook_queue_depth", "webhook_oldest_event_seconds", "webhook_dead_letters"}
    until(lambda: of_endpoint(daemon, "failing") == waiting, "of the one with an event what waits, and no circuit")
    assert counted <= of_endpoint(daemon, "stays")

    daemon.write_config(webhooks(stays, gone, failing))
    daemon.wait_for("configuration reloaded", endpoints=3)
    daemon.accept({"type": "a", "data": 1})
    daemon.wait_metric("webhook_deliveries_total", 1, endpoint="gone")  # it begins at 0
    daemon.wait_metric("webhook_circuit_state", 2, endpoint="failing")  # and what was known of it is known


def test_a_failed_reload_is_shown_until_it_is_mended(receiver, start_daemon):
    good = webhooks(endpoint(receiver.url()))
    daemon = start_daemon(good)
    loaded = daemon.metrics().sum("webhook_config_last_reload_seconds")
    assert daemon.metrics().sum("webhook_config_last_reload_successful") == 1 and loaded > 1.7e9
    daemon.write_config({**good, "colour": "red"})
    daemon.wait_metric("webhook_config_last_reload_successful", 0)
    assert daemon.metrics().sum("webhook_config_last_reload_seconds") == loaded
    daemon.write_config(good)
    daemon.wait_metric("webhook_config_last_reload_successful", 1)
    assert daemon.metrics().sum("webhook_config_last_reload_seconds") > loaded


# -- dashboards ----------------------------------------------------------------------------------

def filled_in(expression):
    for name, value in VARIABLES.items():
        expression = expression.replace(name, value)
    assert "$" not in expression, expression
    return expression


@pytest.mark.parametrize("dashboard, panel", PANELS, ids=[f"{name}-{panel['id']}" for name, panel in PANELS])
def test_each_query_of_a_dashboard_gives_series(observed, dashboard, panel):
    assert panel["targets"]
    for target in panel["targets"]:
        until(lambda: observed.prometheus.query(filled_in(target["expr"])), f"{panel['title']}: {target['expr']}", pause=0.5)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_the_variables_of_a_dashboard_have_values(observed, name):
    variables = {one["name"]: one for one in DASHBOARDS[name]["templating"]["list"]}
    for one in variables.values():
        if one["type"] == "query":
            metric, label = re.fullmatch(r"label_values\((.+), (\w+)\)", one["query"]["query"]).groups()
            assert observed.prometheus.query(f"count by ({label}) ({filled_in(metric)})")
    text = json.dumps(DASHBOARDS[name]["panels"])
    assert set(re.findall(r"\$\{?([a-z]\w*)", text)) <= set(variables)


@pytest.mark.parametrize("name", DASHBOARDS)
def test_a_dashboard_is_whole(name):
    board = DASHBOARDS[name]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"]
            assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    known = {other["uid"] for other in DASHBOARDS.values()}
    assert {link["url"].rpartition("/")[2] for link in board["links"]} == known - {board["uid"]}


def test_provisioning_names_what_is_there():
    folder = ROOT / "docker/grafana/provisioning"
    source, = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text())["datasources"]
    provider, = yaml.safe_load((folder / "dashboards/postrider.yaml").read_text())["providers"]
    assert source["type"] == "prometheus" and provider["options"]["path"].endswith("/dashboards")
