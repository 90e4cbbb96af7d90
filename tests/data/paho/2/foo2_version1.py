"""Sends one message. For paho-mqtt 2, with the callbacks of version 1."""

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
SERVER_PORT = 1883
TOPIC = 'test/topic'

client = mqtt_client.Client(mqtt_client.CallbackAPIVersion.VERSION1, 'foo2')
client.connect(SERVER_IP, SERVER_PORT)
client.publish(TOPIC, 'bar')
