"""A connection that blocks."""

from __future__ import annotations

import os
import socket
import time
from typing import Optional

CONNECT_SECS = 10.0
_IDLE_SECS = 20.0  # The broker closes a connection that is idle for 30 s.
CHUNK = 1 << 16


class Connection:
    """What both kinds of connections are."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._process = os.getpid()
        self._used_at = time.monotonic()

    def close(self) -> None:
        """Closes it."""
        self._socket.close()

    def rest(self) -> None:
        """Nothing is asked of it for now."""
        self._used_at = time.monotonic()

    def is_fresh(self) -> bool:
        """Whether it can be used again: it is this process's, it was not idle for long, and the broker has not closed it."""
        if self._process != os.getpid() or time.monotonic() - self._used_at > _IDLE_SECS:
            return False
        try:
            self._socket.setblocking(False)
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def __del__(self) -> None:
        self._socket.close()


def tuned(sock: socket.socket) -> socket.socket:
    """The socket, which sends at once what it is given."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


class Wire(Connection):
    """A connection that blocks."""

    @classmethod
    def connect(cls, host: str, port: int) -> Wire:
        """Connects."""
        return cls(tuned(socket.create_connection((host, port), CONNECT_SECS)))

    def send(self, data: bytes, timeout: Optional[float]) -> None:
        """Sends all of it."""
        self._socket.settimeout(timeout)
        self._socket.sendall(data)

    def receive(self, timeout: Optional[float]) -> bytes:
        """What comes next; nothing at the end."""
        self._socket.settimeout(timeout)
        return self._socket.recv(CHUNK)
