"""A device as many are written: nine filters in one SUBSCRIBE, and a report once they are granted."""

import sys

import paho.mqtt.client as mqtt

PARTS = ["jobs", "shadow", "config", "commands", "firmware", "alarms", "time", "rooms", "scenes"]
port = int(sys.argv[1])
said = []


def on_connect(client, userdata, flags, reason_code, properties):
    client.subscribe([(f"devices/lamp/{part}/#", 1) for part in PARTS])


def on_subscribe(client, userdata, mid, reason_codes, properties):
    said.append(f"granted {len(reason_codes)}")
    client.publish("devices/lamp/report", '{"on": true}', qos=1)


def on_publish(client, userdata, mid, reason_code, properties):
    said.append("reported")
    client.disconnect()


def on_disconnect(client, userdata, flags, reason_code, properties):
    if "reported" not in said:
        print("cut off")
        sys.exit(1)


device = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="lamp")
device.on_connect = on_connect
device.on_subscribe = on_subscribe
device.on_publish = on_publish
device.on_disconnect = on_disconnect
device.connect("127.0.0.1", port)
device.loop_forever(retry_first_connection=False)
print(", ".join(said))
