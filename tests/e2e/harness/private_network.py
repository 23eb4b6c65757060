"""A network of a test's own, in which every address on earth is this machine, and a witness of what is sent to them."""

import ctypes
import ipaddress
import os
import select
import socket
import struct
import subprocess
import threading

CLONE_NEWNET = 0x40000000
ALL_PROTOCOLS = 0x0003
LIBC = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


class PrivateNetwork:
    """The thread that makes it, what it starts from then on, and no other, is in it until it is closed. Needs root.

    A denied address that does not exist proves nothing: nothing arrives there anyway. Here a packet to any of them
    would arrive."""

    def __init__(self):
        self.former = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        call(LIBC.unshare, CLONE_NEWNET)
        self.run("link", "set", "lo", "up")
        self.run("route", "add", "local", "0.0.0.0/0", "dev", "lo")
        self.run("-6", "route", "add", "local", "::/0", "dev", "lo")

    def run(self, *arguments):
        """The ip command."""
        subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)

    def close(self):
        call(LIBC.setns, self.former, CLONE_NEWNET)
        os.close(self.former)


def may_be_made():
    """Whether this process may: asked of a child, which leaves no trace."""
    return subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True).returncode == 0


class Witness:
    """Every packet that is sent while it lives, as (address, port); port 0 where there is none."""

    def __init__(self):
        self.seen = set()
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ALL_PROTOCOLS))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("lo", ALL_PROTOCOLS))
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self):
        while not self.stopped.is_set():
            if select.select([self.socket], [], [], 0.05)[0]:
                target = destination(self.socket.recv(128))
                if target:
                    self.seen.add(target)

    def close(self):
        self.stopped.set()
        self.thread.join()
        self.socket.close()

    def addresses(self):
        return {address for address, _ in self.seen}


def destination(packet):
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        return str(ipaddress.ip_address(packet[16:20])), port_of(packet, packet[9], (packet[0] & 15) * 4)
    if len(packet) >= 40 and packet[0] >> 4 == 6:
        return str(ipaddress.ip_address(packet[24:40])), port_of(packet, packet[6], 40)
    return None


def port_of(packet, protocol, at):
    if protocol not in (socket.IPPROTO_TCP, socket.IPPROTO_UDP) or len(packet) < at + 4:
        return 0
    return struct.unpack_from("!H", packet, at + 2)[0]
