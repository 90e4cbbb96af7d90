"""Clients whose packets the tests of expectations look for: sensor.py HOST PORT WHAT. Ends when it has nothing to do."""

import json
import sys

from peer import Broker

OPTIONS = {
    'ContentType': 'application/json',
    'MessageExpiryInterval': 60,
    'PayloadFormatIndicator': 1,
    'UserProperty': ('unit', 'celsius'),
}


def reports(broker):
    """Three readings at QoS 1, all properties set, and a goodbye."""
    device = broker.peer('dev-1')
    for celsius in (20.5, 21.0, 21.5):
        device.publish('sensors/kitchen/temp', json.dumps({'celsius': celsius, 'ok': True}), 1, **OPTIONS)
    device.close()


def asks(broker):
    """A request with Response Topic and Correlation Data; waits for its answer."""
    client = broker.peer('asks')
    client.subscribe('answers/asks', 1)
    client.publish('questions', 'how warm is it?', 1, ResponseTopic='answers/asks', CorrelationData=b'\x07')
    client.receive()
    client.close()


def vanishes(broker):
    """Has a will, and ends without saying so."""
    broker.peer('mortal', will=('wills/mortal', 'gone', 1, True)).cut()


def main(host, port, what):
    broker = Broker(host, int(port), 5)
    {'reports': reports, 'asks': asks, 'vanishes': vanishes}[what](broker)
    broker.close()


main(*sys.argv[1:])
