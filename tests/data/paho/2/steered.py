"""Eclipse Paho, steered by a test: a line of JSON in is a wish, a line of JSON out is what happened.

    python steered.py HOST PORT '{"client_id": "c", "clean_start": false, "session_expiry_secs": 60}'
"""

import json
import os
import sys
import threading

from paho.mqtt import client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties


def tell(**what):
    print(json.dumps(what), flush=True)


def properties(packet, **values):
    result = Properties(packet)
    for name, value in values.items():
        if value is not None:
            setattr(result, name, value)
    return result


def on_connect(client, userdata, flags, reason, props):
    tell(did="connected", session_present=flags.session_present, reason=str(reason))


def on_message(client, userdata, message):
    tell(
        did="message",
        topic=message.topic,
        payload=message.payload.decode(),
        qos=message.qos,
        retain=bool(message.retain),
        dup=bool(message.dup),
        expiry_secs=getattr(message.properties, "MessageExpiryInterval", None),
    )
    held.append((message.mid, message.qos))


def on_publish(client, userdata, mid, reason, props):
    # Paho calls this for QoS 0, too, where nobody acknowledged anything.
    with publishing:
        if mid in to_be_acknowledged:
            tell(did="published")


held, publishing, to_be_acknowledged = [], threading.RLock(), set()
host, port, wish = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
client = mqtt.Client(
    mqtt.CallbackAPIVersion.VERSION2,
    wish["client_id"],
    protocol=mqtt.MQTTv5,
    manual_ack=wish.get("hold_acks", False),
)
client.on_connect = on_connect
client.on_message = on_message
client.on_disconnect = lambda client, userdata, flags, reason, props: tell(did="disconnected", reason=str(reason))
client.on_subscribe = lambda *_: tell(did="subscribed")
client.on_publish = on_publish
client.reconnect_delay_set(0.01, 0.05)
if "will" in wish:
    will = wish["will"]
    delay = properties(PacketTypes.WILLMESSAGE, WillDelayInterval=will["delay_secs"])
    client.will_set(will["topic"], will["payload"], qos=1, properties=delay)
client.connect(
    host,
    port,
    keepalive=wish.get("keep_alive_secs", 60),
    clean_start=wish["clean_start"],
    properties=properties(PacketTypes.CONNECT, SessionExpiryInterval=wish["session_expiry_secs"]),
)
client.loop_start()
for line in sys.stdin:
    order = json.loads(line)
    match order["do"]:
        case "subscribe":
            client.subscribe(order["filter"], qos=order["qos"])
        case "publish":
            expiry = properties(PacketTypes.PUBLISH, MessageExpiryInterval=order.get("expiry_secs"))
            with publishing:
                sent = client.publish(order["topic"], order["payload"], qos=order["qos"], properties=expiry)
                if order["qos"] > 0:
                    to_be_acknowledged.add(sent.mid)
        case "acknowledge":
            for mid, qos in held:
                client.ack(mid, qos)
            held.clear()
        case "disconnect":
            client.disconnect()
            client.loop_stop()
            break
        case "vanish":
            os._exit(0)
