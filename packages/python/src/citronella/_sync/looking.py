# Made from _async/looking.py by tools/write_sync.py: change it there.
"""What came, and what is expected to come."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .._records import Found, Message, Record
from ..patterns import Expectable, Expectation, PatternLike, Times, expectation, fields_of
from .api import Api, path_of
from .events import Events

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class Looking:
    """The part of a broker that looks at packets, events and messages."""

    _api: Api

    def expect(
        self,
        wanted: Expectable,
        *following: Expectable,
        times: Optional[Times] = None,
        within: Optional[float] = None,
        after: Optional[int] = None,
        unproven_is_enough: bool = False,
    ) -> Found:
        """Waits until this has come, and gives it back. What came already since the last `mark` counts.

        Several are expected one after the other. `times` is for the last: `2`, `(2, 5)`, `(2, None)`. `within` is how many
        seconds to wait, 5 where nothing is said. If it does not come, `NotMet` is raised, an `AssertionError`, with what
        came nearest, how that differs, and why a message may not have come.
        """
        whole = expectation(wanted)
        for one in following:
            whole = whole.then(one)
        return self._judge(whole if times is None else whole.times(times), within, after, unproven_is_enough)

    def never(
        self,
        unwanted: PatternLike,
        *,
        within: Optional[float] = None,
        after: Optional[int] = None,
        unproven_is_enough: bool = False,
    ) -> None:
        """Waits until nothing is on its way any more, and sees to it that this has not come."""
        self._judge(Expectation([(unwanted, 0)]), within, after, unproven_is_enough)

    def _judge(self, whole: Expectation, within: Optional[float], after: Optional[int], unproven_is_enough: bool) -> Found:
        body = whole.to_json()
        if unproven_is_enough:
            body["unproven_is_enough"] = True
        return Found(self._wait("expectations", body, within, after))

    def near_misses(self, pattern: PatternLike, *, after: Optional[int] = None) -> List[Record]:
        """What came closest to a pattern without fitting it, the closest first: each with `entry` and `differences`."""
        body: Dict[str, Any] = {"pattern": fields_of(pattern)}
        if after is not None:
            body["after"] = after
        found: List[Record] = (self._api.call("POST", "near-misses", body)).near_misses
        return found

    def mark(self) -> int:
        """Draws a line: what is expected from now on has to come behind it. The number is for `after`."""
        return int((self._api.call("POST", "mark")).after)

    def settle(self, *, within: Optional[float] = None) -> None:
        """Waits until nothing is on its way any more: what should have arrived has arrived."""
        self._wait("settle", {}, within)

    # What came.

    def messages(
        self, pattern: Optional[PatternLike] = None, *, after: int = 0, limit: Optional[int] = None
    ) -> List[Message]:
        """What clients published, the oldest first: all, those whose topics fit a filter, or those that fit a pattern."""
        return [Message(one) for one in self._find("messages", _of_messages(pattern), after, limit)]

    def packets(
        self, pattern: Optional[PatternLike] = None, *, after: int = 0, limit: Optional[int] = None
    ) -> List[Message]:
        """Packets and events of the journal that fit a pattern; all packets without one."""
        fields = {"record": "packet"} if pattern is None else fields_of(pattern)
        return [Message(one) for one in self._find("packets", {"pattern": fields}, after, limit)]

    def _find(self, what: str, body: Dict[str, Any], after: int, limit: Optional[int]) -> List[Record]:
        found: List[Record] = []
        while limit is None or len(found) < limit:
            most = 1000 if limit is None else min(1000, limit - len(found))
            page = self._api.call("POST", f"{what}/find", {**body, "after": after, "limit": most})
            # A page may have fewer than it could: it is bounded in bytes, too.
            if not page[what]:
                break
            found += page[what]
            after = page.meta.next
        return found

    def count(self, pattern: Optional[PatternLike] = None, *, after: int = 0) -> int:
        """How many messages came."""
        return int((self._api.call("POST", "messages/count", {**_of_messages(pattern), "after": after}))["count"])

    def forget(self) -> None:
        """Forgets all packets and events so far."""
        self._api.call("DELETE", "packets")

    def events(self, pattern: Optional[PatternLike] = None, *, after: Optional[int] = None) -> Events:
        """Packets and events as they happen from now on, or behind a number: iterate over them."""
        query = {} if pattern is None else fields_of(pattern)
        if after is not None:
            query["after"] = after
        return Events(*self._api.stream("events", query))

    # Waits.

    def wait_message(
        self, pattern: Optional[PatternLike] = None, *, within: Optional[float] = None, after: Optional[int] = None
    ) -> Message:
        """Waits for a message, and looks at those that came already."""
        return Message((self._wait("messages/wait", _of_messages(pattern), within, after)).message)

    def wait_messages(
        self, count: int, pattern: Optional[PatternLike] = None, *, within: Optional[float] = None, after: Optional[int] = None
    ) -> List[Message]:
        """Waits until so many messages came, those that came already included."""
        body = {**_of_messages(pattern), "count": count}
        return [Message(one) for one in (self._wait("messages/wait-for-count", body, within, after)).messages]

    def wait_connected(self, client_id: str, *, within: Optional[float] = None) -> None:
        """Waits until a client is connected."""
        self._wait(path_of("clients", client_id, "wait"), {"for": "connected"}, within)

    def wait_disconnected(self, client_id: str, *, within: Optional[float] = None) -> None:
        """Waits until a client has gone."""
        self._wait(path_of("clients", client_id, "wait"), {"for": "disconnected"}, within)

    def wait_subscribed(self, client_id: str, topic_filter: str, *, within: Optional[float] = None) -> None:
        """Waits until a client is subscribed to this topic filter."""
        body = {"for": "subscribed", "topic_filter": topic_filter}
        self._wait(path_of("clients", client_id, "wait"), body, within)

    def wait_acked(self, client_id: str, *, within: Optional[float] = None) -> None:
        """Waits until a client has acknowledged everything that it was sent."""
        self._wait(path_of("clients", client_id, "wait"), {"for": "acked"}, within)

    def wait_session_ended(self, client_id: str, *, within: Optional[float] = None) -> None:
        """Waits until a client has no session any more."""
        self._wait(path_of("clients", client_id, "wait"), {"for": "session_ended"}, within)

    def wait_retained(self, topic: str, *, within: Optional[float] = None) -> None:
        """Waits until a topic has a retained message."""
        self._wait("retained/wait", {"topic": topic}, within)

    def _wait(self, path: str, body: Dict[str, Any], within: Optional[float], after: Optional[int] = None) -> Any:
        if within is not None:
            body = {**body, "timeout_secs": within}
        if after is not None:
            body = {**body, "after": after}
        return self._api.call("POST", path, body, wait_secs=within)


def _of_messages(pattern: Optional[PatternLike]) -> Dict[str, Any]:
    return {} if pattern is None else {"pattern": fields_of(pattern)}
