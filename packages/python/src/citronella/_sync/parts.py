# Made from _async/parts.py by tools/write_sync.py: change it there.
"""What a broker has several of: clients, sessions, rules, stubs and so on."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .._records import Message, Record
from ..patterns import PatternLike, fields_of
from .api import Api, path_of

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class _Part:
    def __init__(self, api: Api) -> None:
        self._api = api


def pages(api: Api, path: str, query: Optional[Dict[str, Any]] = None) -> List[Record]:
    """All pages of a list together."""
    query = dict(query or {}, limit=1000)
    found: List[Record] = []
    while True:
        page = api.call("GET", path, query=query)
        found += page[path]
        if page.meta.next is None:
            return found
        query["after"] = page.meta.next


class Clients(_Part):
    """The clients: `broker.clients["lamp"].last_disconnect` says why one went, and what to do about it."""

    def __getitem__(self, client_id: str) -> Record:
        """One client: `connected`, `connection`, `last_disconnect`, `last_refusal`."""
        client: Record = self._api.call("GET", path_of("clients", client_id))
        # Members that have nothing to say are left out by the broker.
        return Record({"connection": None, "last_disconnect": None, "last_refusal": None, **client})

    def list(self) -> List[Record]:
        """Every client that is connected, or of which the journal still knows."""
        return pages(self._api, "clients")


class Sessions(_Part):
    """The sessions, whether their clients are connected or not."""

    def __getitem__(self, client_id: str) -> Record:
        """One session, with its subscriptions and what is on its way."""
        session: Record = self._api.call("GET", path_of("sessions", client_id))
        return session

    def list(self) -> List[Record]:
        """Every session, in numbers."""
        return pages(self._api, "sessions")

    def remove(self, client_id: str) -> None:
        """Ends one; its client is disconnected."""
        self._api.call("DELETE", path_of("sessions", client_id))


class Retained(_Part):
    """The retained messages."""

    def __getitem__(self, topic: str) -> Message:
        """That of one topic."""
        return Message(self._api.call("GET", path_of("retained", topic)))

    def list(self, topic_filter: Optional[str] = None) -> List[Message]:
        """All of them, or those whose topics fit the filter."""
        query = {} if topic_filter is None else {"topic": topic_filter}
        return [Message(one) for one in pages(self._api, "retained", query)]

    def remove(self, topic: str) -> None:
        """Removes that of one topic; nobody gets a message by it."""
        self._api.call("DELETE", path_of("retained", topic))

    def clear(self) -> None:
        """Removes all of them."""
        self._api.call("DELETE", "retained")


class _Rules(_Part):
    """What is added, listed and removed by name."""

    _path = ""

    def add(self, rule: Optional[Mapping[str, Any]] = None, /, **keys: Any) -> Record:
        """Adds one, said as an object or by its keys."""
        added: Record = self._api.call("POST", self._path, {**(rule or {}), **keys})
        return added

    def replace(self, name: str, rule: Optional[Mapping[str, Any]] = None, /, **keys: Any) -> Record:
        """Puts it into the place of that of its name, if there is one."""
        replaced: Record = self._api.call("PUT", path_of(self._path, name), {"name": name, **(rule or {}), **keys})
        return replaced

    def __getitem__(self, name: str) -> Record:
        """One of them, and how it stands."""
        one: Record = self._api.call("GET", path_of(self._path, name))
        return one

    def list(self) -> List[Record]:
        """All of them."""
        found: List[Record] = (self._api.call("GET", self._path))[self._path]
        return found

    def remove(self, name: str) -> None:
        """Removes one."""
        self._api.call("DELETE", path_of(self._path, name))

    def clear(self) -> None:
        """Removes all of them."""
        self._api.call("DELETE", self._path)


class Faults(_Rules):
    """Rules that disturb: docs/FAULTS.md has every key. `add(name="lost", when={"packet": "PUBACK"}, first=1, action="drop")`."""

    _path = "faults"

    def set_enabled(self, name: str, enabled: bool) -> Record:
        """Switches a rule off, or on again. One that is off keeps its place and its counts, and does nothing."""
        switched: Record = self._api.call("PUT", path_of("faults", name, "enabled"), {"enabled": enabled})
        return switched

    def reset(self, name: str) -> Record:
        """Lets the counts and the window of time of a rule begin anew."""
        anew: Record = self._api.call("POST", path_of("faults", name, "reset"))
        return anew

    def release(self, name: str) -> Record:
        """Lets go what a rule holds, in the order in which it came."""
        released: Record = self._api.call("POST", path_of("faults", name, "release"))
        return released


class Stubs(_Rules):
    """Stubs answer for a program that is not there: docs/STUBS.md. What a template reads goes along: `files={"a.csv": "…"}`."""

    _path = "stubs"


class Devices(_Rules):
    """Devices that the broker plays: docs/DEVICES.md."""

    _path = "devices"


class Scenarios(_Part):
    """Scenarios of rules and stubs, each in a state."""

    def __getitem__(self, name: str) -> str:
        """The state of one; `Started` until something moves it."""
        return str((self._api.call("GET", path_of("scenarios", name))).state)

    def set(self, name: str, state: str) -> None:
        """Moves one to a state."""
        self._api.call("PUT", path_of("scenarios", name, "state"), {"state": state})

    def list(self) -> List[Record]:
        """Those that are not in their first state."""
        found: List[Record] = (self._api.call("GET", "scenarios")).scenarios
        return found

    def reset(self) -> None:
        """Begins all of them anew."""
        self._api.call("POST", "scenarios/reset")


class Users(_Part):
    """Who may come in, and who may do what."""

    def set(self, name: str, password: str) -> None:
        """Adds a user, or gives one another password."""
        self._api.call("PUT", path_of("users", name), {"password": password})

    def remove(self, name: str) -> None:
        """Removes a user; its clients are disconnected."""
        self._api.call("DELETE", path_of("users", name))

    def list(self) -> List[str]:
        """Their names."""
        names: List[str] = (self._api.call("GET", "users")).users
        return names

    def allow_anonymous(self, allow: bool = True) -> None:
        """Whether clients may come in without a user name."""
        self._api.call("PUT", "allow-anonymous", {"allow": allow})

    def acl(self, *lines: Mapping[str, Any]) -> None:
        """Who may publish and read what: lines such as `{"user": "ann", "topic": "#", "access": "readwrite"}`. None: all may."""
        self._api.call("PUT", "acl", {"acl": [dict(line) for line in lines]})


class Recordings(_Part):
    """Recordings of what clients did: docs/RECORDINGS.md."""

    def start(self, pattern: Optional[PatternLike] = None) -> None:
        """Records from now on; with a pattern, only what it means."""
        self._api.call("POST", "recordings/start", {} if pattern is None else {"pattern": fields_of(pattern)})

    def stop(self) -> str:
        """Ends the recording, and gives it: JSON lines."""
        text: str = self._api.call("POST", "recordings/stop")
        return text

    def status(self) -> str:
        """`NeverStarted`, `Recording` or `Stopped`."""
        return str((self._api.call("GET", "recordings/status")).status)

    def play(self, recording: str, *, within: Optional[float] = None, **how: Any) -> Record:
        """Publishes the messages of a recording: `play(text, speed="max", client="lamp", topic="home/#")`."""
        query = how if within is None else {**how, "timeout_secs": within}
        played: Record = self._api.call("POST", "recordings/play", recording.encode(), query, within)
        return played
