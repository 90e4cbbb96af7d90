"""What scenarios.py is written in: a Paho client whose events can be waited for. Nothing here sleeps."""

import socket
import threading
import time

from paho.mqtt import client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

DEADLINE_SECS = 15
PREFIX_OF_BARRIERS = 'barrier/'


def check(actual, expected, what):
    """Ends the scenario unless both are the same."""
    if actual != expected:
        raise AssertionError(f'{what}: {actual!r} instead of {expected!r}')


def properties(packet_type, **values):
    """Properties of MQTT 5.0 for a packet of this type; `None` if there are none."""
    if not values:
        return None
    made = Properties(packet_type)
    for name, value in values.items():
        setattr(made, name, value)
    return made


class Broker:
    """Where the scenario's clients connect to, and how."""

    def __init__(self, host, port, version):
        self.host, self.port, self.version = host, port, version
        self.peers = []

    def peer(self, name, **options):
        """A connected client."""
        return Peer(self, name, **options).accepted()

    def close(self):
        for peer in self.peers:
            peer.close()


class Peer:
    """One client, from its connection to its end."""

    def __init__(self, broker, name, keep=False, will=None, login=None, keep_alive_secs=30):
        self.v5 = broker.version == 5
        self.changed = threading.Condition()
        self.connack = None
        self.end = None
        self.messages = []
        self.acks = {}
        self.barriers = 0
        broker.peers.append(self)
        self.client = client = paho.Client(
            paho.CallbackAPIVersion.VERSION2,
            name,
            protocol=paho.MQTTv5 if self.v5 else paho.MQTTv311,
            clean_session=None if self.v5 else not keep,
            reconnect_on_failure=False,
        )
        client.on_connect = lambda _c, _u, flags, code, props: self.set('connack', (flags, code.value, props))
        client.on_disconnect = lambda _c, _u, flags, _code, _props: self.set('end', flags)
        client.on_message = lambda _c, _u, message: self.came(message)
        client.on_publish = lambda _c, _u, mid, code, _props: self.acked(mid, code.value)
        client.on_subscribe = lambda _c, _u, mid, codes, _props: self.acked(mid, [c.value for c in codes])
        client.on_unsubscribe = lambda _c, _u, mid, codes, _props: self.acked(mid, [c.value for c in codes])
        if will:
            client.will_set(*will)
        if login:
            client.username_pw_set(*login)
        how = {}
        if self.v5:
            how['clean_start'] = not keep
            how['properties'] = properties(PacketTypes.CONNECT, **({'SessionExpiryInterval': 600} if keep else {}))
        client.connect(broker.host, broker.port, keep_alive_secs, **how)
        client.loop_start()

    # What Paho tells, in its own thread.

    def set(self, name, value):
        with self.changed:
            # Paho may tell of a DISCONNECT, and then of the socket's end: the first counts.
            if getattr(self, name) is None:
                setattr(self, name, value)
            self.changed.notify_all()

    def came(self, message):
        with self.changed:
            self.messages.append(message)
            self.changed.notify_all()

    def acked(self, mid, answer):
        with self.changed:
            self.acks[mid] = answer
            self.changed.notify_all()

    # What a scenario waits for.

    def until(self, what, condition):
        """Waits until the condition holds; gives what it gave."""
        deadline = time.monotonic() + DEADLINE_SECS
        with self.changed:
            while not (value := condition()):
                left = deadline - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    raise AssertionError(f'{what} did not happen in {DEADLINE_SECS} s; {len(self.messages)} messages')
            return value

    def connect_answer(self):
        """Flags, reason code and properties of CONNACK."""
        return self.until('CONNACK', lambda: self.connack)

    def accepted(self):
        check(self.connect_answer()[1], 0, 'reason code of CONNACK')
        return self

    def session_present(self):
        return self.connect_answer()[0].session_present

    def answer(self, mid):
        """What the broker answered to the packet with this identifier."""
        return self.until(f'the answer to packet {mid}', lambda: (self.acks[mid],) if mid in self.acks else None)[0]

    def receive(self, count=1):
        """Exactly the next messages, as many as wanted; they are forgotten then."""
        self.until(f'{count} messages', lambda: len(self.messages) >= count)
        with self.changed:
            taken, self.messages = self.messages[:count], self.messages[count:]
        return taken

    def everything(self):
        """All messages that came before one that the client now sends to itself."""
        self.barriers += 1
        topic = f'{PREFIX_OF_BARRIERS}{id(self)}/{self.barriers}'
        self.subscribe(topic, 2, lower=True)
        self.publish(topic, '', 2)
        self.until('the barrier', lambda: any(m.topic == topic for m in self.messages))
        self.unsubscribe(topic)
        with self.changed:
            taken, self.messages = self.messages, []
        return [m for m in taken if not m.topic.startswith(PREFIX_OF_BARRIERS)]

    # What a scenario does.

    def subscribe(self, topic, qos=0, identifier=None, lower=False, **options):
        """Subscribes; gives the reason code. A broker may grant a lower QoS, which ends the scenario unless `lower` lets it."""
        if self.v5:
            ids = {'SubscriptionIdentifier': identifier} if identifier else {}
            _, mid = self.client.subscribe(
                topic,
                options=SubscribeOptions(qos, **options),
                properties=properties(PacketTypes.SUBSCRIBE, **ids),
            )
        else:
            _, mid = self.client.subscribe(topic, qos)
        [code] = self.answer(mid)
        if code <= 2 and not lower:
            check(code, qos, f'QoS granted for {topic}')
        return code

    def unsubscribe(self, topic):
        """Unsubscribes; gives the reason codes, none in MQTT 3.1.1."""
        _, mid = self.client.unsubscribe(topic)
        return self.answer(mid)

    def send(self, topic, payload, qos=0, retain=False, **values):
        """Publishes; gives the packet identifier."""
        return self.client.publish(topic, payload, qos, retain, properties(PacketTypes.PUBLISH, **values)).mid

    def publish(self, topic, payload, qos=0, retain=False, **values):
        """Publishes, and waits until it is acknowledged; gives the reason code."""
        return self.answer(self.send(topic, payload, qos, retain, **values))

    def cut(self):
        """Ends the connection without DISCONNECT."""
        self.client.socket().shutdown(socket.SHUT_RDWR)
        self.gone()

    def close(self):
        """Ends it with DISCONNECT, if it is still there."""
        if self.client.is_connected():
            self.client.disconnect()
            self.gone()
        self.client.loop_stop()

    def gone(self):
        """Waits until the connection has ended; tells whether the broker sent DISCONNECT."""
        self.until('the end of the connection', lambda: self.end is not None)
        return self.end.is_disconnect_packet_from_server
