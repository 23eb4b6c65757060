"""A receiver that misbehaves as told, for many connections at next to no cost.

    bad_receiver.py PORT MODE     MODE: good, hang, drip, 500, 429
"""

import asyncio
import sys

ANSWERS = {"good": b"HTTP/1.1 204 No Content\r\n\r\n",
           "500": b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n",
           "429": b"HTTP/1.1 429 Busy\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n"}


class Receiver(asyncio.Protocol):
    mode = "good"

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = self.buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self.buffer) < end + 4 + length:
                return
            self.buffer = self.buffer[end + 4 + length:]
            self.answer()

    def answer(self):
        if self.mode in ANSWERS:
            self.transport.write(ANSWERS[self.mode])
        elif self.mode == "drip":
            self.transport.write(b"HTTP/1.1 200 OK\r\n")
            self.drip()

    def drip(self):
        if not self.transport.is_closing():
            self.transport.write(b"x: y\r\n")
            asyncio.get_running_loop().call_later(1, self.drip)


async def main(port, mode):
    Receiver.mode = mode
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
