"""What a broker has several of: clients, sessions, rules, stubs and so on."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._records import Message, Record
from ..patterns import PatternLike, fields_of
from .api import AsyncApi, path_of

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class _Part:
    def __init__(self, api: AsyncApi) -> None:
        self._api = api


async def pages(api: AsyncApi, path: str, query: Optional[Dict[str, Any]] = None) -> List[Record]:
    """All pages of a list together."""
    query = dict(query or {}, limit=1000)
    found: List[Record] = []
    while True:
        page = await api.call("GET", path, query=query)
        found += page[path]
        if page.meta.next is None:
            return found
        query["after"] = page.meta.next


class AsyncClients(_Part):
    """The clients: `broker.clients["lamp"].last_disconnect` says why one went, and what to do about it."""

    async def __getitem__(self, client_id: str) -> Record:
        """One client: `connected`, `connection`, `last_disconnect`, `last_refusal`."""
        client: Record = await self._api.call("GET", path_of("clients", client_id))
        # Members that have nothing to say are left out by the broker.
        return Record({"connection": None, "last_disconnect": None, "last_refusal": None, **client})

    async def list(self) -> List[Record]:
        """Every client that is connected, or of which the journal still knows."""
        return await pages(self._api, "clients")


class AsyncSessions(_Part):
    """The sessions, whether their clients are connected or not."""

    async def __getitem__(self, client_id: str) -> Record:
        """One session, with its subscriptions and what is on its way."""
        session: Record = await self._api.call("GET", path_of("sessions", client_id))
        return session

    async def list(self) -> List[Record]:
        """Every session, in numbers."""
        return await pages(self._api, "sessions")

    async def remove(self, client_id: str) -> None:
        """Ends one; its client is disconnected."""
        await self._api.call("DELETE", path_of("sessions", client_id))


class AsyncRetained(_Part):
    """The retained messages."""

    async def __getitem__(self, topic: str) -> Message:
        """That of one topic."""
        return Message(await self._api.call("GET", path_of("retained", topic)))

    async def list(self, topic_filter: Optional[str] = None) -> List[Message]:
        """All of them, or those whose topics fit the filter."""
        query = {} if topic_filter is None else {"topic": topic_filter}
        return [Message(one) for one in await pages(self._api, "retained", query)]

    async def remove(self, topic: str) -> None:
        """Removes that of one topic; nobody gets a message by it."""
        await self._api.call("DELETE", path_of("retained", topic))

    async def clear(self) -> None:
        """Removes all of them."""
        await self._api.call("DELETE", "retained")


class _Rules(_Part):
    """What is added, listed and removed by name."""

    _path = ""

    async def add(self, rule: Optional[Mapping[str, Any]] = None, /, **keys: Any) -> Record:
        """Adds one, said as an object or by its keys."""
        added: Record = await self._api.call("POST", self._path, {**(rule or {}), **keys})
        return added

    async def replace(self, name: str, rule: Optional[Mapping[str, Any]] = None, /, **keys: Any) -> Record:
        """Puts it into the place of that of its name, if there is one."""
        replaced: Record = await self._api.call("PUT", path_of(self._path, name), {"name": name, **(rule or {}), **keys})
        return replaced

    async def __getitem__(self, name: str) -> Record:
        """One of them, and how it stands."""
        one: Record = await self._api.call("GET", path_of(self._path, name))
        return one

    async def list(self) -> List[Record]:
        """All of them."""
        found: List[Record] = (await self._api.call("GET", self._path))[self._path]
        return found

    async def remove(self, name: str) -> None:
        """Removes one."""
        await self._api.call("DELETE", path_of(self._path, name))

    async def clear(self) -> None:
        """Removes all of them."""
        await self._api.call("DELETE", self._path)


class AsyncFaults(_Rules):
    """Rules that disturb: docs/FAULTS.md has every key. `add(name="lost", when={"packet": "PUBACK"}, first=1, action="drop")`."""

    _path = "faults"

    async def set_enabled(self, name: str, enabled: bool) -> Record:
        """Switches a rule off, or on again. One that is off keeps its place and its counts, and does nothing."""
        switched: Record = await self._api.call("PUT", path_of("faults", name, "enabled"), {"enabled": enabled})
        return switched

    async def reset(self, name: str) -> Record:
        """Lets the counts and the window of time of a rule begin anew."""
        anew: Record = await self._api.call("POST", path_of("faults", name, "reset"))
        return anew

    async def release(self, name: str) -> Record:
        """Lets go what a rule holds, in the order in which it came."""
        released: Record = await self._api.call("POST", path_of("faults", name, "release"))
        return released


class AsyncStubs(_Rules):
    """Stubs answer for a program that is not there: docs/STUBS.md. What a template reads goes along: `files={"a.csv": "…"}`."""

    _path = "stubs"


class AsyncDevices(_Rules):
    """Devices that the broker plays: docs/DEVICES.md."""

    _path = "devices"


class AsyncScenarios(_Part):
    """Scenarios of rules and stubs, each in a state."""

    async def __getitem__(self, name: str) -> str:
        """The state of one; `Started` until something moves it."""
        return str((await self._api.call("GET", path_of("scenarios", name))).state)

    async def set(self, name: str, state: str) -> None:
        """Moves one to a state."""
        await self._api.call("PUT", path_of("scenarios", name, "state"), {"state": state})

    async def list(self) -> List[Record]:
        """Those that are not in their first state."""
        found: List[Record] = (await self._api.call("GET", "scenarios")).scenarios
        return found

    async def reset(self) -> None:
        """Begins all of them anew."""
        await self._api.call("POST", "scenarios/reset")


class AsyncUsers(_Part):
    """Who may come in, and who may do what."""

    async def set(self, name: str, password: str) -> None:
        """Adds a user, or gives one another password."""
        await self._api.call("PUT", path_of("users", name), {"password": password})

    async def remove(self, name: str) -> None:
        """Removes a user; its clients are disconnected."""
        await self._api.call("DELETE", path_of("users", name))

    async def list(self) -> List[str]:
        """Their names."""
        names: List[str] = (await self._api.call("GET", "users")).users
        return names

    async def allow_anonymous(self, allow: bool = True) -> None:
        """Whether clients may come in without a user name."""
        await self._api.call("PUT", "allow-anonymous", {"allow": allow})

    async def acl(self, *lines: Mapping[str, Any]) -> None:
        """Who may publish and read what: lines such as `{"user": "ann", "topic": "#", "access": "readwrite"}`. None: all may."""
        await self._api.call("PUT", "acl", {"acl": [dict(line) for line in lines]})


class AsyncRecordings(_Part):
    """Recordings of what clients did: docs/RECORDINGS.md."""

    async def start(self, pattern: Optional[PatternLike] = None) -> None:
        """Records from now on; with a pattern, only what it means."""
        await self._api.call("POST", "recordings/start", {} if pattern is None else {"pattern": fields_of(pattern)})

    async def stop(self) -> str:
        """Ends the recording, and gives it: JSON lines."""
        text: str = await self._api.call("POST", "recordings/stop")
        return text

    async def status(self) -> str:
        """`NeverStarted`, `Recording` or `Stopped`."""
        return str((await self._api.call("GET", "recordings/status")).status)

    async def play(self, recording: str, *, within: Optional[float] = None, **how: Any) -> Record:
        """Publishes the messages of a recording: `play(text, speed="max", client="lamp", topic="home/#")`."""
        query = how if within is None else {**how, "timeout_secs": within}
        played: Record = await self._api.call("POST", "recordings/play", recording.encode(), query, within)
        return played
