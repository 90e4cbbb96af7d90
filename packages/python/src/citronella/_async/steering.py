"""What a test does to a broker."""

from __future__ import annotations

import base64
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Type, Union

from .._records import Record
from .api import AsyncApi, path_of
from .parts import pages

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True

_ABSENT: Any = object()


class AsyncPartition:
    """Clients that are cut off as by a network; leaving the `with` block heals it."""

    def __init__(self, api: AsyncApi, name: str, clients: List[str]) -> None:
        self._api = api
        self.name = name
        self.clients = clients

    async def heal(self) -> None:
        """Lets go on what waits, in order."""
        await self._api.call("DELETE", path_of("partitions", self.name))

    async def __aenter__(self) -> AsyncPartition:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.heal()


class AsyncSteering:
    """The part of a broker that changes something."""

    _api: AsyncApi

    async def publish(
        self,
        topic: str,
        payload: Union[str, bytes, None] = None,
        *,
        qos: int = 0,
        retain: bool = False,
        json: Any = _ABSENT,
        properties: Optional[Mapping[str, Any]] = None,
    ) -> int:
        """Has the broker publish a message, as if from nobody. Returns how many sessions it concerned."""
        message: Dict[str, Any] = {"topic": topic, "qos": qos, "retain": retain}
        if json is not _ABSENT and payload is not None:
            raise TypeError("publish() takes a payload or json=, not both")
        if json is not _ABSENT:
            message["json"] = json
        elif isinstance(payload, (bytes, bytearray)):
            message["payload_base64"] = base64.b64encode(payload).decode()
        elif payload is not None:
            message["payload"] = payload
        if properties is not None:
            message["properties"] = dict(properties)
        return int((await self._api.call("POST", "publish", message)).sessions)

    # One client.

    async def interrupt(self, client_id: str, seconds: float) -> Record:
        """Cuts a client off for a while, by the broker's clock: its connection is cut now, and each new one after its CONNECT."""
        done: Record = await self._api.call("POST", "interruptions", {"client": client_id, "duration_secs": seconds})
        return done

    async def disconnect(self, client_id: str, reason: Union[int, str, None] = None) -> Record:
        """Disconnects a client; a 5.0 client is told the reason code: a number, or the standard's name."""
        body = {} if reason is None else {"reason_code": reason}
        done: Record = await self._api.call("POST", path_of("clients", client_id, "disconnect"), body)
        return done

    async def partition(self, *client_ids: str, name: Optional[str] = None) -> AsyncPartition:
        """Cuts clients off as a network does: nothing passes either way, no connection ends, nothing is lost."""
        body: Dict[str, Any] = {"clients": list(client_ids)}
        if name is not None:
            body["name"] = name
        parted = await self._api.call("POST", "partitions", body)
        return AsyncPartition(self._api, parted.name, list(parted.clients))

    async def partitions(self) -> List[AsyncPartition]:
        """The partitions that are not healed yet."""
        found = await self._api.call("GET", "partitions")
        return [AsyncPartition(self._api, parted.name, list(parted.clients)) for parted in found.partitions]

    # The whole broker.

    async def listener_down(self, name: str = "main") -> None:
        """Takes a listener down: its port refuses connections, and its clients are cut."""
        await self._api.call("POST", path_of("listeners", name, "down"))

    async def listener_up(self, name: str = "main") -> None:
        """Lets clients in again at a listener that was taken down."""
        await self._api.call("POST", path_of("listeners", name, "up"))

    async def restart(self, *, lose_state: bool = False) -> None:
        """As if the broker was stopped and started again, on the same port."""
        await self._api.call("POST", "restart", {"lose_state": lose_state})

    async def crash(self, *, lose_state: bool = False) -> None:
        """As if the broker was killed and started again: connections are reset, what was not sent yet is lost."""
        await self._api.call("POST", "crash", {"lose_state": lose_state})

    async def outage(self, seconds: Optional[float] = None, *, lose_state: bool = False, reset: bool = False) -> None:
        """As if the broker was stopped, or killed (`reset`): nobody listens, for a while or until `end_outage`."""
        body: Dict[str, Any] = {"lose_state": lose_state, "reset": reset}
        if seconds is not None:
            body["duration_secs"] = seconds
        await self._api.call("POST", "outage", body)

    async def end_outage(self) -> None:
        """Comes back. Clients can connect once this returns."""
        await self._api.call("DELETE", "outage")

    async def reset(self) -> None:
        """Makes the broker as new, on the same port: users, rights and listeners as the settings say, the clock running."""
        await self._api.call("POST", "reset")

    async def snapshot(self) -> Dict[str, Any]:
        """All that outlives connections: sessions and retained messages."""
        snapshot: Dict[str, Any] = await self._api.call("GET", "snapshot")
        return snapshot

    async def restore(self, snapshot: Mapping[str, Any]) -> Record:
        """Puts a snapshot in the place of everything that is in the broker."""
        restored: Record = await self._api.call("PUT", "snapshot", dict(snapshot))
        return restored

    # How things stand.

    async def subscriptions(self) -> List[Record]:
        """Every subscription, each with its client."""
        return await pages(self._api, "subscriptions")

    async def stats(self) -> Record:
        """What was counted since the start, or since the last reset."""
        stats: Record = await self._api.call("GET", "stats")
        return stats

    async def hold_against(self, profile: str, mode: str = "warn") -> Record:
        """Holds clients against what another broker would not take: "aws-iot", in the mode "warn" or "enforce"."""
        held: Record = await self._api.call("PUT", "profile", {"name": profile, "mode": mode})
        return held

    async def set_contracts(
        self,
        files: Mapping[str, str],
        *,
        asyncapi: Sequence[str] = (),
        schemas: Sequence[str] = (),
        application: Sequence[str] = (),
        enforce: bool = False,
    ) -> Record:
        """Holds clients to AsyncAPI documents, and to JSON Schemas as "FILTER=FILE", in the place of those before.

        `files` has the texts of all files by their names, those that are referred to, too.
        """
        said = {"asyncapi": asyncapi, "schemas": schemas, "application": application}
        body = {name: list(values) for name, values in said.items()}
        report: Record = await self._api.call("PUT", "contracts", {**body, "enforce": enforce, "files": dict(files)})
        return report

    async def contracts(self) -> Record:
        """What clients are held to, and what was used and broken of it."""
        report: Record = await self._api.call("GET", "contracts")
        return report

    async def remove_contracts(self) -> None:
        """Holds clients to no contract any more."""
        await self._api.call("DELETE", "contracts")

    async def violations(self) -> List[Record]:
        """What clients did that the profile, or a contract, would not take: a row for each client, rule and sentence."""
        found: Record = await self._api.call("GET", "violations")
        rows: List[Record] = found["violations"]
        return rows

    async def state(self) -> Record:
        """The beginning of everything that is in the broker."""
        state: Record = await self._api.call("GET", "state")
        return state

    async def capabilities(self) -> Record:
        """What the engine behind the broker can do."""
        capabilities: Record = await self._api.call("GET", "capabilities")
        return capabilities

    # The journal, to look at.

    async def ladder(self, *, limit: Optional[int] = None) -> str:
        """The latest packets and events as a ladder, for people."""
        ladder: str = await self._export("ladder", limit)
        return ladder

    async def mermaid(self, *, limit: Optional[int] = None) -> str:
        """The same as a Mermaid diagram."""
        diagram: str = await self._export("mermaid", limit)
        return diagram

    async def jsonl(self, *, limit: Optional[int] = None) -> str:
        """All packets and events, one JSON object a line."""
        lines: str = await self._export("jsonl", limit)
        return lines

    async def pcapng(self, *, limit: Optional[int] = None) -> bytes:
        """A capture for Wireshark, with the packets as they were, passwords included."""
        capture: bytes = await self._export("pcapng", limit)
        return capture

    async def otlp(self, *, limit: Optional[int] = None) -> Dict[str, Any]:
        """What became of messages with a `traceparent`, as OpenTelemetry's tools read traces in JSON."""
        traces: Dict[str, Any] = await self._export("otlp", limit)
        return traces

    async def _export(self, form: str, limit: Optional[int]) -> Any:
        query: Dict[str, Any] = {"format": form}
        if limit is not None:
            query["limit"] = limit
        return await self._api.call("GET", "export", query=query)

    # Everything else.

    async def request(self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, Any]] = None) -> Any:
        """Any request of the control API: `request("GET", "info")`. docs/API.md has all of them."""
        return await self._api.call(method, path, body, query)
