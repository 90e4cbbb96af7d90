"""HTTP/1.1 as bytes, without sockets: so that calls that block and calls that are awaited share it."""

from __future__ import annotations

from typing import Dict, Mapping, Optional


class Headers(Dict[str, str]):
    """Headers. A token may be among them: nobody who prints variables sees it."""

    def __repr__(self) -> str:
        return f"<{', '.join(self)}>"


class Request(bytes):
    """A request as it is sent. The same holds for it."""

    def __repr__(self) -> str:
        return f"<{self.partition(b' HTTP')[0].decode()}>"


def request(method: str, target: str, headers: Mapping[str, str], body: Optional[bytes]) -> Request:
    """A request as it is sent."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None or method in ("POST", "PUT"):
        lines.append(f"content-length: {len(body or b'')}")
    return Request("\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b""))


class Broken(ConnectionError):
    """An answer that is no HTTP, or ends too early."""


class Answer:
    """An answer that comes piece by piece: `feed` takes what was received, `take` gives what came of the body."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: Dict[str, str] = {}
        self.complete = False
        """Whether all of it has come."""
        self._raw = bytearray()
        self._body = bytearray()
        # How many bytes of the body, or of the chunk, are to come; `None` for all until the end of the connection.
        self._left: Optional[int] = 0
        self._chunked = False
        self._behind_chunk = False
        self._last_chunk = False

    @property
    def has_head(self) -> bool:
        """Whether status and headers have come."""
        return self.status != 0

    @property
    def is_last(self) -> bool:
        """Whether the connection ends with this answer."""
        return self._left is None or self.headers.get("connection", "").lower() == "close"

    def take(self) -> bytes:
        """What came of the body since the last time."""
        taken = bytes(self._body)
        self._body.clear()
        return taken

    def feed(self, received: bytes) -> None:
        """Takes what was received; nothing at all is the end of the connection."""
        if not received:
            if self.has_head and self._left is None:
                self.complete = True
            if not self.complete:
                raise Broken("the connection ended before the answer did")
            return
        self._raw += received
        if not self.has_head and not self._head():
            return
        if self._chunked:
            self._chunks()
        else:
            self._plain()

    def _head(self) -> bool:
        end = self._raw.find(b"\r\n\r\n")
        if end < 0:
            return False
        first, *lines = bytes(self._raw[:end]).decode("latin-1").split("\r\n")
        del self._raw[: end + 4]
        words = first.split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
            raise Broken(f"this is no HTTP: {first[:80]!r}")
        for line in lines:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        self.status = int(words[1])
        self._chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        if not self._chunked:
            length = self.headers.get("content-length")
            self._left = int(length) if length is not None else None
        return True

    def _plain(self) -> None:
        if self._left is None:
            self._move(len(self._raw))
            return
        self._left -= self._move(self._left)
        self.complete = self._left == 0

    def _chunks(self) -> None:
        while not self.complete:
            assert self._left is not None
            if self._left:
                moved = self._move(self._left)
                self._left -= moved
                if not moved:
                    return
                self._behind_chunk = self._left == 0
                continue
            end = self._raw.find(b"\r\n")
            if end < 0:
                return
            line = bytes(self._raw[:end])
            del self._raw[: end + 2]
            if self._last_chunk:
                # Trailers, and the empty line behind them.
                self.complete = not line
            elif self._behind_chunk:
                self._behind_chunk = False
            else:
                self._left = int(line.split(b";")[0], 16)
                self._last_chunk = self._left == 0

    def _move(self, most: int) -> int:
        count = min(most, len(self._raw))
        self._body += self._raw[:count]
        del self._raw[:count]
        return count
