"""Posts events by the batch, at a rate or as fast as they are taken."""

import http.client
import json
import threading
import time

BATCH = 500


def lines_of(type, count, size=200):
    return [json.dumps({"type": type, "data": {"text": "x" * size}}).encode()] * count


def batch_of(type, count, size=200):
    return b"\n".join(lines_of(type, count, size))


class Poster:
    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

    def post(self, body):
        self.connection.request("POST", "/api/events/batch", body, {"Content-Type": "application/x-ndjson"})
        answer = self.connection.getresponse()
        answer.read()
        return answer.status == 202


def fill_each(port, types, size=200):
    """Posts one event of each type."""
    poster = Poster(port)
    for first in range(0, len(types), BATCH):
        body = b"\n".join(line for type in types[first:first + BATCH] for line in lines_of(type, 1, size))
        while not poster.post(body):
            time.sleep(0.01)


def fill(port, type, count, size=200):
    """Posts `count` events; refused batches are posted again."""
    poster, body, left = Poster(port), batch_of(type, BATCH, size), count
    while left > 0:
        if poster.post(body if left >= BATCH else batch_of(type, left, size)):
            left -= min(left, BATCH)


class Steady:
    """Posts `rate` events a second until it is stopped."""

    EVERY = 0.1

    def __init__(self, port, type, rate):
        self.poster, self.body = Poster(port), batch_of(type, int(rate * self.EVERY))
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        due = time.monotonic()
        while not self.over.wait(max(0.0, due - time.monotonic())):
            self.poster.post(self.body)
            due += self.EVERY

    def stop(self):
        self.over.set()
        self.thread.join()
