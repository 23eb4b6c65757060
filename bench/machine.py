"""Processes of a benchmark, what CPU they use, and how busy the machine is with other things."""

import json
import mmap
import os
import re
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


def wait_until(condition, what, limit=20.0, every=0.02):
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise SystemExit(f"bench: {what}: not within {limit:g} s")
        time.sleep(every)


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


def described():
    """What the numbers are of."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "unknown")
    versions = [subprocess.run([program, "-v"], capture_output=True, text=True, check=True) for program in ("redis-server", "nginx")]
    redis, nginx = (re.search(r"(?:v=|nginx/)([\d.]+)", done.stdout + done.stderr).group(1) for done in versions)
    return {"cpu": model, "cores": CORES, "kernel": os.uname().release.partition("-")[0], "redis": redis, "nginx": nginx}


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


class Nginx(Process):
    """The receiver of load: answers 204 without a body, over HTTP and over TLS, and counts by its own stub_status."""

    CONFIGURATION = """daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error;
events {{ worker_connections 16384; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 1000000000; keepalive_timeout 600s; client_body_buffer_size 32k;
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl;
    ssl_certificate {folder}/receiver.pem; ssl_certificate_key {folder}/receiver.key;
    location / {{ return 204; }}
    location = /broken {{ return 500; }}
    location = /count {{ stub_status; }}
  }}
}}
"""

    def __init__(self, folder):
        self.port, self.tls_port = free_port(), free_port()
        self.asked, self.asking = 0, None  # one kept connection: it is asked up to a thousand times a second
        self.certificate = folder / "receiver.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                        "-keyout", folder / "receiver.key", "-out", self.certificate, "-days", "2", "-subj",
                        "/CN=receiver", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        configuration = folder / "nginx.conf"
        configuration.write_text(self.CONFIGURATION.format(folder=folder, port=self.port, tls_port=self.tls_port))
        super().__init__(["nginx", "-c", configuration, "-p", folder, "-e", "stderr"], folder / "nginx.log")
        wait_until(lambda: accepts(self.port), "nginx listens")

    def count(self):
        """Requests served, those that asked for the count left out."""
        if self.asking is None:
            self.asking = socket.create_connection(("127.0.0.1", self.port), 10)
        self.asking.sendall(b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        told = b""
        while b"Waiting:" not in told:
            told += self.asking.recv(4096)
        self.asked += 1
        return int(told.partition(b"requests")[2].split()[2]) - self.asked

    def wait_until_quiet(self):
        """Until nothing came in for a while."""
        last = self.count()
        while True:
            time.sleep(0.2)
            if (count := self.count()) == last:
                return
            last = count

    def stop(self):
        if self.asking is not None:
            self.asking.close()
        super().stop()


class Floor(Process):
    """The least possible program (floor.c)."""

    def __init__(self, tools, folder, redis, receiver_port, connections, port=None):
        self.port = port or free_port()
        super().__init__([tools.programs / "floor", self.port, receiver_port, connections, redis.socket],
                         folder / "floor.log")
        wait_until(lambda: accepts(self.port), "the floor program listens")


def endpoint(id, port, events=("**",), **more):
    return {"id": id, "url": f"http://127.0.0.1:{port}/hook", "events": list(events),
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "allow_http": True, "allow_private_network": True, **more}


class Postrider(Process):
    def __init__(self, tools, folder, redis, durability, webhooks, port=None, **more):
        """`webhooks` and `more`: what the file of the configuration has."""
        self.port, self.admin = port or free_port(), free_port()
        self.config = folder / "postrider.yaml"
        self.settings = {
            "listen": {"ingest": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{self.admin}"},
            "redis": {"url": f"unix://{redis.socket}", "durability": durability}, **more}
        self.child = None
        self.write(webhooks)
        self.command = [tools.binary, "serve", "--config", self.config, "--state-dir", folder / "state", "--log-format", "json"]
        self.log_file = folder / "postrider.log"
        self.ready_seconds = self.start()

    def start(self):
        """Starts it (again) and gives the seconds until it was ready."""
        begun = time.monotonic()
        super().__init__(self.command, self.log_file)
        wait_until(self.is_ready, "the daemon is ready", 120, 0.002)
        return time.monotonic() - begun

    def write(self, webhooks):
        """Replaces the configuration; a running daemon has taken it up when this returns."""
        fresh = self.config.with_suffix(".new")
        fresh.write_text(json.dumps({**self.settings, "webhooks": webhooks}))
        fresh.rename(self.config)
        if self.child and self.child.poll() is None:
            self.ask("/api/config/reload", "POST")

    def ask(self, path, method="GET"):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}", method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()

    def events(self, result):
        """How many were posted with this result since the start."""
        return self.metric(rf'webhook_events_total\{{[^}}]*result="{result}"[^}}]*\}}')

    def waiting(self):
        """How many deliveries wait, as the daemon saw it at its last look."""
        return self.metric(r"webhook_queue_depth\{[^}]*\}")

    def metric(self, series):
        return sum(map(int, re.findall(rf"^{series} (\d+)", self.ask("/metrics"), re.M)))

    def is_ready(self):
        if self.child.poll() is not None:
            raise SystemExit(f"bench: the daemon ended: {open(self.log.name, encoding='utf-8').read()[-2000:]}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/ready", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False
