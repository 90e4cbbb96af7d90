"""A connection that is awaited. It needs no thread."""

from __future__ import annotations

import asyncio
import socket
from typing import Optional

from ._wire import CHUNK, CONNECT_SECS, Connection, tuned


def _loop() -> asyncio.AbstractEventLoop:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise RuntimeError(
            "AsyncBroker is for asyncio, and no loop of asyncio runs here. Tests of anyio take asyncio with a fixture"
            " `anyio_backend` that returns 'asyncio'; under trio, call Broker in a thread"
        ) from None


class AsyncWire(Connection):
    """A connection that is awaited, on the loop that it was made on."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._loop = _loop()

    def is_fresh(self) -> bool:
        """The same, and on the same loop."""
        return self._loop is _loop() and super().is_fresh()

    @classmethod
    async def connect(cls, host: str, port: int) -> AsyncWire:
        """Connects."""
        error: OSError = OSError(f"{host!r} has no address")
        # The loop would look names up in a thread.
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setblocking(False)
                loop = _loop()
                await asyncio.wait_for(loop.sock_connect(sock, address), CONNECT_SECS)
                return cls(tuned(sock))
            except asyncio.TimeoutError:
                sock.close()
                error = TimeoutError(f"{host}:{port} does not answer")
            except OSError as refused:
                sock.close()
                error = refused
            except BaseException:
                sock.close()
                raise
        raise error

    async def send(self, data: bytes, timeout: Optional[float]) -> None:
        """Sends all of it."""
        await asyncio.wait_for(self._loop.sock_sendall(self._socket, data), timeout)

    async def receive(self, timeout: Optional[float]) -> bytes:
        """What comes next; nothing at the end."""
        return await asyncio.wait_for(self._loop.sock_recv(self._socket, CHUNK), timeout)
