"""Patterns: which packets and events are meant.

>>> publish("sensors/+/temp").qos(1).json(celsius=21)
publish('sensors/+/temp').qos(1).json({'celsius': 21})

A pattern is made by one of the functions below and narrowed down by its methods, each of which gives a new pattern. A
dictionary in the form of docs/PATTERNS.md is a pattern, too. What no packet can fit is an error once the broker is asked.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

Fields = Dict[str, Any]
Times = Union[int, Tuple[int, Optional[int]], Mapping[str, int]]
"""How often: a number, `(2, 5)` with both included, `(2, None)` for at least two."""

# A payload up to here is said as it is, so that a report can tell how another one differs; a pattern has room for 64 kB.
_SAID_BYTES = 4096


class Is:
    """Comparisons, where a field is to have more than one value. Each is a dictionary, as docs/PATTERNS.md has it.

    >>> publish("a/#").field("qos", Is.one_of(1, 2)).payload(Is.json_at("/celsius", Is.at_least(30)))
    publish('a/#').field('qos', {'one_of': [1, 2]}).payload({'json_at': {'/celsius': {'from': 30}}})
    """

    @staticmethod
    def one_of(*any_of: Any) -> Fields:
        """One of these fits."""
        return {"one_of": list(any_of)}

    @staticmethod
    def all_of(*all_of: Any) -> Fields:
        """All of these fit."""
        return {"all": list(all_of)}

    @staticmethod
    def not_(other: Any) -> Fields:
        """This does not fit. A field that is absent fits."""
        return {"not": other}

    @staticmethod
    def present() -> Fields:
        """The field is there, with any value."""
        return {"present": True}

    @staticmethod
    def absent() -> Fields:
        """The field is not there."""
        return {"present": False}

    @staticmethod
    def between(least: float, most: float) -> Fields:
        """A number from `least` to `most`, both included."""
        return {"from": least, "to": most}

    @staticmethod
    def at_least(least: float) -> Fields:
        """This number or a greater one."""
        return {"from": least}

    @staticmethod
    def at_most(most: float) -> Fields:
        """This number or a smaller one."""
        return {"to": most}

    @staticmethod
    def containing(part: str) -> Fields:
        """A text with this in it."""
        return {"contains": part}

    @staticmethod
    def matching(regex: str) -> Fields:
        """A text in which this regular expression finds something. To match all of it, write `^…$`."""
        return {"matches": regex}

    @staticmethod
    def bytes(data: bytes) -> Fields:
        """These bytes. Many of them are said by their length and their SHA-256."""
        if len(data) > _SAID_BYTES:
            return {"len_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        return {"base64": base64.b64encode(data).decode()}

    @staticmethod
    def len_bytes(length: Any) -> Fields:
        """The length in bytes, which may be compared in turn: `Is.len_bytes(Is.at_most(10))`."""
        return {"len_bytes": length}

    @staticmethod
    def sha256(digest: str) -> Fields:
        """Bytes with this SHA-256, as `sha256sum` prints it."""
        return {"sha256": digest}

    @staticmethod
    def json(value: Any) -> Fields:
        """This JSON value, however it is written."""
        return {"json": value}

    @staticmethod
    def json_subset(value: Any) -> Fields:
        """JSON with at least these members."""
        return {"json_subset": value}

    @staticmethod
    def json_at(pointer: str, value: Any) -> Fields:
        """JSON, and what stands at the pointer (`/list/0/name`) fits."""
        return {"json_at": {pointer: value}}


class Pattern:
    """Which packets and events are meant. It does nothing by itself: give it to `broker.expect(…)`."""

    def __init__(self, fields: Fields, said: str) -> None:
        self._fields = fields
        self._said = said

    def to_json(self) -> Fields:
        """The pattern as the broker takes it."""
        return dict(self._fields)

    def __repr__(self) -> str:
        return self._said

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pattern) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]

    def _and(self, said: str, name: str, value: Any) -> Pattern:
        fields = dict(self._fields)
        at, leaf = fields, name
        # `will.topic` is a member of `will`, as docs/PATTERNS.md writes it.
        while "." in leaf:
            first, leaf = leaf.split(".", 1)
            inner = at.get(first)
            at[first] = dict(inner) if isinstance(inner, dict) else {}
            at = at[first]
        before = at.get(leaf, value)
        at[leaf] = value if before == value else {"all": [before, value]}
        return Pattern(fields, f"{self._said}.{said}")

    def _going(self, said: str, direction: str, client_id: Optional[str]) -> Pattern:
        fields = dict(self._fields)
        if "event" not in fields:
            fields["direction"] = direction
        if client_id is not None:
            fields["client_id"] = client_id
        return Pattern(fields, f"{self._said}.{said}")

    # Whose it is.

    def from_client(self, client_id: str) -> Pattern:
        """Sent by this client."""
        return self._going(f"from_client({client_id!r})", "in", client_id)

    def to_client(self, client_id: str) -> Pattern:
        """Sent by the broker to this client."""
        return self._going(f"to_client({client_id!r})", "out", client_id)

    def outbound(self) -> Pattern:
        """Sent by the broker, to any client."""
        return self._going("outbound()", "out", None)

    def of(self, client_id: str) -> Pattern:
        """Of this client, either way; for events."""
        return self._and(f"of({client_id!r})", "client_id", client_id)

    # Fields.

    def field(self, path: str, value: Any) -> Pattern:
        """The field at this path (`will.topic`) has this value, or fits a comparison (`Is`). `None`: it is absent."""
        return self._and(f"field({path!r}, {value!r})", path, value)

    def where(self, **fields: Any) -> Pattern:
        """The same for several fields by name: `connect().where(keep_alive=60, user_name=None)`."""
        pattern = self
        for name, value in fields.items():
            pattern = pattern.field(name, value)
        return pattern

    def topic(self, topic_filter: str) -> Pattern:
        """The topic name fits this topic filter."""
        return self._and(f"topic({topic_filter!r})", "topic", topic_filter)

    def qos(self, qos: int) -> Pattern:
        """QoS."""
        return self._and(f"qos({qos!r})", "qos", qos)

    def retain(self, retain: bool = True) -> Pattern:
        """RETAIN."""
        return self._and(f"retain({retain!r})", "retain", retain)

    def dup(self, dup: bool = True) -> Pattern:
        """DUP."""
        return self._and(f"dup({dup!r})", "dup", dup)

    def reason(self, reason: Union[int, str]) -> Pattern:
        """The reason code, by its number or by its name in the standard."""
        if isinstance(reason, str):
            return self._and(f"reason({reason!r})", "reason", reason)
        lists = self._fields.get("packet") in ("SUBACK", "UNSUBACK")
        return self._and(f"reason({reason!r})", "reason_codes" if lists else "reason_code", reason)

    def topic_filter(self, topic_filter: str) -> Pattern:
        """One of the topic filters of SUBSCRIBE or UNSUBSCRIBE, or the one of an event, is exactly this."""
        said = f"topic_filter({topic_filter!r})"
        if "event" in self._fields:
            return self._and(said, "filter", topic_filter)
        subscribes = self._fields.get("packet") == "SUBSCRIBE"
        return self._and(said, "topic_filters", {"topic_filter": topic_filter} if subscribes else topic_filter)

    def property(self, name: str, value: Any) -> Pattern:
        """A property of MQTT 5.0, by its name in snake case: `property("content_type", "text/plain")`."""
        return self._and(f"property({name!r}, {value!r})", f"properties.{name}", value)

    def user_property(self, name: str, value: str) -> Pattern:
        """A User Property."""
        said = f"user_property({name!r}, {value!r})"
        return self._and(said, "properties.user_property", {"name": name, "value": value})

    # The payload.

    def payload(self, payload: Any) -> Pattern:
        """The payload is this text, these bytes, or fits a comparison (`Is`)."""
        value = payload
        if isinstance(payload, (bytes, bytearray)):
            value = Is.bytes(bytes(payload))
        elif isinstance(payload, str) and len(payload.encode()) > _SAID_BYTES:
            value = Is.bytes(payload.encode())
        shown = value if isinstance(value, dict) and "sha256" in value else payload
        return self._and(f"payload({shown!r})", "payload", value)

    def containing(self, part: str) -> Pattern:
        """The payload is a text with this in it."""
        return self._and(f"containing({part!r})", "payload", Is.containing(part))

    def matching(self, regex: str) -> Pattern:
        """In the payload, a text, this regular expression finds something."""
        return self._and(f"matching({regex!r})", "payload", Is.matching(regex))

    def json(self, *value: Any, **members: Any) -> Pattern:
        """The payload is this JSON value, however it is written: `json(celsius=21)`, `json([1, 2])`."""
        wanted = _one("json", value, members)
        return self._and(f"json({wanted!r})", "payload", Is.json(wanted))

    def json_subset(self, *value: Any, **members: Any) -> Pattern:
        """The payload is JSON with at least these members: `json_subset(on=True)`."""
        wanted = _one("json_subset", value, members)
        return self._and(f"json_subset({wanted!r})", "payload", Is.json_subset(wanted))

    def json_at(self, pointer: str, value: Any) -> Pattern:
        """The payload is JSON, and what stands at the pointer (`/list/0/name`) is this, or fits a comparison."""
        return self._and(f"json_at({pointer!r}, {value!r})", "payload", Is.json_at(pointer, value))

    # How often, and what next.

    def times(self, times: Times) -> Expectation:
        """So often."""
        return Expectation([(self, times)])

    def never(self) -> Expectation:
        """Not at all: `broker.expect(publish("alarm/#").never())` is `broker.never(publish("alarm/#"))`."""
        return Expectation([(self, 0)])

    def then(self, following: Expectable) -> Expectation:
        """And then that: only what comes behind this counts for it."""
        return Expectation([(self, None)]).then(following)


class Expectation:
    """Patterns, each with how often it is expected, one after the other. Made by methods of `Pattern`."""

    def __init__(self, steps: List[Tuple[PatternLike, Optional[Times]]]) -> None:
        self._steps = steps

    def times(self, times: Times) -> Expectation:
        """The last pattern is expected so often."""
        return Expectation([*self._steps[:-1], (self._steps[-1][0], times)])

    def never(self) -> Expectation:
        """The last pattern is not to come at all."""
        return self.times(0)

    def then(self, following: Expectable) -> Expectation:
        """And then that."""
        return Expectation([*self._steps, *expectation(following)._steps])

    def to_json(self) -> Fields:
        """The expectation as the broker takes it."""
        if len(self._steps) == 1:
            pattern, times = self._steps[0]
            if times == 0:
                return {"never": fields_of(pattern)}
            return _step(pattern, times)
        return {"steps": [_step(pattern, times) for pattern, times in self._steps]}


PatternLike = Union[Pattern, Mapping[str, Any], str]
"""A topic filter alone means what clients publish there."""
Expectable = Union[PatternLike, Expectation]


def expectation(wanted: Expectable) -> Expectation:
    """What is expected, as an `Expectation`."""
    return wanted if isinstance(wanted, Expectation) else Expectation([(wanted, None)])


def fields_of(pattern: PatternLike) -> Fields:
    """A pattern as the broker takes it."""
    if isinstance(pattern, str):
        pattern = publish(pattern)
    if isinstance(pattern, Pattern):
        return pattern.to_json()
    if isinstance(pattern, Mapping):
        return dict(pattern)
    raise TypeError(f"a pattern is a topic filter, a dictionary, or made by publish(…), packet(…), event(…), not {pattern!r}")


def _step(pattern: PatternLike, times: Optional[Times]) -> Fields:
    step: Fields = {"pattern": fields_of(pattern)}
    if isinstance(times, tuple):
        least, most = times
        step["times"] = {"min": least} if most is None else {"min": least, "max": most}
    elif times is not None:
        step["times"] = times
    return step


def _one(method: str, value: Tuple[Any, ...], members: Fields) -> Any:
    if (value and members) or len(value) > 1:
        raise TypeError(f"{method}() takes one value or members by name, not both: {method}(celsius=21)")
    return value[0] if value else members


def publish(topic_filter: str) -> Pattern:
    """PUBLISH whose topic name fits the filter; from a client, unless `to_client` or `outbound` says otherwise."""
    fields = {"packet": "PUBLISH", "direction": "in", "topic": topic_filter}
    return Pattern(fields, f"publish({topic_filter!r})")


def packet(*types: str) -> Pattern:
    """Packets of these types, either way; of all types without any."""
    said = f"packet({', '.join(map(repr, types))})"
    if not types:
        return Pattern({"record": "packet"}, said)
    return Pattern({"packet": types[0] if len(types) == 1 else list(types)}, said)


def event(*names: str) -> Pattern:
    """Events of these names (docs/PATTERNS.md has them); all events without any."""
    said = f"event({', '.join(map(repr, names))})"
    if not names:
        return Pattern({"record": "event"}, said)
    return Pattern({"event": names[0] if len(names) == 1 else list(names)}, said)


def anything() -> Pattern:
    """Any packet and any event."""
    return Pattern({}, "anything()")


def connect() -> Pattern:
    """CONNECT."""
    return Pattern({"packet": "CONNECT", "direction": "in"}, "connect()")


def subscribe(topic_filter: Optional[str] = None) -> Pattern:
    """SUBSCRIBE, to exactly this topic filter."""
    pattern = Pattern({"packet": "SUBSCRIBE", "direction": "in"}, "subscribe()")
    return pattern if topic_filter is None else pattern.topic_filter(topic_filter)


def unsubscribe(topic_filter: Optional[str] = None) -> Pattern:
    """UNSUBSCRIBE, of exactly this topic filter."""
    pattern = Pattern({"packet": "UNSUBSCRIBE", "direction": "in"}, "unsubscribe()")
    return pattern if topic_filter is None else pattern.topic_filter(topic_filter)


def disconnect() -> Pattern:
    """DISCONNECT; from a client, unless `to_client` says otherwise."""
    return Pattern({"packet": "DISCONNECT", "direction": "in"}, "disconnect()")
