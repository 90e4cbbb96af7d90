"""Client libraries as they are: Eclipse Paho 1.3.1 and 2, aiomqtt, gmqtt."""

from __future__ import annotations

import asyncio
import queue

import pytest

from citronella import connect, event, publish


@pytest.fixture
def paho():
    return pytest.importorskip("paho.mqtt.client")


def paho_client(paho, client_id, **how):
    if hasattr(paho, "CallbackAPIVersion"):
        return paho.Client(paho.CallbackAPIVersion.VERSION1, client_id, **how)
    return paho.Client(client_id, **how)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ["3.1.1", "5.0"])
def test_paho(paho, mqtt_broker, qos, version):
    protocol = {"3.1.1": paho.MQTTv311, "5.0": getattr(paho, "MQTTv5", None)}[version]
    if protocol is None:
        pytest.skip("this paho does not speak MQTT 5.0")
    client, inbox = paho_client(paho, "lamp", protocol=protocol), queue.Queue()
    client.on_message = lambda _client, _data, message: inbox.put((message.topic, message.payload))
    client.connect(mqtt_broker.host, mqtt_broker.port)
    client.loop_start()
    client.subscribe("lamp/#", qos)
    mqtt_broker.wait_subscribed("lamp", "lamp/#")
    client.publish("lamp/state", '{"on": true}', qos)
    assert inbox.get(timeout=10) == ("lamp/state", b'{"on": true}')
    found = mqtt_broker.expect(publish("lamp/+").from_client("lamp").qos(qos).json(on=True), times=1)
    assert found[0].version == version
    mqtt_broker.expect(publish("lamp/+").to_client("lamp").qos(qos))
    mqtt_broker.publish("lamp/set", "off", qos=qos)
    assert inbox.get(timeout=10) == ("lamp/set", b"off")
    mqtt_broker.wait_acked("lamp")
    client.disconnect()
    client.loop_stop()
    mqtt_broker.wait_disconnected("lamp")
    assert mqtt_broker.clients["lamp"].last_disconnect.cause == "client_disconnect"


def test_paho_comes_back_after_a_crash(paho, mqtt_broker):
    client = paho_client(paho, "lamp")
    client.reconnect_delay_set(1, 1)
    client.connect(mqtt_broker.host, mqtt_broker.port)
    client.loop_start()
    mqtt_broker.wait_connected("lamp")
    mark = mqtt_broker.mark()
    mqtt_broker.crash()
    mqtt_broker.expect(event("connected").of("lamp"), after=mark, within=20)
    client.disconnect()
    client.loop_stop()


def test_aiomqtt(mqtt_broker_async):
    aiomqtt = pytest.importorskip("aiomqtt")

    async def main():
        broker = mqtt_broker_async
        async with aiomqtt.Client(broker.host, broker.port, identifier="lamp") as client:
            await client.subscribe("lamp/#", qos=1)
            await client.publish("lamp/state", "on", qos=1)
            async for message in client.messages:
                assert message.payload == b"on"
                break
            await broker.expect(connect().from_client("lamp"), publish("lamp/state").payload("on").qos(1))
            await broker.publish("lamp/set", "off")
            async for message in client.messages:
                assert message.payload == b"off"
                break
            # What the broker does, the client sees.
            await broker.disconnect("lamp")
            with pytest.raises(aiomqtt.MqttError):
                async for _ in client.messages:
                    pass

    asyncio.run(main())


def test_gmqtt(mqtt_broker_async):
    gmqtt = pytest.importorskip("gmqtt")

    async def main():
        broker, inbox = mqtt_broker_async, asyncio.Queue()
        client = gmqtt.Client("lamp")
        client.on_message = lambda _client, topic, payload, _qos, _properties: inbox.put_nowait((topic, payload)) or 0
        await client.connect(broker.host, broker.port, version=gmqtt.constants.MQTTv50)
        client.subscribe("lamp/#", qos=1)
        await broker.wait_subscribed("lamp", "lamp/#")
        client.publish("lamp/state", {"celsius": 21}, qos=1, user_property=("room", "hall"))
        assert await asyncio.wait_for(inbox.get(), 10) == ("lamp/state", b'{"celsius": 21}')
        await broker.expect(publish("lamp/state").qos(1).json(celsius=21).user_property("room", "hall"))
        await broker.publish("lamp/set", "on", qos=1)
        assert await asyncio.wait_for(inbox.get(), 10) == ("lamp/set", b"on")
        await broker.wait_acked("lamp")
        await client.disconnect()
        await broker.wait_disconnected("lamp")
        assert (await broker.clients["lamp"]).last_disconnect.cause == "client_disconnect"

    asyncio.run(main())
