"""Takes the connections of a listener, one after the other, on a thread of its own."""

import socket
import threading

from .waiting import LONG


class Acceptor:
    def __init__(self, listener, take):
        """`take`: called with each connection."""
        self.listener, self.take = listener, take
        self.port = listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def close(self):
        """Closing a socket does not wake the thread that waits at it: whenever its process is stopped and continued, the
        kernel would let it accept anew at the number of the descriptor, which may be another test's listener by then. To
        close it again does nothing."""
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join(LONG)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.take(connection)
