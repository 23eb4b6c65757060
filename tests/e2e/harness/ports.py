"""Ports for servers that cannot be given port 0."""

import os
import random
import socket
from pathlib import Path

LOWEST, BLOCKS = 10_240, 8
taken = set()  # by this process


def free_port():
    """Nobody listens on it, and nobody will come upon it before its server does: it lies below those that the kernel hands
    out to connections, and in a block of its own for each process of a parallel run."""
    above = _first_of_the_kernel()
    width = (above - LOWEST) // BLOCKS
    block = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % BLOCKS
    ports = range(LOWEST + block * width, LOWEST + (block + 1) * width)
    while True:
        port = random.choice(ports)
        if port not in taken and _is_free(port):
            taken.add(port)
            return port


def _first_of_the_kernel():
    first = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text(encoding="ascii").split()[0])
    return first if first > 2 * LOWEST else 32_768


def _is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
