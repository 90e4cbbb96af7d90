"""Sends one message. For paho-mqtt 1.3.1."""

from paho.mqtt import client as mqtt_client

SERVER_IP = 'localhost'
SERVER_PORT = 1883
TOPIC = 'test/topic'

client = mqtt_client.Client('foo2')
client.connect(SERVER_IP, SERVER_PORT)
client.publish(TOPIC, 'bar')
