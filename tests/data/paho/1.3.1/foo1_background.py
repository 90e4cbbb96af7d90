"""Receives in the background, while the program does something else. For paho-mqtt 1.3.1."""

import threading

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
TOPIC = 'test/topic'

received = threading.Event()


def mqtt_on_connect(client, userdata, flags, rc):
    print('Connected with result code {0}'.format(rc))
    client.subscribe(topic=TOPIC)


def mqtt_on_message(client, userdata, message):
    payload = message.payload.decode('utf-8')
    print('topic {0} | payload {1} | qos {2}'.format(message.topic, payload, message.qos))
    received.set()


client = mqtt_client.Client('foo1')
client.on_connect = mqtt_on_connect
client.on_message = mqtt_on_message
client.connect(SERVER_IP)
client.loop_start()
# Something else to do: here, to wait for the first message, ten seconds at the most.
print('Received' if received.wait(10) else 'Nothing came')
client.disconnect()
client.loop_stop()
