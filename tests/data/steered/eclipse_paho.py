"""Eclipse Paho for Python, 1.3.1 or 2: see README.md."""

import json
import os
import sys
import threading

from paho.mqtt import client as mqtt

TWO = hasattr(mqtt, "CallbackAPIVersion")
if TWO:
    from paho.mqtt.packettypes import PacketTypes
    from paho.mqtt.properties import Properties


def tell(**what):
    print(json.dumps(what), flush=True)


def properties(packet, **values):
    """Properties for a packet; `None` in MQTT 3.1.1, which has none."""
    if not TWO:
        return None
    result = Properties(getattr(PacketTypes, packet))
    for name, value in values.items():
        if value is not None:
            setattr(result, name, value)
    return result


def on_connect(client, userdata, flags, reason, props=None):
    present = flags.session_present if TWO else bool(flags["session present"])
    tell(did="connected", session_present=present, reason=str(reason))


def on_message(client, userdata, message):
    props = getattr(message, "properties", None)
    correlation = getattr(props, "CorrelationData", None)
    tell(
        did="message",
        topic=message.topic,
        payload=message.payload.decode(errors="replace"),
        qos=message.qos,
        retain=bool(message.retain),
        dup=bool(message.dup),
        expiry_secs=getattr(props, "MessageExpiryInterval", None),
        correlation=correlation.decode() if correlation else None,
    )
    held.append((message.mid, message.qos))


def on_publish(client, userdata, mid, *more):
    # Paho calls this for QoS 0, too, where nobody acknowledged anything.
    with publishing:
        if mid in to_be_acknowledged:
            tell(did="published")


held, publishing, to_be_acknowledged = [], threading.RLock(), set()
host, port, wish = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])
how = {}
if TWO:
    client = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2,
        wish["client_id"],
        protocol=mqtt.MQTTv5,
        manual_ack=wish.get("hold_acks", False),
    )
    how["clean_start"] = wish["clean_start"]
    how["properties"] = properties("CONNECT", SessionExpiryInterval=wish["session_expiry_secs"])
else:
    client = mqtt.Client(wish["client_id"], clean_session=wish["clean_start"])
client.on_connect = on_connect
client.on_message = on_message
# The reason is the last but one of five arguments, or the last of three.
client.on_disconnect = lambda *those: tell(did="disconnected", reason=str(those[3] if TWO else those[2]))
client.on_subscribe = lambda *_: tell(did="subscribed")
client.on_publish = on_publish
client.reconnect_delay_set(0.01, 0.05)
if "will" in wish:
    will = wish["will"]
    delay = {"properties": properties("WILLMESSAGE", WillDelayInterval=will["delay_secs"])} if TWO else {}
    client.will_set(will["topic"], will["payload"], qos=1, **delay)
client.connect(host, port, keepalive=wish.get("keep_alive_secs", 60), **how)
client.loop_start()
for line in sys.stdin:
    order = json.loads(line)
    what = order["do"]
    if what == "subscribe":
        client.subscribe(order["filter"], qos=order["qos"])
    elif what == "publish":
        more = {}
        if TWO:
            correlation = order.get("correlation")
            more["properties"] = properties(
                "PUBLISH",
                MessageExpiryInterval=order.get("expiry_secs"),
                ResponseTopic=order.get("response_topic"),
                CorrelationData=correlation.encode() if correlation else None,
            )
        with publishing:
            sent = client.publish(order["topic"], order["payload"], qos=order["qos"], **more)
            if order["qos"] > 0:
                to_be_acknowledged.add(sent.mid)
    elif what == "acknowledge":
        for mid, qos in held:
            client.ack(mid, qos)
        held.clear()
    elif what == "disconnect":
        client.disconnect()
        client.loop_stop()
        break
    elif what == "vanish":
        os._exit(0)
