"""Eclipse Paho 1.3.1 or 2, as it comes, steered by a test: a line in is a wish, a line out says that it is done.

    python as_it_comes.py HOST PORT

    say NAME        connects as NAME, publishes state, state, alarm, and waits for each with wait_for_publish()
    leave NAME N    connects as NAME with a will on gone/NAME, subscribes to flow, and after N messages of it disconnects
"""

import sys
import threading

from paho.mqtt import client as mqtt

HOST, PORT = sys.argv[1], int(sys.argv[2])


def new(name):
    if hasattr(mqtt, "CallbackAPIVersion"):
        return mqtt.Client(mqtt.CallbackAPIVersion.VERSION1, name)
    return mqtt.Client(name)


def connect(client):
    connected = threading.Event()
    client.on_connect = lambda *_: connected.set()
    client.connect(HOST, PORT)
    client.loop_start()
    connected.wait()


def say(name):
    client = new(name)
    connect(client)
    for topic in ("state", "state", "alarm"):
        client.publish(topic, "on").wait_for_publish()
    return client


def leave(name, messages):
    client, seen, over = new(name), [], threading.Event()

    def on_message(client, userdata, message):
        seen.append(1)
        if len(seen) == messages:
            client.disconnect()

    client.on_message = on_message
    client.on_disconnect = lambda *_: over.set()
    client.will_set("gone/" + name, "x", retain=True)
    connect(client)
    client.subscribe("flow")
    over.wait()
    client.loop_stop()


kept = None
for line in sys.stdin:
    wish, name, *rest = line.split()
    if wish == "say":
        if kept:
            kept.disconnect()
            kept.loop_stop()
        kept = say(name)
    else:
        leave(name, int(rest[0]))
    print("done", flush=True)
