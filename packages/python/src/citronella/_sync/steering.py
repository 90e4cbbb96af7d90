# Made from _async/steering.py by tools/write_sync.py: change it there.
"""What a test does to a broker."""

from __future__ import annotations

import base64
from types import TracebackType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Type, Union

from .._records import Record
from .api import Api, path_of
from .parts import pages

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True

_ABSENT: Any = object()


class Partition:
    """Clients that are cut off as by a network; leaving the `with` block heals it."""

    def __init__(self, api: Api, name: str, clients: List[str]) -> None:
        self._api = api
        self.name = name
        self.clients = clients

    def heal(self) -> None:
        """Lets go on what waits, in order."""
        self._api.call("DELETE", path_of("partitions", self.name))

    def __enter__(self) -> Partition:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.heal()


class Steering:
    """The part of a broker that changes something."""

    _api: Api

    def publish(
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
        return int((self._api.call("POST", "publish", message)).sessions)

    # One client.

    def interrupt(self, client_id: str, seconds: float) -> Record:
        """Cuts a client off for a while, by the broker's clock: its connection is cut now, and each new one after its CONNECT."""
        done: Record = self._api.call("POST", "interruptions", {"client": client_id, "duration_secs": seconds})
        return done

    def disconnect(self, client_id: str, reason: Union[int, str, None] = None) -> Record:
        """Disconnects a client; a 5.0 client is told the reason code: a number, or the standard's name."""
        body = {} if reason is None else {"reason_code": reason}
        done: Record = self._api.call("POST", path_of("clients", client_id, "disconnect"), body)
        return done

    def partition(self, *client_ids: str, name: Optional[str] = None) -> Partition:
        """Cuts clients off as a network does: nothing passes either way, no connection ends, nothing is lost."""
        body: Dict[str, Any] = {"clients": list(client_ids)}
        if name is not None:
            body["name"] = name
        parted = self._api.call("POST", "partitions", body)
        return Partition(self._api, parted.name, list(parted.clients))

    def partitions(self) -> List[Partition]:
        """The partitions that are not healed yet."""
        found = self._api.call("GET", "partitions")
        return [Partition(self._api, parted.name, list(parted.clients)) for parted in found.partitions]

    # The whole broker.

    def listener_down(self, name: str = "main") -> None:
        """Takes a listener down: its port refuses connections, and its clients are cut."""
        self._api.call("POST", path_of("listeners", name, "down"))

    def listener_up(self, name: str = "main") -> None:
        """Lets clients in again at a listener that was taken down."""
        self._api.call("POST", path_of("listeners", name, "up"))

    def restart(self, *, lose_state: bool = False) -> None:
        """As if the broker was stopped and started again, on the same port."""
        self._api.call("POST", "restart", {"lose_state": lose_state})

    def crash(self, *, lose_state: bool = False) -> None:
        """As if the broker was killed and started again: connections are reset, what was not sent yet is lost."""
        self._api.call("POST", "crash", {"lose_state": lose_state})

    def outage(self, seconds: Optional[float] = None, *, lose_state: bool = False, reset: bool = False) -> None:
        """As if the broker was stopped, or killed (`reset`): nobody listens, for a while or until `end_outage`."""
        body: Dict[str, Any] = {"lose_state": lose_state, "reset": reset}
        if seconds is not None:
            body["duration_secs"] = seconds
        self._api.call("POST", "outage", body)

    def end_outage(self) -> None:
        """Comes back. Clients can connect once this returns."""
        self._api.call("DELETE", "outage")

    def reset(self) -> None:
        """Makes the broker as new, on the same port: users, rights and listeners as the settings say, the clock running."""
        self._api.call("POST", "reset")

    def snapshot(self) -> Dict[str, Any]:
        """All that outlives connections: sessions and retained messages."""
        snapshot: Dict[str, Any] = self._api.call("GET", "snapshot")
        return snapshot

    def restore(self, snapshot: Mapping[str, Any]) -> Record:
        """Puts a snapshot in the place of everything that is in the broker."""
        restored: Record = self._api.call("PUT", "snapshot", dict(snapshot))
        return restored

    # How things stand.

    def subscriptions(self) -> List[Record]:
        """Every subscription, each with its client."""
        return pages(self._api, "subscriptions")

    def stats(self) -> Record:
        """What was counted since the start, or since the last reset."""
        stats: Record = self._api.call("GET", "stats")
        return stats

    def hold_against(self, profile: str, mode: str = "warn") -> Record:
        """Holds clients against what another broker would not take: "aws-iot", in the mode "warn" or "enforce"."""
        held: Record = self._api.call("PUT", "profile", {"name": profile, "mode": mode})
        return held

    def set_contracts(
        self,
        files: Mapping[str, str],
        *,
        asyncapi: Sequence[str] = (),
        schemas: Sequence[str] = (),
        application: Sequence[str] = (),
        enforce: bool = False,
    ) -> Record:
        """Holds clients to API documents, and to JSON Schemas as "FILTER=FILE", in the place of those before.

        `files` has the texts of all files by their names, those that are referred to, too.
        """
        said = {"asyncapi": asyncapi, "schemas": schemas, "application": application}
        body = {name: list(values) for name, values in said.items()}
        report: Record = self._api.call("PUT", "contracts", {**body, "enforce": enforce, "files": dict(files)})
        return report

    def contracts(self) -> Record:
        """What clients are held to, and what was used and broken of it."""
        report: Record = self._api.call("GET", "contracts")
        return report

    def remove_contracts(self) -> None:
        """Holds clients to no contract any more."""
        self._api.call("DELETE", "contracts")

    def violations(self) -> List[Record]:
        """What clients did that the profile, or a contract, would not take: a row for each client, rule and sentence."""
        found: Record = self._api.call("GET", "violations")
        rows: List[Record] = found["violations"]
        return rows

    def state(self) -> Record:
        """The beginning of everything that is in the broker."""
        state: Record = self._api.call("GET", "state")
        return state

    def capabilities(self) -> Record:
        """What the engine behind the broker can do."""
        capabilities: Record = self._api.call("GET", "capabilities")
        return capabilities

    # The journal, to look at.

    def ladder(self, *, limit: Optional[int] = None) -> str:
        """The latest packets and events as a ladder, for people."""
        ladder: str = self._export("ladder", limit)
        return ladder

    def mermaid(self, *, limit: Optional[int] = None) -> str:
        """The same as a Mermaid diagram."""
        diagram: str = self._export("mermaid", limit)
        return diagram

    def jsonl(self, *, limit: Optional[int] = None) -> str:
        """All packets and events, one JSON object a line."""
        lines: str = self._export("jsonl", limit)
        return lines

    def pcapng(self, *, limit: Optional[int] = None) -> bytes:
        """A capture for Wireshark, with the packets as they were, passwords included."""
        capture: bytes = self._export("pcapng", limit)
        return capture

    def otlp(self, *, limit: Optional[int] = None) -> Dict[str, Any]:
        """What became of messages with a `traceparent`, as OpenTelemetry's tools read traces in JSON."""
        traces: Dict[str, Any] = self._export("otlp", limit)
        return traces

    def _export(self, form: str, limit: Optional[int]) -> Any:
        query: Dict[str, Any] = {"format": form}
        if limit is not None:
            query["limit"] = limit
        return self._api.call("GET", "export", query=query)

    # Everything else.

    def request(self, method: str, path: str, body: Any = None, query: Optional[Mapping[str, Any]] = None) -> Any:
        """Any request of the control API: `request("GET", "info")`. docs/API.md has all of them."""
        return self._api.call(method, path, body, query)
