"""What a scripted receiver does with one request. A behaviour is a function of the exchange; it answers,
or misbehaves, and gives whether the connection may carry another request."""

import socket
import struct
import time


def answer(status=204, headers=(), body=b""):
    def behave(exchange):
        lines = [f"HTTP/1.1 {status} Scripted", *(f"{name}: {value}" for name, value in headers)]
        if status != 204:
            lines.append(f"Content-Length: {len(body)}")
        exchange.send_last("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return True
    return behave


def raw(data, then_close=True):
    """Sends exactly these bytes."""
    def behave(exchange):
        exchange.send_last(data)
        return not then_close
    return behave


def hold(gate, then=None):
    """Waits until the test opens the gate (a threading.Event), then answers."""
    def behave(exchange):
        exchange.wait(gate)
        return (then or answer())(exchange)
    return behave


def silence():
    """Never answers: waits until the sender gives up."""
    def behave(exchange):
        exchange.wait_for_peer_to_close()
        return False
    return behave


def drop():
    """Closes without a byte of response."""
    return lambda exchange: False


def reset(first=b""):
    """Ends the connection with RST instead of an answer, or after these bytes of one."""
    def behave(exchange):
        exchange.send(first)
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False
    return behave


def repeat(data, pause=0.0, first=b""):
    """Sends `data` without end, until the sender has had enough."""
    def behave(exchange):
        try:
            exchange.send(first)
            while not exchange.stopping():
                exchange.send(data)
                if pause:
                    time.sleep(pause)
        except OSError:
            pass
        return False
    return behave


def after(seconds, then):
    """A receiver that takes its time: the time is part of what it does, nothing waits on it."""
    def behave(exchange):
        time.sleep(seconds)
        return then(exchange)
    return behave
