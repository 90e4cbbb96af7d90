"""Eclipse Paho for Python, 1.3.1 or 2: see README.md."""

import ssl
import sys
import threading
from urllib.parse import urlsplit

from paho.mqtt import client as mqtt

BIG = bytes(i % 251 for i in range(300 * 1024))
TWO = hasattr(mqtt, "CallbackAPIVersion")


def new(url, ca, name, crl="-"):
    web = {"transport": "websockets"} if url.startswith("ws") else {}
    if url.startswith("unix"):
        web = {"transport": "unix"}
    if TWO:
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, name, protocol=mqtt.MQTTv5, **web)
    else:
        client = mqtt.Client(name, **web)
    if url.startswith("ws"):
        client.ws_set_options(path="/mqtt")
    if url.startswith(("mqtts", "wss")):
        if crl == "-":
            client.tls_set(ca_certs=ca)
        else:
            context = ssl.create_default_context(cafile=ca)
            context.load_verify_locations(crl)
            context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
            client.tls_set_context(context)
    return client


def connect(client, url):
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    if url.startswith("unix:"):
        client.connect(url[5:], 1883)
    else:
        place = urlsplit(url)
        client.connect(place.hostname, place.port)
    client.loop_start()
    assert connected.wait(20), "no CONNACK"


def talk(url, ca, name):
    client = new(url, ca, name)
    came, subscribed, over, flow = [], threading.Semaphore(0), threading.Event(), []
    arrived = threading.Semaphore(0)

    def on_message(client, userdata, message):
        if message.topic == "flow/" + name:
            flow.append(message)
            if len(flow) == 10:
                client.disconnect()
            return
        came.append(message)
        arrived.release()

    def next_message():
        assert arrived.acquire(timeout=20), "no message"
        return came.pop(0)

    def subscribe(topic, qos):
        client.subscribe(topic, qos)
        assert subscribed.acquire(timeout=20), "no SUBACK"

    client.on_message = on_message
    client.on_subscribe = lambda *_: subscribed.release()
    client.on_disconnect = lambda *_: over.set()
    client.will_set("gone/" + name, "x", qos=1, retain=True)
    connect(client, url)
    for qos in (0, 1, 2):
        topic = f"talk/{name}/{qos}"
        subscribe(topic, qos)
        client.publish(topic, "bar", qos)
        message = next_message()
        print("small", message.payload.decode(), message.qos)
        client.publish(topic, BIG, qos)
        message = next_message()
        print("big", len(message.payload), "same" if message.payload == BIG else "different", message.qos)
    client.publish("kept/" + name, "kept", 1, retain=True).wait_for_publish()
    subscribe("kept/" + name, 1)
    message = next_message()
    print("retained" if message.retain else "live", message.payload.decode())
    subscribe("flow/" + name, 0)
    assert over.wait(20), "no end"
    client.loop_stop()


def stay(url, ca, name):
    client = new(url, ca, name)
    client.will_set("gone/" + name, "x", qos=1, retain=True)
    connect(client, url)
    return client


def meet(url, ca, crl):
    client = new(url, ca, "", crl)
    try:
        connect(client, url)
    except OSError as error:
        print("refused", f"{type(error).__name__}: {error}")
        return
    print("accepted")
    client.disconnect()
    client.loop_stop()


kept = []
for line in sys.stdin:
    wish, *rest = line.split()
    kept.append({"talk": talk, "stay": stay, "meet": meet}[wish](*rest))
    print("done", flush=True)
