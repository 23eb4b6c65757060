"""Processes of a benchmark, what CPU they use, and how busy the machine is with other things."""

import json
import mmap
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, what, limit=20.0):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what}: not within {limit:g} s")
        time.sleep(0.02)


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def cpu_seconds(pid):
    """User and system time of all threads, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            pass
    return total / 1e9


def kernel_seconds(pid):
    """The part of it that was spent in the kernel, to a hundredth of a second."""
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
        return int(file.read().rpartition(")")[2].split()[12]) / TICK


def machine_cpu_seconds():
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, soft = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + soft) / TICK


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))


class Process:
    """Ends with the benchmark, however that ends."""

    def __init__(self, command, log, **options):
        self.log = open(log, "ab")
        self.child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, command)],
                                      **{"stdout": self.log, "stderr": self.log, **options})
        self.pid = self.child.pid

    def cpu(self):
        return cpu_seconds(self.pid)

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        try:
            self.child.wait(30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self.log.close()


class Redis(Process):
    FSYNC = {"fsync": "always", "everysec": "everysec"}

    def __init__(self, folder, durability):
        self.socket = folder / "r.sock"
        super().__init__(["redis-server", "--port", 0, "--unixsocket", self.socket, "--dir", folder, "--save", "",
                          "--appendonly", "yes", "--appendfsync", self.FSYNC[durability],
                          "--auto-aof-rewrite-percentage", 0], folder / "redis.log")
        wait_until(self.answers, "redis-server answers")

    def answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(16).startswith(b"+PONG")
        except OSError:
            return False


class Receiver(Process):
    def __init__(self, programs, folder):
        self.port = free_port()
        counter = folder / "counter"
        counter.write_bytes(bytes(8))
        with open(counter, "rb") as file:
            self.map = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)
        super().__init__([programs / "receiver", self.port, counter], folder / "receiver.log")
        wait_until(lambda: accepts(self.port), "the receiver listens")

    def count(self):
        return int.from_bytes(self.map[:8], "little")


class Floor(Process):
    """The least possible program (floor.c)."""

    def __init__(self, tools, folder, redis, receiver_port, durability, connections, port=None):
        del durability  # Redis alone decides it here
        self.port = port or free_port()
        super().__init__([tools.programs / "floor", self.port, receiver_port, connections, redis.socket],
                         folder / "floor.log")
        wait_until(lambda: accepts(self.port), "the floor program listens")


def endpoint(id, port, events=("**",), **more):
    return {"id": id, "url": f"http://127.0.0.1:{port}/hook", "events": list(events),
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "allow_http": True, "allow_private_network": True, **more}


class Postrider(Process):
    def __init__(self, tools, folder, redis, receiver_port, durability, connections, port=None, webhooks=None, **more):
        """`more`: of the configuration."""
        self.port, self.admin = port or free_port(), free_port()
        self.config = folder / "postrider.yaml"
        self.settings = {
            "listen": {"ingest": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{self.admin}"},
            "redis": {"url": f"unix://{redis.socket}", "durability": durability}, **more}
        self.write(webhooks or [endpoint("bench", receiver_port, concurrency=connections)])
        config = self.config
        super().__init__([tools.binary, "serve", "--config", config, "--state-dir", folder / "state", "--log-format",
                          "json"], folder / "postrider.log")
        wait_until(self.is_ready, "the daemon is ready")

    def write(self, webhooks):
        """Replaces the configuration; a running daemon takes it up."""
        fresh = self.config.with_suffix(".new")
        fresh.write_text(json.dumps({**self.settings, "webhooks": webhooks}))
        fresh.rename(self.config)

    def is_ready(self):
        if self.child.poll() is not None:
            raise SystemExit(f"bench: the daemon ended: {open(self.log.name, encoding='utf-8').read()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/ready", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False
