#!/bin/sh
# Simulated devices in place of hardware: broker --script home-assistant.toml --script esphome.toml -- ./test.sh
set -eu

# The lamp has announced itself, and a command is followed by its state.
broker ctl wait retained homeassistant/light/lamp/config
publisher -t lamp/set -m ON -q 1
broker ctl wait message topic=lamp/state payload=ON
broker ctl wait retained lamp/state

# The node's relay clicks. Its sensor speaks once a minute: an hour is sixty readings, and takes no time.
publisher -t kitchen-node/switch/relay/command -m OFF -q 1
broker ctl wait message topic=kitchen-node/switch/relay/state payload=OFF
broker ctl clock freeze
broker ctl clock advance 1h
broker ctl expect PUBLISH in topic=kitchen-node/sensor/temperature/state --times 61 >readings.txt

# A node that loses its connection is offline, as its will says, until it comes back.
broker ctl disconnect kitchen-node
broker ctl expect will_published from=kitchen-node topic=kitchen-node/status
echo "all is well"
