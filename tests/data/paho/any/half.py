"""Eclipse Paho 1.3.1 or 2 with a session that lasts, and one message of QoS 2: half.py HOST PORT.

A line out is what happened: lost, refused, published. After lost and refused, a line in lets it connect again.
"""

import sys

from paho.mqtt import client as mqtt

version = [mqtt.CallbackAPIVersion.VERSION1] if hasattr(mqtt, 'CallbackAPIVersion') else []
client = mqtt.Client(*version, 'sensor', clean_session=False)
published = []
client.on_publish = lambda *_: published.append(1)


def say(what):
    print(what, flush=True)


client.connect(sys.argv[1], int(sys.argv[2]))
client.publish('count', 'once', 2)
while not published:
    if client.loop(0.1) != 0:
        say('lost')
        while sys.stdin.readline():
            try:
                client.reconnect()
                break
            except OSError:
                say('refused')
say('published')
