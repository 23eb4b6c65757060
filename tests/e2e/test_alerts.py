"""Rules and alerts: their own unit tests, and the runbook that has a section for each."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from harness.daemon import BINARY
from harness.named_tests import read_page
from harness.prometheus_server import SHIPPED

pytestmark = pytest.mark.pages
RULE_FILES = sorted((SHIPPED / "rules").glob("*.yml"))
RULES = [rule for file in RULE_FILES for group in yaml.safe_load(file.read_text())["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
UNIT_TESTS = sorted(Path(__file__).with_name("promtool").glob("*.yml"))
CHECKS = [check for file in UNIT_TESTS for group in yaml.safe_load(file.read_text())["tests"]
          for check in group["promql_expr_test"]]
RUNBOOK = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##|\Z)", read_page("runbook.md"), re.MULTILINE | re.DOTALL))


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_configuration_and_its_rules_are_valid():
    promtool("check", "config", SHIPPED / "prometheus.yml")


@pytest.mark.parametrize("file", UNIT_TESTS, ids=lambda file: file.stem)
def test_alerts_fire_and_stay_silent_as_they_should(file):
    promtool("test", "rules", file)


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_is_shown_to_fire_and_to_stay_silent(alert):
    of_it = [check for check in CHECKS if f'alertname="{alert}"' in check["expr"]]
    assert any(check["exp_samples"] for check in of_it), "never shown to fire"
    assert any(not check["exp_samples"] for check in of_it), "never shown to stay silent"
    for check in of_it:
        for sample in check["exp_samples"]:
            assert f'severity="{ALERTS[alert]["labels"]["severity"]}"' in sample["labels"]


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_what_it_is_and_where_to_read_on(alert):
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{alert.lower()}"


def test_runbook_and_alerts_are_of_one_another():
    assert len(ALERTS) == len([rule for rule in RULES if "alert" in rule]), "two alerts of one name"
    assert set(RUNBOOK) == set(ALERTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_a_section_says_what_to_do_and_whom_to_wake(alert):
    parts = dict(re.findall(r"^\*\*(\w+)\.\*\* (.+?)(?=\n\n|\Z)", RUNBOOK[alert], re.MULTILINE | re.DOTALL))
    assert list(parts) == ["Means", "Look", "Do", "Wake"]
    assert parts["Wake"].startswith("No") == (ALERTS[alert]["labels"]["severity"] == "warning"), parts["Wake"]


def test_links_within_the_runbook_lead_somewhere():
    for anchor in re.findall(r"\]\(#(\w+)\)", read_page("runbook.md")):
        assert anchor in {alert.lower() for alert in RUNBOOK}


def test_commands_and_options_of_the_runbook_exist():
    page = read_page("runbook.md")
    commands = {tuple(line.split()) for line in re.findall(r"\bpostrider ([a-z][^`#\n]*)", page)}
    assert len(commands) >= 10
    for words in commands:
        names = [word for word in words[:2] if re.fullmatch(r"[a-z-]+", word) and not word.startswith("-")]
        help = subprocess.run([BINARY, *names, "--help"], capture_output=True, text=True)
        assert help.returncode == 0, names
        for word in words[len(names):]:
            assert not word.startswith("--") or word in help.stdout, (names, word)


def test_each_metric_in_a_rule_is_shown_or_recorded():
    recorded = {rule["record"] for rule in RULES if "record" in rule}
    shown = set(re.findall(r"^\| `(webhook_\w+)`", read_page("metrics.md"), re.MULTILINE))
    for rule in RULES:
        expression = re.sub(r'"[^"]*"', "", str(rule["expr"]))
        for name in re.findall(r"\b(?:job|job_endpoint|instance):[\w:]+", expression):
            assert name in recorded, (name, rule)
        for name in re.findall(r"(?<![\w:])webhook_\w+", expression):
            assert name in shown or re.sub(r"_(bucket|sum|count)$", "", name) in shown, (name, rule)
