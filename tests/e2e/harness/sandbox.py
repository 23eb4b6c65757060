"""A place where the commands of a page run word for word: a network of its own, in which 8080, 8081 and 9000 are free, a folder
of its own, and, unless the page starts its own, a daemon with an endpoint that refuses what it gets."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from . import process
from .daemon import BINARY, ROOT
from .settings import SECRET
from .waiting import LONG, StillWaiting, until

TOKENS = {"SHOP_TOKEN": "ingest", "READ_TOKEN": "read", "ADMIN_TOKEN": "admin"}
# Brings up the loopback interface of the new network, says so, and stays until its input ends.
HOLDER = """
import fcntl, socket, struct, sys
with socket.socket() as any:
    fcntl.ioctl(any, 0x8914, struct.pack("16sh", b"lo", 0x41))
print("up", flush=True)
sys.stdin.read()
"""
AS_ROOT = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
# A refusal of the API is a failure of the command; what Redis did not confirm in time is asked for again.
CURL = "#!/bin/sh\nexec /usr/bin/curl --silent --show-error --fail-with-body --max-time 30 --retry 3 \"$@\"\n"


class Sandbox:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.running = []
        self.substituted = {"/backup/": "backup/"}
        self.holder = process.start(["unshare", *AS_ROOT, "--net", sys.executable, "-c", HOLDER],
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"up\n"
        self.environment = {"PATH": f"{self.folder}/bin:/usr/bin:/bin", "HOME": str(self.folder), "LANG": "C.UTF-8"}
        self._furnish()

    def _furnish(self):
        for name in ("bin", "build/release", "backup"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for link in ("bin/postrider", "build/release/postrider"):
            (self.folder / link).symlink_to(Path(BINARY).resolve())
        (self.folder / "config").symlink_to(ROOT / "config")
        (self.folder / "bin/curl").write_text(CURL)
        (self.folder / "bin/curl").chmod(0o755)

    # -- running -----------------------------------------------------------------------------------
    def command(self, script):
        inside = f"/proc/{self.holder.pid}/ns"
        into = [f"--user={inside}/user", "--preserve-credentials"] if AS_ROOT else []
        return ["nsenter", *into, f"--net={inside}/net", "--", "bash", "-eu", "-o", "pipefail", "-c", self.fill(script)]

    def fill(self, script):
        """Real ids in place of those that a page shortens."""
        for short, real in self.substituted.items():
            script = script.replace(short, real)
        return script

    def run(self, script, where="the test"):
        """Runs to its end; gives what it wrote. What it left in the background goes on until `close`."""
        log = self._log()
        running = process.start(self.command(script), cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
        self.running.append(running)
        try:
            code = running.wait(LONG)
        except subprocess.TimeoutExpired:
            raise StillWaiting(f"{where}: {script}\n{read(log)}") from None
        assert code == 0, f"{where}: exit code {code} of\n{script}\n{read(log)}"
        return read(log)

    def begin(self, script):
        """A terminal of its own: goes on, and listens on a port more than before."""
        before = self.ports()
        log = self._log()
        self.running.append(process.start(self.command(script), cwd=self.folder, env=self.environment, start_new_session=True,
                                          stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT))
        until(lambda: self.ports() - before or self.running[-1].poll() is not None, script)
        assert self.running[-1].poll() is None, f"{script}\n{read(log)}"
        if 8081 in self.ports():
            self.wait_until_ready()
        return log

    def _log(self):
        return open(self.folder / f"log-{len(list(self.folder.glob('log-*')))}", "w+", encoding="utf-8")

    def ports(self):
        rows = Path(f"/proc/{self.holder.pid}/net/tcp").read_text().splitlines()[1:]
        return {int(row.split()[1].rpartition(":")[2], 16) for row in rows if row.split()[3] == "0A"}

    def wait_until_ready(self):
        self.run("for _ in {1..600}; do curl http://127.0.0.1:8081/ready >/dev/null 2>&1 && exit; sleep 0.1; done; exit 1")

    # -- a daemon with something to look at --------------------------------------------------------
    def open_for_business(self):
        """Endpoint `partner` answers 400, so its events are dead letters; one more was made by the API."""
        self.environment |= {name: f"a-token-with-scope-{scope}" for name, scope in TOKENS.items()}
        self.environment |= {"POSTRIDER_TOKEN": self.environment["ADMIN_TOKEN"], "POSTRIDER_SECRET": SECRET, "HOST": "127.0.0.1",
                             "ENDPOINT": "partner", "WEBHOOK_SECRET": SECRET, "REDIS_PASSWORD": "hush", "SENTINEL_PASSWORD": "hush"}
        loose = {"events": ["**"], "secret": SECRET, "allow_http": True, "allow_private_network": True}
        (self.folder / "postrider.yaml").write_text(json.dumps({
            "access": {"tokens": [{"name": scope, "token": f"a-token-with-scope-{scope}", "scopes": [scope]}
                                  for scope in TOKENS.values()]},
            "webhooks": [{"id": "partner", "url": "http://127.0.0.1:9009/in", **loose}]}, indent=1))
        # A Redis and a Sentinel of the operator's, for commands to them.
        self.begin("exec redis-server --port 6379 --save ''")
        self.begin("echo port 26379 >sentinel.conf; exec redis-server sentinel.conf --sentinel")
        self.begin("exec postrider listen --port 9009 --status 400")
        self.begin("exec postrider serve --config postrider.yaml")
        self.run("for id in try-1 try-2 case-17-created; do "  # again, where Redis did not confirm it in time
                 "until postrider send case.created --id $id --data '{\"case\": 17, \"amount\": 1.50}'; do sleep 0.1; done; done")
        until(lambda: len(self._known("dead-letters list", "dead_letters")) == 3, "the letters are dead")
        letters = self._known("dead-letters list", "dead_letters")
        job = json.loads(self.run("postrider dead-letters purge --reason gone --yes --no-wait --json"))
        made = json.loads(self.run(f"curl http://127.0.0.1:8081/api/webhooks -H \"Authorization: Bearer $ADMIN_TOKEN\" "
                                   "-H 'Content-Type: application/json' "
                                   "-d '{\"url\": \"https://shop.example.org/in\", \"events\": [\"shop.*\"]}'"))
        self.substituted |= {"dl_…": letters[0]["id"], "del_…": self._known("deliveries partner", "deliveries")[0]["id"],
                             "job_…": re.search(r"job_[\w-]+", json.dumps(job))[0], "ep_…": made["webhook"]["id"]
                             if "webhook" in made else made["id"]}

    def _known(self, listing, name):
        return json.loads(self.run(f"postrider {listing} --json"))[name]

    def close(self):
        for running in reversed(self.running):
            process.stop(running)
        end_sessions({running.pid for running in self.running})
        self.holder.stdin.close()
        self.holder.wait(LONG)


def end_sessions(leaders):
    """What the commands left in the background; it is in the session of its shell."""
    def members():
        return [int(entry) for entry in filter(str.isdigit, os.listdir("/proc")) if session_of(entry) in leaders]
    for pid in members():
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
    until(lambda: not members(), "what the commands started has ended")


def session_of(pid):
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[3]) if fields[0] != "Z" else None


def read(log):
    return Path(log.name).read_text(encoding="utf-8", errors="replace")
