"""The control API of one broker: requests over connections that are kept."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any, List, Mapping, Optional, Tuple, Union
from urllib.parse import quote, urlencode, urlsplit

from .._async_wire import AsyncWire
from .._errors import BrokerGone, problem
from .._http import Answer, Broken, Headers, Request, request
from .._program import Program
from .._records import Record, read

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True

Query = Mapping[str, Any]
# Longer than any wait of the API that says nothing else.
_USUAL_SECS = 60.0
_BEYOND_SECS = 30.0


def path_of(*parts: str) -> str:
    """A path below the API, from names that may have any characters in them."""
    return "/".join(quote(part, safe="") for part in parts)


class AsyncApi:
    """Requests to the control API. Tasks and threads may share it."""

    def __init__(self, url: str, token: Optional[str] = None, program: Optional[Program] = None) -> None:
        parts = urlsplit(url)
        self.url = url
        self._host = parts.hostname or ""
        self._port = parts.port or 80
        self._path = parts.path.rstrip("/")
        self._program = program
        self._headers = Headers(host=parts.netloc)
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        self._idle: List[AsyncWire] = []

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        query: Optional[Query] = None,
        wait_secs: Optional[float] = None,
    ) -> Any:
        """One request. Its answer: JSON as `Record`s, else text, else bytes. A refusal is raised as `Problem`."""
        timeout = _USUAL_SECS if wait_secs is None else wait_secs + _BEYOND_SECS
        headers, content = self._sent(body)
        wire = self._take() or await self._connect()
        answer = await self._ask(wire, request(method, self._target(path, query), headers, content), timeout)
        if answer.is_last:
            wire.close()
        else:
            wire.rest()
            self._idle.append(wire)
        return _content(answer)

    async def stream(self, path: str, query: Query) -> Tuple[AsyncWire, Answer]:
        """An answer without end: its connection, and the answer as far as it has come, which is its head at least."""
        wire = await self._connect()
        answer = await self._ask(wire, request("GET", self._target(path, query), self._headers, None), _USUAL_SECS, whole=False)
        if answer.status >= 400:
            wire.close()
            _content(answer)
        return wire, answer

    async def _ask(self, wire: AsyncWire, sent: Request, timeout: float, whole: bool = True) -> Answer:
        """Sends, and waits for the whole answer, or for its head where that is enough. Errors come as a whole."""
        answer = Answer()
        try:
            await wire.send(sent, timeout)
            while not (answer.complete if whole or answer.status >= 400 else answer.has_head):
                answer.feed(await wire.receive(timeout))
        except (asyncio.TimeoutError, socket.timeout):
            wire.close()
            end = self._obituary() or "; it hangs, or is not reached"
            raise BrokerGone(f"the broker at {self.url} has not answered {sent!r} after {timeout:g} s{end}") from None
        except OSError as error:
            wire.close()
            raise self._gone(error) from None
        except BaseException:
            # Given up in the middle of an answer.
            wire.close()
            raise
        return answer

    def close(self) -> None:
        """Closes the connections that are kept."""
        while self._idle:
            self._idle.pop().close()

    def _take(self) -> Optional[AsyncWire]:
        while True:
            try:
                wire = self._idle.pop()
            except IndexError:
                return None
            if wire.is_fresh():
                return wire
            wire.close()

    async def _connect(self) -> AsyncWire:
        try:
            return await AsyncWire.connect(self._host, self._port)
        except OSError as error:
            raise self._gone(error) from None

    def _gone(self, error: OSError) -> BrokerGone:
        end = self._obituary()
        why = str(error) if isinstance(error, Broken) else error.strerror or str(error)
        return BrokerGone(f"the broker at {self.url} does not answer: {why}{end}")

    def _obituary(self) -> str:
        return self._program.obituary() if self._program else ""

    def _target(self, path: str, query: Optional[Query]) -> str:
        target = f"{self._path}/{path}"
        return f"{target}?{urlencode(_pairs(query))}" if query else target

    def _sent(self, body: Any) -> Tuple[Headers, Optional[bytes]]:
        if body is None:
            return self._headers, None
        if isinstance(body, bytes):
            return self._headers, body
        return Headers({**self._headers, "content-type": "application/json"}), json.dumps(body).encode()


def _content(answer: Answer) -> Any:
    body = answer.take()
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    is_json = kind == "application/json" or kind.endswith("+json")
    content: Union[Any, bytes, str] = body
    if is_json:
        content = read(body)
    elif kind.startswith("text/") or kind in ("application/x-ndjson", "application/x-pem-file"):
        content = body.decode()
    if answer.status >= 400:
        told = content if isinstance(content, Record) else {"status": answer.status, "detail": str(content)}
        raise problem(told)
    return content


def _pairs(query: Query) -> List[Tuple[str, str]]:
    """What stands behind `?`: a list is said member by member, a comparison as JSON."""
    pairs = []
    for name, value in query.items():
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is None:
                one = {"present": False}
            pairs.append((name, one if isinstance(one, str) else json.dumps(one)))
    return pairs
