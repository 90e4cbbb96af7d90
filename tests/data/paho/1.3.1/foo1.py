"""Receives: prints every message on the topic, until it is stopped. For paho-mqtt 1.3.1."""

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
TOPIC = 'test/topic'


def mqtt_on_connect(client, userdata, flags, rc):
    # 0 is what is hoped for
    print('Connected with result code {0}'.format(rc))
    client.subscribe(topic=TOPIC)
    print('Subscribed to {0}'.format(TOPIC))


def mqtt_on_message(client, userdata, message):
    payload = message.payload.decode('utf-8')
    print('------------------')
    print('topic {0} | payload {1} | qos {2}'.format(message.topic, payload, message.qos))


client = mqtt_client.Client('foo1')
client.on_connect = mqtt_on_connect
client.on_message = mqtt_on_message
client.connect(SERVER_IP)
client.loop_forever()
