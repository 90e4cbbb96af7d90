"""Packets and events as they happen."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType
from typing import Deque, Optional, Type

from .._async_wire import AsyncWire
from .._http import Answer
from .._records import Message, Record, read

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class AsyncEvents:
    """Packets and events as they happen, without end: iterate, and `close` when it is enough."""

    def __init__(self, wire: AsyncWire, answer: Answer) -> None:
        self._wire = wire
        self._answer = answer
        self._text = b""
        self._ready: Deque[Record] = deque()
        self.missed = 0
        """How many entries are lost, because this reader was too slow."""

    def __aiter__(self) -> AsyncEvents:
        return self

    async def __anext__(self) -> Record:
        while not self._ready:
            *blocks, self._text = (self._text + self._answer.take()).split(b"\n\n")
            for block in blocks:
                entry = self._entry(block)
                if entry is not None:
                    self._ready.append(entry)
            if self._ready:
                break
            if self._answer.complete:
                raise StopAsyncIteration
            try:
                self._answer.feed(await self._wire.receive(None))
            except ConnectionError:
                # The broker has ended.
                raise StopAsyncIteration from None
        return self._ready.popleft()

    def _entry(self, block: bytes) -> Optional[Record]:
        fields = dict(line.split(b": ", 1) for line in block.split(b"\n") if b": " in line)
        data = fields.get(b"data")
        if data is None:
            return None
        if fields.get(b"event") == b"missed":
            self.missed += json.loads(data)["entries"]
            return None
        return Message(read(data))

    async def close(self) -> None:
        """Wants no more."""
        self._wire.close()

    async def __aenter__(self) -> AsyncEvents:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.close()
