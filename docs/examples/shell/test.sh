#!/bin/sh
# A test in a shell: `broker -- ./test.sh`. The broker is its own, on a free port: the clients find it by MQTT_URL, and
# `broker ctl` by CITRONELLA_URL. What fails ends the script, and the broker ends with it.
set -eu

# The clients are this project's, or mosquitto's (package mosquitto-clients), which take no MQTT_URL.
if ! command -v publisher >/dev/null || ! command -v subscriber >/dev/null; then
    address=${MQTT_URL#mqtt://}
    publisher() { mosquitto_pub -h "${address%:*}" -p "${address##*:}" "$@"; }
    subscriber() { mosquitto_sub -h "${address%:*}" -p "${address##*:}" "$@"; }
fi

# What is tested. It runs beside the test, as a program of yours would.
subscriber -i thermostat -t 'sensors/+/celsius' -C 1 -W 10 >reading.txt &
broker ctl wait subscribed thermostat 'sensors/+/celsius' >subscribed.txt
publisher -i sensor -t sensors/kitchen/celsius -m 71 -q 1
wait $!
publisher -i thermostat -t alarm/kitchen -m "{\"celsius\": $(cat reading.txt)}" -q 1

# What came. An expectation waits for it, and fails with what came nearest.
broker ctl expect PUBLISH in from=sensor topic=sensors/+/celsius payload=71 qos=1 --times 1
broker ctl expect PUBLISH in from=sensor then PUBLISH in from=thermostat
broker ctl expect '{"packet": "PUBLISH", "topic": "alarm/kitchen", "payload": {"json": {"celsius": 71}}}'
broker ctl expect PUBLISH topic=alarm/hall --never

# What a client left behind.
publisher -i window -t window/state -m open -r --will-topic window/state --will-payload lost
broker ctl expect disconnected from=window cause=client_disconnect

# A day of the broker's clock takes no time.
broker ctl clock freeze
broker ctl clock advance 1d
echo "all is well"
