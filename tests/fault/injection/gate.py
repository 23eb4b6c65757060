"""A TCP gate between the daemon and its Redis: open, shut, slow, dripping, silent, or cut in the middle of a reply."""

import asyncio
import socket
import struct
import threading


class Gate:
    """Listens on a port of its own and hands everything on to `target`. All switches may be turned at any moment,
    from any thread; they hold for the connections that are there as well as for new ones."""

    def __init__(self, target):
        self.target = target
        self.delay = 0.0  # seconds on the way, in each direction
        self.drip = False  # a byte at a time
        self.shut = False  # new connections are refused by a reset
        self.silent = False  # half-open: whatever is sent disappears, and the connection is never good again
        self.reply_bytes_left = None  # after so many bytes of replies every connection is reset
        self.connections = {}  # the writers of a connection -> whether it fell silent
        self.accepted = 0
        self.cuts_in_replies = 0
        self.loop = asyncio.new_event_loop()
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = listener.getsockname()[1]
        self.server = self.loop.run_until_complete(asyncio.start_server(self._serve, sock=listener))
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    # -- switches --------------------------------------------------------------------------------
    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def cut(self):
        """Resets every connection; new ones are taken unless the gate is shut."""
        self._on_loop(self._reset_all)

    def close_off(self):
        """Cut, and no way back until `reopen`."""
        self.shut = True
        self.cut()

    def fall_silent(self):
        self.silent = True

    def cut_in_reply(self, after_bytes):
        """Lets so many bytes of replies pass, and resets everything at that byte, whichever it is."""
        self._on_loop(lambda: setattr(self, "reply_bytes_left", after_bytes))

    def reopen(self):
        """All switches back. A connection that fell silent stays so until one of its ends gives it up."""
        self.delay, self.drip, self.shut, self.silent = 0.0, False, False, False

    def close(self):
        def end():
            self.server.close()
            self._reset_all()
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.loop.call_later(0.05, self.loop.stop)
        self._on_loop(end)
        self.thread.join(10)
        self.loop.close()

    def _on_loop(self, what):
        """Runs it on the gate's thread, and waits until it was done."""
        done = threading.Event()
        # Resets close their sockets in the loop's next turn: done is what is done behind that.
        self.loop.call_soon_threadsafe(lambda: (what(), self.loop.call_soon(done.set)))
        assert done.wait(10), "the gate's thread hangs"

    # -- the way through -------------------------------------------------------------------------
    async def _serve(self, reader, writer):
        self.accepted += 1
        if self.shut:
            reset(writer)
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            reset(writer)
            return
        writers = (writer, far_writer)
        self.connections[writers] = False
        for each in writers:
            each.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ways = [asyncio.ensure_future(self._carry(reader, far_writer, writers, False)),
                asyncio.ensure_future(self._carry(far_reader, writer, writers, True))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        self.connections.pop(writers, None)
        for each in writers:
            reset(each)

    async def _carry(self, reader, writer, writers, is_reply):
        late = asyncio.Queue(maxsize=4096)  # what is on its way: when it is due, and the bytes
        sender = asyncio.ensure_future(self._send_when_due(late, writer, is_reply))
        try:
            while data := await reader.read(65536):
                if self.silent:
                    self.connections[writers] = True
                if not self.connections.get(writers):
                    await late.put((self.loop.time() + self.delay, data))
        except OSError:
            pass
        finally:
            sender.cancel()

    async def _send_when_due(self, late, writer, is_reply):
        while True:
            due, data = await late.get()
            await asyncio.sleep(max(0.0, due - self.loop.time()))
            for piece in (data[n:n + 1] for n in range(len(data))) if self.drip else [data]:
                if is_reply and self.reply_bytes_left is not None:
                    piece = self._cut_short(piece)
                if piece:
                    writer.write(piece)
                    await writer.drain()
                if self.reply_bytes_left == 0:
                    self.reply_bytes_left = None
                    await asyncio.sleep(0.01)  # what was written is on its way before the reset
                    self._reset_all()
                    self.loop.call_soon(self._note_cut)  # behind the resets, which close the sockets then

    def _note_cut(self):
        self.cuts_in_replies += 1

    def _cut_short(self, piece):
        piece = piece[:self.reply_bytes_left]
        self.reply_bytes_left -= len(piece)
        return piece

    def _reset_all(self):
        for writers in list(self.connections):
            for writer in writers:
                reset(writer)


def reset(writer):
    """Ends a connection at once and with RST: nothing of what is buffered arrives."""
    plain = writer.get_extra_info("socket")
    if plain is not None and plain.fileno() >= 0:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
