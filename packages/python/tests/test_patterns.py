from __future__ import annotations

import hashlib

import pytest

from citronella import Is, Pattern, anything, connect, disconnect, event, packet, publish, subscribe, unsubscribe
from citronella.patterns import expectation, fields_of

PUBLISH = {"packet": "PUBLISH", "direction": "in"}
MANY = {"len_bytes": 5000, "sha256": hashlib.sha256(b"a" * 5000).hexdigest()}
PATTERNS = [
    (publish("a/+"), {**PUBLISH, "topic": "a/+"}),
    (publish("a").qos(1).retain().dup(False), {**PUBLISH, "topic": "a", "qos": 1, "retain": True, "dup": False}),
    (publish("a").from_client("lamp"), {**PUBLISH, "topic": "a", "client_id": "lamp"}),
    (publish("a").to_client("lamp"), {"packet": "PUBLISH", "direction": "out", "topic": "a", "client_id": "lamp"}),
    (publish("a").payload("on"), {**PUBLISH, "topic": "a", "payload": "on"}),
    (publish("a").payload(b"\xff"), {**PUBLISH, "topic": "a", "payload": {"base64": "/w=="}}),
    (publish("a").payload(b"a" * 5000), {**PUBLISH, "topic": "a", "payload": MANY}),
    (publish("a").payload("a" * 5000), {**PUBLISH, "topic": "a", "payload": MANY}),
    (publish("a").payload("a" * 4096), {**PUBLISH, "topic": "a", "payload": "a" * 4096}),
    (publish("a").json(celsius=21), {**PUBLISH, "topic": "a", "payload": {"json": {"celsius": 21}}}),
    (publish("a").json([1]), {**PUBLISH, "topic": "a", "payload": {"json": [1]}}),
    (publish("a").json(None), {**PUBLISH, "topic": "a", "payload": {"json": None}}),
    (publish("a").json_subset(on=True), {**PUBLISH, "topic": "a", "payload": {"json_subset": {"on": True}}}),
    (publish("a").json_at("/n", Is.at_least(3)), {**PUBLISH, "topic": "a", "payload": {"json_at": {"/n": {"from": 3}}}}),
    (publish("a").property("content_type", "x"), {**PUBLISH, "topic": "a", "properties": {"content_type": "x"}}),
    (
        connect().field("will.topic", "gone").where(user_name=None),
        {"packet": "CONNECT", "direction": "in", "will": {"topic": "gone"}, "user_name": None},
    ),
    (
        connect().field("will.topic", "t").field("will.qos", 1),
        {"packet": "CONNECT", "direction": "in", "will": {"topic": "t", "qos": 1}},
    ),
    (subscribe("a/#"), {"packet": "SUBSCRIBE", "direction": "in", "topic_filters": {"topic_filter": "a/#"}}),
    (unsubscribe("a/#"), {"packet": "UNSUBSCRIBE", "direction": "in", "topic_filters": "a/#"}),
    (disconnect().reason(4), {"packet": "DISCONNECT", "direction": "in", "reason_code": 4}),
    (packet("SUBACK").reason(135), {"packet": "SUBACK", "reason_codes": 135}),
    (packet("PUBACK", "PUBREC").reason("Quota exceeded"), {"packet": ["PUBACK", "PUBREC"], "reason": "Quota exceeded"}),
    (event("subscribed").of("lamp").topic_filter("a/#"), {"event": "subscribed", "client_id": "lamp", "filter": "a/#"}),
    (event("connected").from_client("lamp"), {"event": "connected", "client_id": "lamp"}),
    (anything(), {}),
    (packet(), {"record": "packet"}),
    (event(), {"record": "event"}),
    (
        publish("a").containing("x").matching("y$"),
        {**PUBLISH, "topic": "a", "payload": {"all": [{"contains": "x"}, {"matches": "y$"}]}},
    ),
]


@pytest.mark.parametrize(("pattern", "fields"), PATTERNS, ids=lambda it: repr(it) if isinstance(it, Pattern) else "")
def test_a_pattern_is_what_the_api_takes(pattern, fields, mqtt_broker):
    assert fields_of(pattern) == fields
    # Each can be fitted by something, or the broker would refuse it.
    mqtt_broker.packets(pattern)


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS], ids=repr)
def test_a_pattern_shows_how_it_is_written(pattern):
    from citronella import patterns

    assert eval(repr(pattern), vars(patterns)) == pattern


def test_a_pattern_does_not_change():
    lamp = publish("lamp")
    lamp.qos(1)
    assert lamp == publish("lamp")
    will = connect().field("will.topic", "t")
    will.field("will.qos", 1)
    assert will == connect().field("will.topic", "t")


def test_expectations_are_what_the_api_takes():
    a, b = publish("a"), event("connected")
    at, bt = fields_of(a), fields_of(b)
    assert expectation(a).to_json() == {"pattern": at}
    assert expectation("a").to_json() == {"pattern": at}
    assert a.times(2).to_json() == {"pattern": at, "times": 2}
    assert a.times((2, None)).to_json() == {"pattern": at, "times": {"min": 2}}
    assert a.times((2, 5)).to_json() == {"pattern": at, "times": {"min": 2, "max": 5}}
    assert a.never().to_json() == {"never": at}
    assert a.then(b.times(1)).to_json() == {"steps": [{"pattern": at}, {"pattern": bt, "times": 1}]}
    assert a.then({"event": "connected"}).to_json() == {"steps": [{"pattern": at}, {"pattern": bt}]}


def test_mistakes_that_are_seen_here():
    with pytest.raises(TypeError, match="not both"):
        publish("a").json({"on": True}, off=False)
    with pytest.raises(TypeError, match="a pattern is a topic filter"):
        fields_of(1)  # type: ignore[arg-type]
