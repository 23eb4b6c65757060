"""Runs the real `postrider serve` and knows it from outside only: its log, its listeners, its signals."""

import json
import os
import signal
import threading
import time
import uuid
from pathlib import Path

from . import process
from .client import Client, RawConnection
from .metrics import Metrics
from .waiting import LONG, StillWaiting, until

ROOT = Path(__file__).resolve().parents[3]
BINARY = os.environ.get("POSTRIDER_BINARY", str(ROOT / "build/release/postrider"))
# A machine with two cores runs one shard: threads meet where there are more.
SHARDS = os.environ.get("POSTRIDER_TEST_SHARDS")

SANITIZER_MARKS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "WARNING: ThreadSanitizer", "runtime error:")


def made_id():
    return f"test-{uuid.uuid4()}"


def has_id(headers):
    return "Idempotency-Key" in (headers or {})


class Daemon:
    def __init__(self, directory, config, env=None, patient=True):
        """`patient`: its clients are, if nothing else is said."""
        self.directory = Path(directory)
        self.state_directory = self.directory / "state"
        self.config_file = self.directory / "postrider.yaml"
        self.env = {**os.environ, **(env or {})}
        self.patient = patient
        self.binary = BINARY
        self.process = None
        self.lines = []  # every JSON line of the present process
        self.noise = []  # what was no JSON
        self.changed = threading.Condition()
        if config is not None:
            self.write_config(config)

    # -- configuration ---------------------------------------------------------------------------
    def render(self, config):
        if isinstance(config, str):
            return config
        config = {"listen": {"ingest": "127.0.0.1:0", "admin": "127.0.0.1:0"}, **config}
        return json.dumps(config, indent=1, ensure_ascii=False) + "\n"  # JSON is YAML

    def write_config(self, config):
        """Replaces the file by a rename, as editors and ConfigMaps do."""
        fresh = self.config_file.with_suffix(".new")
        fresh.write_text(self.render(config), encoding="utf-8")
        fresh.rename(self.config_file)

    # -- life ------------------------------------------------------------------------------------
    def launch(self, *arguments, log_format="json"):
        """Starts the process and returns at once."""
        assert self.process is None or self.process.poll() is not None
        self.lines, self.noise = [], []
        if SHARDS and "--shards" not in arguments:
            arguments += ("--shards", SHARDS)
        command = [self.binary, "serve", "--config", self.config_file, "--state-dir", self.state_directory,
                   "--log-format", log_format, *arguments]
        self.process = process.start(command, env=self.env, stdout=process.subprocess.DEVNULL,
                                     stderr=process.subprocess.PIPE)
        self.reader = threading.Thread(target=self._read_log, args=(self.process, self.lines, self.noise),
                                       daemon=True)
        self.reader.start()
        return self

    def start(self, *arguments):
        """Starts the process and waits until it takes events."""
        self.launch(*arguments)
        self.wait_for("ready")
        self.ingest_address = self.wait_for("listening", listener="ingest")["address"]
        self.admin_address = self.wait_for("listening", listener="admin")["address"]
        return self

    def _read_log(self, running, lines, noise):
        for raw in running.stderr:
            text = raw.decode("utf-8", "replace").rstrip("\n")
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            with self.changed:
                (lines if isinstance(line, dict) else noise).append(line if isinstance(line, dict) else text)
                self.changed.notify_all()
        with self.changed:
            self.changed.notify_all()

    @property
    def pid(self):
        return self.process.pid

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        self.process.send_signal(number)

    def kill9(self):
        self.process.kill()
        self.process.wait(LONG)
        self.reader.join(LONG)

    def wait_exit(self, limit=LONG):
        try:
            code = self.process.wait(limit)
        except process.subprocess.TimeoutExpired:
            raise StillWaiting(f"the daemon did not end within {limit:g} s\n{self.tail()}") from None
        self.reader.join(limit)
        return code

    def terminate(self, limit=LONG):
        """SIGTERM; gives the exit code and how long the daemon took."""
        begun = time.monotonic()
        self.signal(signal.SIGTERM)
        code = self.wait_exit(limit)
        return code, time.monotonic() - begun

    def close(self):
        """The end of a test: nothing may stay, and a sanitizer's report is a failure."""
        if self.process is None:
            return
        redis = self.embedded_redis()
        process.stop(self.process)
        self.reader.join(LONG)
        until(lambda: not any(process.is_alive(pid) for pid in redis), "the embedded Redis ended")
        reports = [line for line in self.noise if any(mark in line for mark in SANITIZER_MARKS)]
        assert not reports, "\n".join(self.noise)

    def embedded_redis(self):
        return process.children(self.pid, "redis-server")

    # -- log -------------------------------------------------------------------------------------
    def matching(self, message, **fields):
        with self.changed:
            return [line for line in self.lines if line.get("message") == message
                    and all(line.get(name) == value for name, value in fields.items())]

    def wait_for(self, message, count=1, limit=LONG, **fields):
        """Waits for the log line number `count` with this message and these fields, and gives it."""
        deadline = time.monotonic() + limit
        seen, hits = 0, []
        while True:
            with self.changed:
                if seen == len(self.lines) and self.reader.is_alive():
                    self.changed.wait(min(1.0, max(0.0, deadline - time.monotonic())))
                fresh, seen = self.lines[seen:], len(self.lines)
            hits += [line for line in fresh if line.get("message") == message
                     and all(line.get(name) == value for name, value in fields.items())]
            if len(hits) >= count:
                return hits[count - 1]
            over = time.monotonic() > deadline or (not self.reader.is_alive() and seen == len(self.lines))
            if over and not fresh:
                raise StillWaiting(f"no log line {message!r} {fields} (number {count})\n{self.tail()}")

    def attempts(self, count, **fields):
        """The first `count` attempts' log lines with these fields."""
        self.wait_for("attempt", count=count, **fields)
        return self.matching("attempt", **fields)[:count]

    def tail(self):
        with self.changed:
            code = None if self.process is None else self.process.poll()
            recent = "\n".join([json.dumps(line) for line in self.lines[-12:]] + self.noise[-60:])
        return f"-- the daemon's log, exit code {code} --\n{recent}"

    # -- listeners -------------------------------------------------------------------------------
    def client(self, token=None, listener="ingest", **options):
        return Client(getattr(self, f"{listener}_address"), token, **{"patient": self.patient, **options})

    def raw(self, listener="ingest"):
        return RawConnection(getattr(self, f"{listener}_address"))

    def tell(self, story):
        """What `story` is answered over a raw connection: told again over another one while the answer is in doubt, which a
        story of several answers gives if there is one."""
        def told():
            with self.raw() as raw:
                answer = story(raw)
            return not answer.is_in_doubt and answer
        return until(told, "the answer is confirmed", pause=0.1)

    def post(self, event, headers=None, token=None, path="/api/events", **options):
        client = self.client(token, **options)
        try:
            return client.post(event, headers, path)
        finally:
            client.close()

    def accept(self, event, headers=None, **options):
        """Posts an event that must be taken, and gives the answer's JSON. So that it is stored once when it has to be posted
        again, it gets an id if it has none and no key."""
        if isinstance(event, dict):
            event = event if has_id(headers) else {"id": made_id(), **event}
        elif b'"id"' not in event and not has_id(headers):
            headers = {**(headers or {}), "Idempotency-Key": made_id()}
        answer = self.post(event, headers, patient=True, **options)
        assert answer.status == 202, (answer.status, answer.body, self.tail())
        return answer.json

    def accept_all(self, events):
        """Posts a batch of events with ids, which must all be taken; those that are in doubt again."""
        missing = list(events)

        def are_taken():
            nonlocal missing
            answer = self.post(json.dumps(missing, separators=(",", ":")).encode(), path="/api/events/batch", patient=True)
            results = answer.json["results"]
            assert {result["status"] for result in results} <= {202, 503}, results
            missing = [event for event, result in zip(missing, results) if result["status"] == 503]
            return not missing
        until(are_taken, "every event is taken")

    def admin(self, method, path, token=None, **options):
        client = self.client(token, "admin")
        try:
            return client.request(method, path, **options)
        finally:
            client.close()

    def metrics(self, token=None):
        answer = self.admin("GET", "/metrics", token)
        assert answer.status == 200, answer
        return Metrics(answer.body.decode())

    def was_in_doubt(self, token=None):
        """Whether Redis did not confirm an event in time. Repeated by a patient client, that was a duplicate."""
        return self.metrics(token).sum("webhook_events_total", result="unavailable") > 0

    def wait_metric(self, name, wanted, token=None, **labels):
        """Waits until the sum of the series has the value; counters move a moment after what they count."""
        def has_it():
            self.last_value = self.metrics(token).sum(name, **labels)
            return self.last_value == wanted
        try:
            until(has_it, name)
        except StillWaiting:
            raise StillWaiting(f"{name}{labels} is {self.last_value}, not {wanted}\n{self.tail()}") from None
