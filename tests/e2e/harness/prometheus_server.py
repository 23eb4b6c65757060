"""A real Prometheus with the configuration and the rules that Postrider ships, pointed at daemons of a test."""

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import yaml

from . import process
from .redis_server import free_port
from .waiting import LONG, until

SHIPPED = Path(__file__).resolve().parents[3] / "docker/prometheus"


class Prometheus:
    def __init__(self, directory, *targets, token=None):
        """Scrapes `targets` and evaluates every rule each second; `token` is sent with each scrape."""
        directory.mkdir(parents=True, exist_ok=True)
        self.config_file = directory / "prometheus.yml"
        self.config_file.write_text(yaml.safe_dump(self._settings(targets, token)))
        self.targets = len(targets)
        self.port = free_port()
        self.log = open(directory / "prometheus.log", "wb")
        self.command = ["prometheus", f"--config.file={self.config_file}", f"--storage.tsdb.path={directory / 'data'}",
                        f"--web.listen-address=127.0.0.1:{self.port}"]
        self.process = None

    @staticmethod
    def _settings(targets, token):
        settings = yaml.safe_load((SHIPPED / "prometheus.yml").read_text())
        settings["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        settings["rule_files"] = [str(SHIPPED / pattern) for pattern in settings["rule_files"]]
        job, = settings["scrape_configs"]
        job["static_configs"] = [{"targets": list(targets)}]
        if token:
            job["authorization"] = {"credentials": token}
        return settings

    def start(self):
        self.process = process.start(self.command, stdout=subprocess.DEVNULL, stderr=self.log)
        until(self._is_ready, "Prometheus is ready")
        return self

    def _is_ready(self):
        assert self.process.poll() is None, Path(self.log.name).read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=LONG) as answer:
                return answer.status == 200
        except OSError:
            return False

    def _get(self, path, **parameters):
        url = f"http://127.0.0.1:{self.port}{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=LONG) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            raise AssertionError(f"{parameters}: {refused.read().decode()}") from None

    def query(self, expression):
        """The series that an instant query gives, as [{"metric": labels, "value": [time, text]}]."""
        answer = self._get("/api/v1/query", query=expression)
        assert answer["status"] == "success" and not answer.get("warnings"), (expression, answer)
        data = answer["data"]
        return [{"metric": {}, "value": data["result"]}] if data["resultType"] == "scalar" else data["result"]

    def value(self, expression):
        """The one value that the query gives, or None."""
        found = self.query(expression)
        assert len(found) <= 1, (expression, found)
        return float(found[0]["value"][1]) if found else None

    def rules(self):
        groups = self._get("/api/v1/rules")["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def alert_state(self, name):
        """`inactive`, `pending` or `firing`."""
        rule, = (rule for rule in self.rules() if rule["name"] == name)
        return rule["state"]

    def wait_for_scrapes(self, count):
        """Waits until each target was scraped so many times after now."""
        now = self.value("time()")
        enough = f"sum_over_time(up[{{}}s]) >= {count}"

        def scraped():
            passed = int(self.value("time()") - now)
            return passed > 0 and len(self.query(enough.format(passed))) == self.targets
        until(scraped, f"{count} scrapes", pause=0.2)

    def close(self):
        if self.process is not None:
            process.stop(self.process)
        self.log.close()
