"""The twelve scenarios of packages/scenarios.json, each as a test of a user would have it, with paho-mqtt 2."""

from __future__ import annotations

import json
import queue
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator
from urllib.parse import urlsplit

import paho.mqtt.client as paho

from citronella import Broker, NotMet, publish

SCENARIOS: Dict[str, Callable[[], Dict[str, Any]]] = {}


class Client:
    """A client that is connected; what it receives waits in line."""

    def __init__(self, client: paho.Client) -> None:
        self.paho = client
        self.inbox: queue.Queue[str] = queue.Queue()
        self.subscribed: queue.Queue[int] = queue.Queue()
        client.on_message = lambda _client, _data, message: self.inbox.put(message.payload.decode())
        client.on_subscribe = lambda _client, _data, mid, _codes, _properties: self.subscribed.put(mid)

    def publish(self, topic: str, payload: str, qos: int = 0, retain: bool = False) -> None:
        self.paho.publish(topic, payload, qos, retain).wait_for_publish(10)

    def subscribe(self, topic_filter: str, qos: int = 0) -> None:
        self.paho.subscribe(topic_filter, qos)
        self.subscribed.get(timeout=10)

    def receive(self) -> str:
        return self.inbox.get(timeout=10)


@contextmanager
def connected(broker: Broker, client_id: str, url: str = "", ca_file: str = "") -> Iterator[Client]:
    to = urlsplit(url or broker.url)
    transport = "websockets" if to.scheme in ("ws", "wss") else "tcp"
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id, protocol=paho.MQTTv5, transport=transport)
    if ca_file:
        client.tls_set(ca_file)
    if transport == "websockets":
        client.ws_set_options(to.path)
    opened = Client(client)
    client.connect(to.hostname or "", to.port or 1883)
    client.loop_start()
    broker.wait_connected(client_id)
    yield opened
    client.disconnect()
    client.loop_stop()


def scenario(test: Callable[[], Dict[str, Any]]) -> None:
    SCENARIOS[test.__name__.replace("_", "-")] = test


@scenario
def expect_met() -> Dict[str, Any]:
    # scenario: expect-met
    with Broker() as broker, connected(broker, "kitchen") as kitchen:
        kitchen.publish("sensors/kitchen/temp", '{"celsius": 21}', qos=1)
        found = broker.expect(publish("sensors/+/temp").qos(1).json(celsius=21), times=1)
        return {"count": found.count, "topic": found[0].topic_name}
    # end scenario


@scenario
def near_misses() -> Dict[str, Any]:
    # scenario: near-misses
    with Broker() as broker, connected(broker, "kitchen") as kitchen:
        kitchen.publish("sensors/kitchen/temp", '{"celsius": 20}', qos=1)
        try:
            broker.expect(publish("sensors/+/temp").qos(1).json(celsius=21), within=0.1)
            return {"failed": False}
        except NotMet as error:
            nearest = error.failure.nearest[0].entry.topic_name
            return {"failed": True, "report_names": nearest if nearest in str(error) else None, "nearest_topic": nearest}
    # end scenario


@scenario
def never() -> Dict[str, Any]:
    # scenario: never
    with Broker() as broker, connected(broker, "alarm") as alarm:
        broker.never(publish("alarm/#"))
        alarm.publish("alarm/fire", "on", qos=1)
        try:
            broker.never(publish("alarm/#"))
            return {"held": True, "then_failed": False}
        except NotMet:
            return {"held": True, "then_failed": True}
    # end scenario


@scenario
def settle() -> Dict[str, Any]:
    # scenario: settle
    with Broker() as broker, connected(broker, "worker") as worker:
        worker.subscribe("work/#", qos=1)
        for n in range(10):
            broker.publish(f"work/{n}", "do it", qos=1)
        broker.settle()
        return {"received": worker.inbox.qsize()}
    # end scenario


@scenario
def clock() -> Dict[str, Any]:
    # scenario: clock
    with Broker() as broker:
        broker.clock.freeze()
        broker.publish("news", "old", retain=True, properties={"message_expiry_interval_secs": 60})
        before = len(broker.retained.list())
        broker.clock.advance(hours=1)
        return {"retained_before": before, "retained_after": len(broker.retained.list())}
    # end scenario


@scenario
def fault() -> Dict[str, Any]:
    # scenario: fault
    with Broker() as broker, connected(broker, "lamp") as lamp, connected(broker, "switch") as switch:
        broker.faults.add(name="lost", when={"packet": "PUBLISH", "client_id": "switch"}, first=1, action="drop")
        lamp.subscribe("lamp/#")
        switch.publish("lamp/hall", "lost")
        switch.publish("lamp/hall", "kept")
        return {"received": [lamp.receive()], "fired": broker.faults["lost"].fired}
    # end scenario


@scenario
def stub() -> Dict[str, Any]:
    # scenario: stub
    with Broker() as broker, connected(broker, "asker") as asker:
        answer = {"topic": "answer", "payload": "{{ message.payload | upper }}"}
        broker.stubs.add(name="echo", when={"packet": "PUBLISH", "topic": "ask"}, publish=answer)
        asker.subscribe("answer")
        asker.publish("ask", "hello")
        return {"received": [asker.receive()], "answered": broker.stubs["echo"].answered}
    # end scenario


@scenario
def restart() -> Dict[str, Any]:
    # scenario: restart
    with Broker() as broker, connected(broker, "switch") as switch:
        switch.publish("lamp/set", "on", qos=1, retain=True)
        broker.restart()
        kept = broker.retained["lamp/set"].payload
        broker.restart(lose_state=True)
        return {"kept": kept, "after_loss": next(iter(broker.retained.list()), None)}
    # end scenario


@scenario
def snapshot() -> Dict[str, Any]:
    # scenario: snapshot
    with Broker() as broker, connected(broker, "switch") as switch:
        switch.publish("lamp/set", "on", qos=1, retain=True)
        before = broker.snapshot()
        broker.reset()
        after_reset = len(broker.retained.list())
        broker.restore(before)
        return {"retained_after_reset": after_reset, "retained_after_restore": len(broker.retained.list())}
    # end scenario


@scenario
def isolation() -> Dict[str, Any]:
    # scenario: isolation
    with Broker() as first, Broker() as second, connected(first, "same") as one, connected(second, "same") as two:
        one.publish("a/1", "1", qos=1)
        two.publish("b/1", "1", qos=1)
        two.publish("b/2", "2", qos=1)
        return {
            "first": [message.topic for message in first.messages()],
            "second": [message.topic for message in second.messages()],
            "ports_differ": first.port != second.port,
        }
    # end scenario


@scenario
def tls() -> Dict[str, Any]:
    # scenario: tls
    with Broker() as broker, connected(broker, "safe", broker.tls_url, broker.ca_file()) as safe:
        safe.subscribe("test/topic", qos=1)
        safe.publish("test/topic", "bar", qos=1)
        return {"received": [safe.receive()], "tls": broker.clients["safe"].connection.way == "tls"}
    # end scenario


@scenario
def websocket() -> Dict[str, Any]:
    # scenario: websocket
    with Broker() as broker, connected(broker, "page", broker.ws_url) as page:
        page.subscribe("test/topic", qos=1)
        page.publish("test/topic", "bar", qos=1)
        return {"received": [page.receive()], "websocket": broker.clients["page"].connection.way == "ws"}
    # end scenario


def main() -> None:
    for name, test in SCENARIOS.items():
        line: Dict[str, Any] = {"scenario": name}
        try:
            line["shows"] = test()
        except Exception as error:
            line["error"] = f"{type(error).__name__}: {error}"
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
