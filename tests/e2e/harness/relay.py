"""A TCP relay in front of a Redis or a daemon, whose way can be cut in the middle of a reply, or led to another server."""

import socket
import threading

from .acceptor import Acceptor


class Relay:
    def __init__(self, port):
        self.port_behind = port
        self.lock = threading.Lock()
        self.pairs = []
        self.taken = 0  # connections, in all
        self.reply_bytes = None  # until the cut
        self.acceptor = Acceptor(socket.create_server(("127.0.0.1", 0)), self._take)
        self.port = self.acceptor.port

    def url(self):
        return f"redis://127.0.0.1:{self.port}"

    def lead_to(self, port):
        """New connections go there; those that are there end."""
        with self.lock:
            self.port_behind = port
        self.cut()

    def cut(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            for side in pair:
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def cut_in_reply(self, after):
        """Lets so many bytes of replies pass, over whatever connection, and cuts behind them."""
        self.reply_bytes = after

    def close(self):
        self.acceptor.close()
        self.cut()

    def _take(self, near):
        self.taken += 1
        port = self.port_behind
        try:
            far = socket.create_connection(("127.0.0.1", port))
        except OSError:
            near.close()
            return
        with self.lock:
            if port != self.port_behind:  # led elsewhere meanwhile
                near.close()
                far.close()
                return
            self.pairs.append((near, far))
        for source, target, is_reply in ((near, far, False), (far, near, True)):
            threading.Thread(target=self._carry, args=(source, target, is_reply), daemon=True).start()

    def _carry(self, source, target, is_reply):
        try:
            while data := source.recv(65536):
                left = self.reply_bytes if is_reply else None
                if left is not None and len(data) >= left:
                    self.reply_bytes = None
                    target.sendall(data[:left])
                    self.cut()
                    break
                if left is not None:
                    self.reply_bytes = left - len(data)
                target.sendall(data)
        except OSError:
            pass
        finally:
            end(source)  # one side's end is the other's
            end(target)


def end(side):
    """A plain close would wait for the thread that still reads there."""
    try:
        side.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    side.close()
