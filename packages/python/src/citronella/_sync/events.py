# Made from _async/events.py by tools/write_sync.py: change it there.
"""Packets and events as they happen."""

from __future__ import annotations

import json
from collections import deque
from types import TracebackType
from typing import Deque, Optional, Type

from .._wire import Wire
from .._http import Answer
from .._records import Message, Record, read

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class Events:
    """Packets and events as they happen, without end: iterate, and `close` when it is enough."""

    def __init__(self, wire: Wire, answer: Answer) -> None:
        self._wire = wire
        self._answer = answer
        self._text = b""
        self._ready: Deque[Record] = deque()
        self.missed = 0
        """How many entries are lost, because this reader was too slow."""

    def __iter__(self) -> Events:
        return self

    def __next__(self) -> Record:
        while not self._ready:
            *blocks, self._text = (self._text + self._answer.take()).split(b"\n\n")
            for block in blocks:
                entry = self._entry(block)
                if entry is not None:
                    self._ready.append(entry)
            if self._ready:
                break
            if self._answer.complete:
                raise StopIteration
            try:
                self._answer.feed(self._wire.receive(None))
            except ConnectionError:
                # The broker has ended.
                raise StopIteration from None
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

    def close(self) -> None:
        """Wants no more."""
        self._wire.close()

    def __enter__(self) -> Events:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()
