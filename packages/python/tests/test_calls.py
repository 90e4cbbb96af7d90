"""Every call, against a real broker and clients on real sockets."""

from __future__ import annotations

import pickle
import socket
import threading
from datetime import timedelta

import pytest

from citronella import Broker, NotFound, NotMet, Problem, connect, event, publish


def published(topic, payload):
    """PUBLISH with a payload of any size."""
    body = len(topic).to_bytes(2, "big") + topic.encode() + payload
    head, left = b"\x30", len(body)
    while left > 127:
        head, left = head + bytes([left & 127 | 128]), left >> 7
    return head + bytes([left]) + body


def test_what_came_is_expected(mqtt_broker, lamp):
    lamp("kitchen").publish("sensors/kitchen/temp", '{"celsius": 21}', qos=1)
    found = mqtt_broker.expect(publish("sensors/+/temp").qos(1).json(celsius=21), times=1)
    assert found.count == 1
    assert (found[0].topic_name, found[0].client_id, found[0].data) == ("sensors/kitchen/temp", "kitchen", b'{"celsius": 21}')
    mqtt_broker.expect(connect().from_client("kitchen"), publish("sensors/#"))
    mqtt_broker.expect({"packet": "PUBLISH", "topic": "sensors/#"})
    mqtt_broker.expect(connect().then(publish("#").times((1, 3))))


def test_what_did_not_come_is_told_with_what_came_nearest(mqtt_broker, lamp):
    lamp().publish("lamp/state", "off", qos=1)
    with pytest.raises(NotMet, match='payload "off", not "on"') as caught:
        mqtt_broker.expect(publish("lamp/state").payload("on"), within=0)
    assert isinstance(caught.value, AssertionError)
    assert caught.value.failure.nearest[0].entry.topic_name == "lamp/state"
    assert caught.value.status == 417
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.failure) == (str(caught.value), caught.value.failure)
    misses = mqtt_broker.near_misses(publish("lamp/state").payload("on"))
    assert misses[0].differences[0].field == "payload"


@pytest.mark.parametrize("size", [4096, 5000, 3_000_000])
def test_a_payload_of_any_size_is_expected(mqtt_broker, size):
    firmware = bytes(n % 251 for n in range(size))
    mqtt_broker.publish("fw", firmware, retain=True)
    mark = mqtt_broker.mark()
    with socket.create_connection((mqtt_broker.host, mqtt_broker.port), 20) as sensor:
        sensor.sendall(b"\x10\x0d\0\x04MQTT\x04\x02\0\0\0\x01a" + published("fw", firmware))
        mqtt_broker.expect(publish("fw").payload(firmware), after=mark)
        with pytest.raises(NotMet) as caught:
            mqtt_broker.expect(publish("fw").payload(firmware[:-1] + b"x"), after=mark, within=0)
    assert len(str(caught.value)) < 12_000


def test_never_holds_once_nothing_is_on_its_way(mqtt_broker, lamp):
    mqtt_broker.never(publish("alarm/#"))
    mqtt_broker.expect(publish("alarm/#").never())
    lamp().publish("alarm/fire", "on", qos=1)
    for never in (lambda: mqtt_broker.never(publish("alarm/#")), lambda: mqtt_broker.expect(publish("alarm/#").never())):
        with pytest.raises(NotMet, match="alarm/fire"):
            never()


def test_a_mark_is_where_looking_begins(mqtt_broker, lamp):
    one = lamp()
    one.publish("a", "1", qos=1)
    mark = mqtt_broker.mark()
    mqtt_broker.never(publish("a"))
    mqtt_broker.expect(publish("a"), after=0)
    one.publish("a", "2", qos=1)
    assert mqtt_broker.expect(publish("a"), after=mark)[0].payload == "2"


def test_messages_packets_and_waits(mqtt_broker, lamp):
    one = lamp()
    seen = []
    waiting = threading.Thread(target=lambda: seen.append(mqtt_broker.wait_message("b")))
    waiting.start()
    one.publish("a", "1", qos=1)
    one.publish("b", '{"n": 2}', qos=1)
    waiting.join(20)
    assert seen[0].json == {"n": 2}
    assert [message.topic for message in mqtt_broker.messages()] == ["a", "b"]
    assert [message.topic for message in mqtt_broker.messages("a")] == ["a"]
    assert [message.data for message in mqtt_broker.messages(publish("a"))] == [b"1"]
    assert len(mqtt_broker.messages(limit=1)) == 1
    assert mqtt_broker.count("+") == 2
    assert [one.payload for one in mqtt_broker.wait_messages(2)] == ["1", '{"n": 2}']
    assert mqtt_broker.packets()[0].packet == "CONNECT"
    # The fixture has reset the broker before.
    assert [entry.event for entry in mqtt_broker.packets(event())][:2] == ["reset", "connected"]
    mqtt_broker.wait_connected("lamp")
    one.subscribe("lamp/#")
    mqtt_broker.wait_subscribed("lamp", "lamp/#")
    mqtt_broker.wait_acked("lamp")
    mqtt_broker.publish("kept", "x", retain=True)
    mqtt_broker.wait_retained("kept")
    one.close()
    mqtt_broker.wait_disconnected("lamp")
    mqtt_broker.wait_session_ended("lamp")
    with pytest.raises(NotMet, match="lamp"):
        mqtt_broker.wait_connected("lmap", within=0)
    mqtt_broker.forget()
    assert mqtt_broker.messages() == []


def test_a_payload_that_is_no_text_names_where_its_bytes_are(mqtt_broker, lamp):
    one = lamp()
    one.send(0x30, b"\0\x01a\xff")
    one.publish("a", "no JSON", qos=1)
    binary, words = mqtt_broker.messages("a")
    assert binary.data == b"\xff"
    for name in ("payload", "json"):
        with pytest.raises(AttributeError, match=f"no '{name}' in here, since the payload is no text: `data` has its bytes"):
            getattr(binary, name)
    with pytest.raises(AttributeError, match="is no JSON: `payload` has its text"):
        words.json  # noqa: B018
    with pytest.raises(AttributeError, match="no 'paylod' in here, but seq"):
        words.paylod  # noqa: B018
    assert hasattr(words, "payload")
    assert not hasattr(binary, "payload")
    with pytest.raises(TypeError, match="a payload or json="):
        mqtt_broker.publish("a", "x", json=1)


def test_a_long_list_comes_whole(mqtt_broker, lamp):
    one = lamp()
    for _ in range(1234):
        one.publish("a", "x")
    mqtt_broker.settle()
    assert len(mqtt_broker.messages()) == 1234
    for n in range(1001):
        mqtt_broker.publish(f"kept/{n}", "x", retain=True)
    assert len(mqtt_broker.retained.list()) == 1001


def test_pages_that_are_bounded_in_bytes_come_whole():
    from conftest import Lamp

    with Broker(journal={"bytes": 100_000_000}) as broker:
        one = Lamp(broker)
        for _ in range(60):
            body = b"\0\x01a" + bytes(100_000)
            one.socket.sendall(b"\x30" + bytes([len(body) & 127 | 128, len(body) >> 7 & 127 | 128, len(body) >> 14]) + body)
        one.send(0xC0, b"")
        assert one.packet() == (0xD0, b"")
        assert len(broker.messages("a")) == 60
        assert len(broker.messages("a", limit=55)) == 55
        one.close()


def test_the_broker_publishes(mqtt_broker, lamp):
    one = lamp()
    one.subscribe("lamp/#")
    assert mqtt_broker.publish("lamp/set", "on") == 1
    assert one.message() == ("lamp/set", "on")
    mqtt_broker.publish("lamp/set", b"off")
    assert one.message() == ("lamp/set", "off")
    mqtt_broker.publish("lamp/set", json={"on": True})
    assert one.message()[1].replace(" ", "") == '{"on":true}'
    mqtt_broker.publish("bytes", b"\xff", retain=True, properties={"content_type": "x"})
    assert mqtt_broker.retained["bytes"].data == b"\xff"
    assert mqtt_broker.retained["bytes"].properties.content_type == "x"


def test_why_a_client_has_gone(mqtt_broker, lamp):
    one = lamp()
    assert mqtt_broker.clients["lamp"].connected
    assert mqtt_broker.clients["lamp"].last_disconnect is None
    one.close()
    mqtt_broker.wait_disconnected("lamp")
    gone = mqtt_broker.clients["lamp"].last_disconnect
    assert gone.cause == "connection_lost"
    assert gone.why
    assert gone.advice
    assert [client.client_id for client in mqtt_broker.clients.list()] == ["lamp"]
    with pytest.raises(NotFound, match="lamp"):
        mqtt_broker.clients["lmap"]


def test_state(mqtt_broker, lamp):
    one = lamp()
    one.subscribe("a/#")
    assert mqtt_broker.sessions["lamp"].connected
    assert mqtt_broker.sessions.list()[0].subscriptions == 1
    assert mqtt_broker.subscriptions()[0].topic_filter == "a/#"
    mqtt_broker.publish("a/b", "x", retain=True)
    assert [message.topic for message in mqtt_broker.retained.list("a/+")] == ["a/b"]
    mqtt_broker.retained.remove("a/b")
    with pytest.raises(NotFound):
        mqtt_broker.retained["a/b"]
    mqtt_broker.retained.clear()
    assert mqtt_broker.stats().clients_connected == 1
    assert mqtt_broker.state().sessions[0].client_id == "lamp"
    assert mqtt_broker.capabilities()
    mqtt_broker.sessions.remove("lamp")
    assert mqtt_broker.sessions.list() == []
    assert mqtt_broker.request("GET", "info") == mqtt_broker.request("GET", "info")


def test_what_another_broker_would_not_take_is_told(mqtt_broker, lamp):
    mqtt_broker.hold_against("aws-iot")
    lamp("lamp").publish("a/b/c/d/e/f/g/h/i", "x", qos=1)
    violation = mqtt_broker.violations()[0]
    assert (violation.client_id, violation.origin, violation.contract) == ("lamp", "profile", "aws-iot")


def test_clients_are_held_to_contracts_until_they_are_removed(mqtt_broker, lamp):
    text = "asyncapi: 3.0.0\nchannels: {lamp: {address: lamp, messages: {on: {payload: {type: boolean}}}}}\n"
    held = mqtt_broker.set_contracts({"lamp.yaml": text}, asyncapi=["lamp.yaml"])
    assert held.channels[0].address == "lamp"
    lamp("switch").publish("lamp", "7", qos=1)
    assert '7 is not of type "boolean" (lamp.yaml:2)' in mqtt_broker.violations()[0].text
    assert mqtt_broker.contracts().broken == 1
    mqtt_broker.remove_contracts()
    assert mqtt_broker.contracts().channels == []
    with pytest.raises(Problem, match="did you mean `payload`"):
        mqtt_broker.set_contracts({"lamp.yaml": text.replace("payload", "paylod")}, asyncapi=["lamp.yaml"])


def test_names_may_have_any_characters(mqtt_broker, lamp):
    odd = "a/b ?#&%ä"
    lamp(odd)
    assert mqtt_broker.clients[odd].client_id == odd
    mqtt_broker.wait_connected(odd)
    mqtt_broker.publish("a b/ä?", "x", retain=True)
    assert mqtt_broker.retained["a b/ä?"].payload == "x"


def test_the_clock(mqtt_broker, lamp):
    one = lamp(keep_alive=60)
    mqtt_broker.clock.freeze()
    assert mqtt_broker.clock.is_frozen()
    before = mqtt_broker.clock.now()
    after = mqtt_broker.clock.advance(hours=1, minutes=1)
    assert after - before == pytest.approx(3660)
    assert one.packet() is None
    assert mqtt_broker.clients["lamp"].last_disconnect.cause == "keep_alive_timeout"
    assert mqtt_broker.clock.advance(timedelta(seconds=1)) - after == pytest.approx(1)
    assert mqtt_broker.clock.fast_forward(2) - after == pytest.approx(3)
    assert mqtt_broker.clock.advance_to(after + 10) == pytest.approx(after + 10)
    with pytest.raises(TypeError, match="hours=1"):
        mqtt_broker.clock.advance("1h")
    mqtt_broker.clock.resume()
    assert not mqtt_broker.clock.is_frozen()


def test_rules(mqtt_broker, lamp):
    faults = mqtt_broker.faults
    faults.add({"when": {"packet": "PUBACK"}, "first": 1}, name="lost", action="drop")
    assert [rule.name for rule in faults.list()] == ["lost"]
    faults.replace("lost", when={"packet": "PUBLISH", "client_id": "lamp"}, first=1, action="drop")
    one = lamp()
    one.publish("a", "lost")
    one.publish("a", "kept")
    mqtt_broker.settle()
    assert faults["lost"].fired == 1
    faults.remove("lost")
    with pytest.raises(NotFound, match="lots"):
        faults.remove("lots")
    with pytest.raises(Problem, match='"drop"') as caught:
        faults.add(name="x", when={"packet": "PUBACK"}, action="dorp")
    assert (caught.value.status, caught.value.type) == (422, "urn:citronella:problem:invalid")
    faults.add(name="held", when={"packet": "PUBLISH", "direction": "in"}, action="hold")
    faults.release("held")
    faults.clear()
    assert faults.list() == []


def test_stubs_devices_and_scenarios(mqtt_broker, lamp):
    one = lamp()
    one.subscribe("answer")
    answer = {"topic": "answer", "payload": "{{ message.payload | upper }}"}
    mqtt_broker.stubs.add(name="echo", when={"packet": "PUBLISH", "topic": "ask"}, publish=answer)
    one.publish("ask", "hello")
    assert one.message() == ("answer", "HELLO")
    assert mqtt_broker.stubs["echo"].answered == 1
    mqtt_broker.devices.add(name="meter", telemetry={"every_secs": 1, "topic": "meter", "payload": "{{ n }}"})
    mqtt_broker.wait_message("meter")
    assert mqtt_broker.devices["meter"].clients[0].connected
    mqtt_broker.devices.clear()
    mqtt_broker.scenarios.set("door", "open")
    assert mqtt_broker.scenarios["door"] == "open"
    assert mqtt_broker.scenarios.list()[0].name == "door"
    mqtt_broker.scenarios.reset()
    assert mqtt_broker.scenarios["door"] == "Started"


def test_clients_are_cut_off(mqtt_broker, lamp):
    one, two = lamp("one"), lamp("two")
    mqtt_broker.clock.freeze()
    mqtt_broker.interrupt("one", 30)
    assert one.packet() is None
    mqtt_broker.clock.advance(31)
    lamp("one")
    with mqtt_broker.partition("two", name="island") as island:
        assert (island.name, island.clients) == ("island", ["two"])
        assert [(parted.name, parted.clients) for parted in mqtt_broker.partitions()] == [("island", ["two"])]
        two.publish("a", "late")
    mqtt_broker.expect(publish("a").payload("late"))
    assert mqtt_broker.partitions() == []
    assert mqtt_broker.disconnect("two", "Quota exceeded").reason_code == 151
    assert two.packet() is None


def test_restarts_crashes_and_outages_on_the_same_port(mqtt_broker, lamp):
    port = mqtt_broker.port
    mqtt_broker.publish("kept", "x", retain=True)
    one = lamp()
    mqtt_broker.restart()
    assert one.packet() is None
    assert mqtt_broker.retained["kept"].payload == "x"
    mqtt_broker.crash(lose_state=True)
    assert mqtt_broker.retained.list() == []
    mqtt_broker.clock.freeze()
    mqtt_broker.outage()
    with pytest.raises(ConnectionRefusedError):
        lamp()
    mqtt_broker.end_outage()
    lamp().close()
    mqtt_broker.listener_down()
    with pytest.raises(ConnectionRefusedError):
        lamp()
    mqtt_broker.listener_up()
    lamp().close()
    assert mqtt_broker.port == port


def test_as_new(mqtt_broker, lamp):
    one = lamp()
    one.publish("kept", "x", qos=1)
    mqtt_broker.publish("kept", "x", retain=True)
    before = mqtt_broker.snapshot()
    mqtt_broker.reset()
    assert one.packet() is None
    assert mqtt_broker.retained.list() == []
    assert mqtt_broker.restore(before).retained == 1
    assert mqtt_broker.retained["kept"].payload == "x"


def test_users_and_recordings(lamp):
    with Broker() as broker:
        broker.users.set("ann", "pencil")
        assert broker.users.list() == ["ann"]
        broker.users.acl({"user": "ann", "topic": "#", "access": "readwrite"})
        broker.users.remove("ann")
        broker.users.acl()
        broker.recordings.start()
        assert broker.recordings.status() == "Recording"
        one = lamp(broker=broker)
        one.publish("lamp/hall", "again", qos=1)
        one.close()
        broker.wait_disconnected("lamp")
        text = broker.recordings.stop()
        assert "lamp/hall" in text
        assert broker.recordings.play(text, speed="max", within=5).messages == 1


def test_the_journal_is_drawn(mqtt_broker, lamp):
    lamp().publish("lamp", "on", qos=1)
    assert "PUBLISH QoS 1 #1 lamp" in mqtt_broker.ladder()
    assert mqtt_broker.mermaid().startswith("sequenceDiagram")
    assert mqtt_broker.pcapng()[:4] == b"\n\r\r\n"
    assert '"topic_name":"lamp"' in mqtt_broker.jsonl()
    assert len(mqtt_broker.otlp()["resourceSpans"]) == 1


def test_events_as_they_happen(mqtt_broker, lamp):
    with mqtt_broker.events(event("connected", "disconnected")) as events:
        lamp("a").close()
        seen = [next(events), next(events)]
        assert [(one.event, one.client_id) for one in seen] == [("connected", "a"), ("disconnected", "a")]
    with mqtt_broker.events(publish("b").json_subset(on=True), after=0) as events:
        lamp("b").publish("b", '{"on": true, "n": 1}')
        assert next(events).data == b'{"on": true, "n": 1}'
        mqtt_broker.restart()
    with pytest.raises(Problem, match="PUBLISH"):
        mqtt_broker.events({"packet": "PUBLSH"})


def test_events_end_with_the_broker():
    broker = Broker().start()
    events = broker.events()
    broker.stop()
    assert list(events) == []
    events.close()
