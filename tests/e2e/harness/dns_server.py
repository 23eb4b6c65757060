"""A name server on loopback that says what a test wants, or nothing."""

import socket
import struct
import threading

SILENCE, NXDOMAIN, SERVFAIL = "silence", "nxdomain", "servfail"
CODES = {NXDOMAIN: 3, SERVFAIL: 2}
TYPE_A = 1


class DnsServer:
    def __init__(self, names):
        """`names`: name -> list of IPv4 addresses, or one of the words above. Other names: NXDOMAIN."""
        self.names = names
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        # A datagram of no bytes wakes the thread; closing a socket does not.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def _serve(self):
        while True:
            query, peer = self.socket.recvfrom(4096)
            if not query:
                return
            answer = self._answer(query)
            if answer:
                self.socket.sendto(answer, peer)

    def _answer(self, query):
        name, end = read_name(query)
        kind, = struct.unpack_from("!H", query, end)
        question = query[12:end + 4]
        self.asked.append(name)
        wanted = self.names.get(name, NXDOMAIN)
        if wanted == SILENCE:
            return None
        addresses = wanted if isinstance(wanted, list) and kind == TYPE_A else []
        code = CODES.get(wanted, 0) if isinstance(wanted, str) else 0
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(addresses), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", TYPE_A, 1, 60, 4) + socket.inet_aton(address)
                           for address in addresses)
        return head + question + records


def read_name(query):
    """The asked name in lower case, and where it ends."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    return ".".join(labels), at + 1
