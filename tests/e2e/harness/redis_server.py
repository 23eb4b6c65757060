"""A real redis-server for tests of the external kind: TCP, unix socket, TLS, passwords, kills and stops."""

import collections
import random
import signal
import socket
import subprocess

from . import process
from .waiting import LONG, until


# Below the ports that the kernel gives to connections that go out: between the choice of a port and the server's start
# one of those would take it.
PORTS = range(20000, 32000)
# Sockets in the abstract namespace, one for each port: tests that run beside these choose others. A test needs few.
claims = collections.deque(maxlen=200)


def free_port():
    """A port for a server that cannot be told to take any. Nobody is given it again soon."""
    while True:
        port = random.choice(PORTS)
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0postrider-test-port-{port}")
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        claims.append(claim)
        return port


class Redis:
    def __init__(self, directory, *options, appendonly="yes", appendfsync="always", tls=None, plain=True):
        """`tls`: (authority, certificate, key) adds a TLS listener, which without a `plain` one is the only one.
        `options`: more of redis-server's."""
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.socket_path = directory / "r.sock"
        self.port = free_port()
        self.tls_port = 0 if not tls else free_port() if plain else self.port
        self.command = ["redis-server", "--port", self.port if plain else 0, "--bind", "127.0.0.1", "--unixsocket", self.socket_path,
                        "--dir", directory, "--save", "", "--appendonly", appendonly, "--appendfsync", appendfsync,
                        "--logfile", directory / "redis.log", *options]
        if tls:
            authority, certificate, key = tls
            self.command += ["--tls-port", self.tls_port, "--tls-ca-cert-file", authority, "--tls-cert-file",
                             certificate, "--tls-key-file", key, "--tls-auth-clients", "no"]
        self.cli_options = []
        self.process = None

    def launch(self):
        """Starts the process and returns at once. It ends with the thread that started it."""
        self.process = process.start(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        self.launch()
        return self.wait_until_it_serves()

    def wait_until_it_serves(self):
        # LOADING and NOAUTH are answers as well, but only PONG and NOAUTH mean that it serves.
        until(lambda: any(word in self.cli("PING") for word in ("PONG", "NOAUTH")), "redis-server serves")
        return self

    def cli(self, *arguments):
        command = ["redis-cli", "-s", self.socket_path, "--no-auth-warning", *self.cli_options, *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=LONG)
        return done.stdout + done.stderr

    def url(self, database=None):
        return f"redis://127.0.0.1:{self.port}" + ("" if database is None else f"/{database}")

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def kill9(self):
        self.process.kill()
        self.process.wait(LONG)

    def freeze(self):
        """Silent but not gone: connections stay, nothing is answered."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def close(self):
        if self.process is not None:
            if self.process.poll() is None:
                self.thaw()
            process.stop(self.process)
