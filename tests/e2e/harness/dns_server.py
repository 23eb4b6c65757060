"""A name server on loopback, by UDP and TCP, that says what a test wants, truthfully or not, or nothing."""

import ipaddress
import socket
import struct
import threading

SILENCE, NXDOMAIN, SERVFAIL = "silence", "nxdomain", "servfail"
CODES = {NXDOMAIN: 3, SERVFAIL: 2}
TYPE_A, TYPE_CNAME, TYPE_AAAA = 1, 5, 28
FAMILIES = {TYPE_A: 4, TYPE_AAAA: 6}


class Truncated(list):
    """Addresses that come by TCP only: the answer by UDP says that it was cut."""


class Alias(str):
    """A CNAME to another name of the table; the answer holds the whole chain."""


class InTurn:
    """An answer for each question about IPv4 addresses, in their order; the last one stays. Nothing is to be kept."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def next(self, kind):
        at = min(self.asked, len(self.answers) - 1)
        if kind == TYPE_A:
            self.asked += 1
        return self.answers[at]


class Forged:
    """First come answers that are to be refused, with `lie` in them; then the true one."""

    def __init__(self, truth, lie):
        self.truth, self.lie = truth, lie


class Misplaced:
    """The answer gives addresses of another name than the one that was asked about."""

    def __init__(self, addresses):
        self.addresses = addresses


class DnsServer:
    def __init__(self, names):
        """`names`: name -> list of addresses of both kinds, one of the words or one of the classes above.
        Other names: NXDOMAIN."""
        self.names = names
        self.asked = []
        self.udp, self.tcp = bind_both()
        self.address = f"127.0.0.1:{self.udp.getsockname()[1]}"
        self.threads = [threading.Thread(target=serve, daemon=True) for serve in (self._serve, self._serve_tcp)]
        for thread in self.threads:
            thread.start()

    def close(self):
        # A datagram of no bytes wakes the thread; closing a socket does not.
        self.udp.sendto(b"", self.udp.getsockname())
        self.tcp.shutdown(socket.SHUT_RDWR)
        for thread in self.threads:
            thread.join()
        self.udp.close()
        self.tcp.close()

    def _serve(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            if not query:
                return
            for packet in self._answers(query, by_tcp=False):
                self.udp.sendto(packet, peer)

    def _serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                while len(size := stream.read(2)) == 2:
                    query = stream.read(struct.unpack("!H", size)[0])
                    for packet in self._answers(query, by_tcp=True):
                        connection.sendall(struct.pack("!H", len(packet)) + packet)

    def _answers(self, query, by_tcp):
        """Every packet that goes back."""
        name, end = read_name(query)
        kind, = struct.unpack_from("!H", query, end)
        self.asked.append(name)
        answer = self.names.get(name, NXDOMAIN)
        if isinstance(answer, InTurn):
            answer = answer.next(kind)
            return [packet(query, end, records(name, kind, answer, ttl=0))]
        if answer == SILENCE:
            return []
        if isinstance(answer, Truncated) and not by_tcp:
            return [packet(query, end, [], cut=True)]
        if isinstance(answer, Forged):
            lie = records(name, kind, answer.lie)
            return [packet(query, end, lie, id_off_by=1), packet(question_of(query, "else.partner.com", kind), None, lie),
                    packet(query, end, records(name, kind, answer.truth))]
        if isinstance(answer, Misplaced):
            return [packet(query, end, records("else.partner.com", kind, answer.addresses))]
        if isinstance(answer, Alias):
            return [packet(query, end, self._chain(name, kind))]
        if isinstance(answer, str):
            return [packet(query, end, [], code=CODES[answer])]
        return [packet(query, end, records(name, kind, answer))]

    def _chain(self, name, kind):
        chain = []
        while isinstance(self.names.get(name), Alias) and len(chain) < 16:
            target = self.names[name]
            chain.append(record(name, TYPE_CNAME, encode_name(target)))
            name = str(target)
        found = self.names.get(name)
        return chain + (records(name, kind, found) if isinstance(found, list) else [])


def bind_both():
    """A datagram socket and a listener on one port."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:  # somebody else has it for TCP
            udp.close()


def encode_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def record(owner, kind, data, ttl=60):
    return encode_name(owner) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


def records(owner, kind, addresses, ttl=60):
    """Those of the addresses that are of this kind."""
    known = [ipaddress.ip_address(each) for each in addresses]
    return [record(owner, kind, each.packed, ttl) for each in known if FAMILIES.get(kind) == each.version]


def question_of(query, name, kind):
    return query[:12] + encode_name(name) + struct.pack("!HH", kind, 1)


def packet(query, end, answers, code=0, id_off_by=0, cut=False):
    """`end`: where the name ends in the query; None: there is nothing behind the question."""
    question = query[12:] if end is None else query[12:end + 4]
    number = (struct.unpack_from("!H", query)[0] + id_off_by) & 0xffff
    flags = 0x8180 | code | (0x0200 if cut else 0)
    return struct.pack("!HHHHHH", number, flags, 1, len(answers), 0, 0) + question + b"".join(answers)


def read_name(query):
    """The asked name in lower case, and where it ends."""
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("ascii").lower())
        at += 1 + query[at]
    return ".".join(labels), at + 1
