"""A receiver of webhooks on raw sockets, with or without TLS: records exact bytes, behaves as scripted."""

import select
import socket
import ssl
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field

from .acceptor import Acceptor
from .behaviours import answer
from .waiting import LONG, StillWaiting


@dataclass
class Request:
    method: str
    path: str
    version: str
    fields: list  # (name, value) as they came
    body: bytes
    at: float  # monotonic, when the request was complete
    connection: int  # a number for each connection
    tls: dict = field(default_factory=dict)

    def header(self, name):
        values = [value for own, value in self.fields if own.lower() == name.lower()]
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def id(self):
        return self.header("webhook-id")


class Exchange:
    """What a behaviour sees: the request, and the connection it came on."""

    def __init__(self, receiver, connection, request):
        self.receiver, self.connection, self.request = receiver, connection, request
        self.is_busy = True

    def send(self, data):
        self.connection.sendall(data)

    def send_last(self, data):
        """The end of an answer. Once it is out the sender may send the next, before this thread runs again: so the
        request counts as ended just before."""
        self.end()
        self.send(data)

    def end(self):
        with self.receiver.changed:
            if self.is_busy:
                self.is_busy = False
                self.receiver.busy[self.request.path] -= 1
                self.receiver.changed.notify_all()

    def stopping(self):
        return self.receiver.stopped.is_set()

    def wait(self, gate):
        while not gate.wait(0.05) and not self.stopping():
            pass

    def wait_for_peer_to_close(self):
        while not self.stopping():
            readable, _, _ = select.select([self.connection], [], [], 0.05)
            if readable:
                try:
                    if not self.connection.recv(4096):
                        return
                except OSError:
                    return


class Receiver:
    def __init__(self, tls=None, port=0, everywhere=False):
        """`tls`: an ssl.SSLContext of a server. `everywhere`: on all addresses of both kinds."""
        self.tls = tls
        self.received = []
        self.connections = 0
        self.failed_handshakes = []
        self.busy = defaultdict(int)
        self.peak = defaultdict(int)
        self.scripts = {}
        self.default = answer(204)
        self.changed = threading.Condition()
        self.stopped = threading.Event()
        self.open_sockets = set()
        listener = socket.create_server(("::" if everywhere else "127.0.0.1", port), backlog=1024,
                                        family=socket.AF_INET6 if everywhere else socket.AF_INET, dualstack_ipv6=everywhere)
        self.acceptor = Acceptor(listener, self._take)
        self.port = self.acceptor.port

    # -- for tests -------------------------------------------------------------------------------
    def url(self, path="/hook", host="127.0.0.1"):
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def script(self, path, *behaviours, then=None):
        """What the next requests on this path meet, in order; afterwards `then` (204 if nothing is said)."""
        with self.changed:
            self.scripts[path] = (deque(behaviours), then or answer(204))

    def requests(self, path=None, id=None):
        with self.changed:
            return [r for r in self.received if path in (None, r.path) and id in (None, r.id)]

    def wait_for(self, count, path=None, id=None, limit=LONG):
        """Waits until at least `count` such requests have come in whole, and gives them all."""
        def matching():
            return [r for r in self.received if path in (None, r.path) and id in (None, r.id)]
        with self.changed:
            if not self.changed.wait_for(lambda: len(matching()) >= count, limit):
                raise StillWaiting(f"{len(matching())} of {count} requests on {path or 'any path'}")
            return matching()

    def wait_until(self, condition, what, limit=LONG):
        """Waits on a condition over this receiver's state; it is asked after every request."""
        with self.changed:
            if not self.changed.wait_for(condition, limit):
                raise StillWaiting(what)

    def close(self):
        self.stopped.set()
        self.acceptor.close()
        with self.changed:
            for connection in list(self.open_sockets):
                _shut(connection)

    # -- the server ------------------------------------------------------------------------------
    def _take(self, plain):
        with self.changed:
            self.connections += 1
            number = self.connections
            self.open_sockets.add(plain)
            self.changed.notify_all()
        threading.Thread(target=self._serve, args=(plain, number), daemon=True).start()

    def _serve(self, plain, number):
        connection = plain
        try:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                connection = self.tls.wrap_socket(plain, server_side=True)
                with self.changed:
                    self.open_sockets.discard(plain)
                    self.open_sockets.add(connection)
            self._serve_requests(connection, number)
        except ssl.SSLError as error:
            with self.changed:
                self.failed_handshakes.append(str(error))
                self.changed.notify_all()
        except (OSError, ValueError):
            pass
        finally:
            with self.changed:
                self.open_sockets -= {plain, connection}
            try:
                connection.close()
            except OSError:
                pass

    def _serve_requests(self, connection, number):
        buffer = b""
        while not self.stopped.is_set():
            request, buffer = read_request(connection, buffer, number)
            if request is None:
                return
            behave = self._record(request)
            exchange = Exchange(self, connection, request)
            try:
                if not behave(exchange):
                    return
            finally:
                exchange.end()

    def _record(self, request):
        with self.changed:
            self.received.append(request)
            self.busy[request.path] += 1
            self.peak[request.path] = max(self.peak[request.path], self.busy[request.path])
            steps, then = self.scripts.get(request.path, (None, self.default))
            behave = steps.popleft() if steps else then
            self.changed.notify_all()
        return behave


def _shut(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def read_request(connection, buffer, number):
    """One request, strictly: anything that HTTP/1.1 does not allow a client raises."""
    while b"\r\n\r\n" not in buffer:
        data = connection.recv(65536)
        if not data:
            return None, b""
        buffer += data
    head, buffer = buffer.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, version = first.split(" ")
    fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise ValueError(f"bad header line {line!r}")
        fields.append((name, value.strip()))
    length = int(next((v for n, v in fields if n.lower() == "content-length"), "0"))
    while len(buffer) < length:
        data = connection.recv(65536)
        if not data:
            return None, b""
        buffer += data
    request = Request(method, path, version, fields, buffer[:length], time.monotonic(), number,
                      _tls_facts(connection))
    return request, buffer[length:]


def _tls_facts(connection):
    if not isinstance(connection, ssl.SSLSocket):
        return {}
    return {"version": connection.version(), "reused": connection.session_reused,
            "client": connection.getpeercert(), "sni": getattr(connection, "sni_name", None)}
