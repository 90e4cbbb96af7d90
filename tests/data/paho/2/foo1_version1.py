"""Receives: prints every message on the topic, until it is stopped. For paho-mqtt 2, with the callbacks of version 1."""

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
TOPIC = 'test/topic'


def mqtt_on_connect(client, userdata, flags, rc):
    print(f'Connected with result code {rc}')
    client.subscribe(topic=TOPIC)
    print(f'Subscribed to {TOPIC}')


def mqtt_on_message(client, userdata, message):
    payload = message.payload.decode('utf-8')
    print('------------------')
    print(f'topic {message.topic} | payload {payload} | qos {message.qos}')


client = mqtt_client.Client(mqtt_client.CallbackAPIVersion.VERSION1, 'foo1')
client.on_connect = mqtt_on_connect
client.on_message = mqtt_on_message
client.connect(SERVER_IP)
client.loop_forever()
