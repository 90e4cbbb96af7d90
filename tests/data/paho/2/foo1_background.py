"""Receives in the background, while the program does something else. For paho-mqtt 2, speaking MQTT 5."""

import threading

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
TOPIC = 'test/topic'

received = threading.Event()


def mqtt_on_connect(client, userdata, flags, reason_code, properties):
    print(f'Connected with result code {reason_code.value}')
    client.subscribe(topic=TOPIC)


def mqtt_on_message(client, userdata, message):
    payload = message.payload.decode('utf-8')
    print(f'topic {message.topic} | payload {payload} | qos {message.qos}')
    received.set()


client = mqtt_client.Client(
    mqtt_client.CallbackAPIVersion.VERSION2, 'foo1', protocol=mqtt_client.MQTTv5
)
client.on_connect = mqtt_on_connect
client.on_message = mqtt_on_message
client.connect(SERVER_IP)
client.loop_start()
# Something else to do: here, to wait for the first message, ten seconds at the most.
print('Received' if received.wait(10) else 'Nothing came')
client.disconnect()
client.loop_stop()
