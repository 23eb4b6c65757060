"""A plain HTTP client for the daemon's API, and one on a raw socket that sends exactly what it is told."""

import http.client
import json
import socket
from dataclasses import dataclass, field

from .waiting import LONG, until

IN_DOUBT = {"store_unavailable", "unavailable"}  # codes of 503, of the intake and of the management API


@dataclass
class Response:
    status: int
    headers: dict = field(default_factory=dict)  # names in lower case
    body: bytes = b""

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def is_in_doubt(self):
        """Redis did not confirm in time, one event of a batch or the whole request: on a machine that is busy elsewhere that
        is no fault."""
        if self.status == 207:
            return any(result.get("error", {}).get("code") in IN_DOUBT for result in self.json["results"])
        return (self.status == 503 and self.headers.get("content-type") == "application/problem+json"
                and self.json["code"] in IN_DOUBT)


class Client:
    """One kept-alive connection. Not for several threads at once."""

    def __init__(self, address, token=None, tls=None, source=None, patient=True):
        """`tls`: the context of an https client. `source`: the loopback address that it comes from. `patient`: repeats what
        is in doubt, as every good client does; tests of what Redis' trouble looks like want the first answer."""
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        self.token = token
        self.tls = tls
        self.source = (source, 0) if source else None
        self.patient = patient
        self.connection = None

    def _connection(self):
        if self.tls:
            return http.client.HTTPSConnection(self.host, self.port, timeout=LONG, context=self.tls,
                                               source_address=self.source)
        return http.client.HTTPConnection(self.host, self.port, timeout=LONG, source_address=self.source)

    def request(self, method, path, body=None, headers=None):
        answer = self._request(method, path, body, headers)
        if self.patient and answer.is_in_doubt:
            return until(lambda: not (again := self._request(method, path, body, headers)).is_in_doubt and again,
                         f"{method} {path} is confirmed", pause=0.1)
        return answer

    def _request(self, method, path, body, headers):
        sent = dict(headers or {})
        if self.token and "Authorization" not in sent:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.connection is None:
            self.connection = self._connection()
        try:
            self.connection.request(method, path, body=body, headers=sent)
            answer = self.connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        if answer.will_close:
            self.close()
        return Response(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data)

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers)

    def post(self, event, headers=None, path="/api/events"):
        """`event`: a value that is written as JSON, or the very bytes to send."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        return self.request("POST", path, body, {k: v for k, v in sent.items() if v is not None})

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class RawConnection:
    """Bytes out, responses in; nothing is corrected on the way."""

    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=LONG)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _fill(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return bool(data)

    def read_response(self):
        while b"\r\n\r\n" not in self.buffer:
            assert self._fill(), f"closed before a response ended: {self.buffer!r}"
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
        status = int(first.split()[1])
        length = 0 if status < 200 or status == 204 else int(headers.get("content-length", "0"))
        while len(self.buffer) < length:
            assert self._fill(), "closed within the body of a response"
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Response(status, headers, body)

    def is_closed_by_peer(self):
        """Waits for the end of the connection; what came before it is kept in `buffer`."""
        try:
            while self._fill():
                pass
        except (socket.timeout, TimeoutError):
            return False
        return True
