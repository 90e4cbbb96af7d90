"""The broker as an instrument of tests, from Python with nothing but its standard library.

    BROKER=target/debug/broker python3 instrument.py

One broker is started for all tests. Each test asks it for a broker of its own, which is there in a moment, on a free port, with a
control API of its own. `Api` is all that it takes; copy it. `Lamp` is a program under test: a client of MQTT 3.1.1 on a bare socket.
"""

import json
import os
import socket
import struct
import subprocess
import threading
import unittest
import urllib.error
import urllib.parse
import urllib.request


class Problem(Exception):
    """Why a request has no result (RFC 9457): `status`, and in words what was wrong, where, and what would be right."""

    def __init__(self, body):
        super().__init__(body["detail"])
        self.status = body["status"]
        self.body = body


class Api:
    """The control API of one broker."""

    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None):
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/{path}", data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
                return json.loads(text) if "json" in answer.headers.get_content_subtype().split("+") else text
        except urllib.error.HTTPError as error:
            raise Problem(json.load(error)) from None

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, **body):
        return self.ask("POST", path, body)

    def put(self, path, **body):
        return self.ask("PUT", path, body)

    def delete(self, path):
        return self.ask("DELETE", path)

    def events(self, query=""):
        """What happens from now on, as it happens (server-sent events)."""
        stream = urllib.request.urlopen(f"{self.url}/events?{query}", timeout=60)

        def read():
            with stream:
                for line in stream:
                    if line.startswith(b"data:"):
                        yield json.loads(line[5:])

        return read()


class Lamp:
    """A client of MQTT 3.1.1: each packet is written and read by hand."""

    def __init__(self, address, client_id, keep_alive=0, clean=True):
        self.socket = socket.create_connection(address, timeout=60)
        head = b"\0\x04MQTT\x04" + bytes([2 if clean else 0]) + struct.pack(">H", keep_alive)
        self.send(0x10, head + text(client_id))
        kind, body = self.packet()
        assert kind == 0x20 and body[1] == 0, body
        self.session_present = body[0] == 1

    def send(self, kind, body):
        assert len(body) < 128
        self.socket.sendall(bytes([kind, len(body)]) + body)

    def packet(self):
        """The next packet: its first byte, and the rest. None where the broker has closed."""
        head = self.bytes(2)
        return head and (head[0], self.bytes(head[1]))

    def bytes(self, count):
        read = b""
        while len(read) < count:
            try:
                more = self.socket.recv(count - len(read))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            read += more
        return read

    def publish(self, topic, payload, qos=0, packet_id=1):
        self.send(0x30 | qos << 1, text(topic) + (struct.pack(">H", packet_id) if qos else b"") + payload.encode())

    def subscribe(self, topic_filter):
        self.send(0x82, b"\0\x01" + text(topic_filter) + b"\0")
        assert self.packet()[0] == 0x90

    def message(self):
        """The next message at QoS 0: topic and payload."""
        kind, body = self.packet()
        assert kind & 0xFE == 0x30, kind
        end = 2 + struct.unpack(">H", body[:2])[0]
        return body[2:end].decode(), body[end:].decode()

    def close(self):
        self.socket.close()


def text(words):
    return struct.pack(">H", len(words.encode())) + words.encode()


class Instrument(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        command = [os.environ.get("BROKER", "broker"), "-p", "0", "--json"]
        cls.program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        listening = json.loads(cls.program.stdout.readline())
        cls.parent = Api(f"http://{listening['addresses'][0]}/api/v1")
        # Nobody reads the rest: the broker goes on without.
        cls.program.stdout.close()

    @classmethod
    def tearDownClass(cls):
        cls.program.terminate()
        assert cls.program.wait(60) == 0

    def setUp(self):
        self.child = self.parent.post("brokers")
        self.api = Api(self.child["api"])
        url = urllib.parse.urlsplit(self.child["url"])
        self.address = (url.hostname, url.port)

    def tearDown(self):
        self.parent.delete(f"brokers/{self.child['id']}")

    def lamp(self, client_id="lamp", **how):
        lamp = Lamp(self.address, client_id, **how)
        self.addCleanup(lamp.close)
        return lamp

    def test_what_came_is_expected_and_no_test_sleeps(self):
        self.lamp().publish("lamp/state", '{"on": true}')
        wanted = {"packet": "PUBLISH", "direction": "in", "topic": "lamp/+", "payload": {"json_subset": {"on": True}}}
        met = self.api.post("expectations", pattern=wanted, times=1)
        self.assertEqual(met["packets"][0]["topic_name"], "lamp/state")
        steps = [{"pattern": {"packet": "CONNECT", "client_id": "lamp"}}, {"pattern": wanted}]
        self.api.post("expectations", steps=steps)
        # That nothing comes is known once nothing is on its way any more.
        self.api.post("expectations", never={"packet": "PUBLISH", "topic": "alarm/#"})
        message = self.api.get("messages?topic=lamp/state")["messages"][0]
        self.assertEqual((message["json"], message["qos"]), ({"on": True}, 0))

    def test_an_expectation_that_is_not_met_says_what_came_nearest(self):
        self.lamp().publish("lamp/state", "off")
        wanted = {"packet": "PUBLISH", "direction": "in", "topic": "lamp/state", "payload": "on"}
        with self.assertRaises(Problem) as caught:
            self.api.post("expectations", pattern=wanted, timeout_secs=0)
        self.assertEqual(caught.exception.status, 417)
        self.assertIn('payload "off", not "on"', str(caught.exception))

    def test_a_wait_ends_when_it_comes(self):
        found = []
        wait = threading.Thread(target=lambda: found.append(self.api.post("messages/wait", pattern={"topic": "a"})))
        wait.start()
        self.lamp().publish("a", "here")
        wait.join(60)
        self.assertEqual(found[0]["message"]["payload"], "here")
        with self.assertRaises(Problem) as caught:
            self.api.post("clients/lmap/wait", **{"for": "connected", "timeout_secs": 0})
        self.assertIn("lamp", str(caught.exception))

    def test_the_broker_publishes(self):
        lamp = self.lamp()
        lamp.subscribe("lamp/set")
        self.assertEqual(self.api.post("publish", topic="lamp/set", payload="on")["sessions"], 1)
        self.assertEqual(lamp.message(), ("lamp/set", "on"))

    def test_an_hour_passes_in_no_time(self):
        lamp = self.lamp(keep_alive=60)
        self.api.post("clock/freeze")
        self.api.post("clock/advance", secs=3600)
        self.assertIsNone(lamp.packet(), "it has kept silent for more than 60 s")
        gone = self.api.get("clients/lamp")
        self.assertFalse(gone["connected"])
        self.assertIn("keep_alive", json.dumps(gone))

    def test_one_client_is_cut_off_for_a_while(self):
        lamp, other = self.lamp(), self.lamp("other")
        self.api.post("clock/freeze")
        self.api.post("interruptions", client="lamp", duration_secs=30)
        self.assertIsNone(lamp.packet())
        self.api.post("clock/advance", secs=31)
        self.lamp()
        other.send(0xC0, b"")
        self.assertEqual(other.packet(), (0xD0, b""), "it noticed nothing")

    def test_an_acknowledgement_is_lost(self):
        rule = {"name": "lost", "when": {"packet": "PUBACK", "direction": "out"}, "first": 1, "action": "drop"}
        self.api.post("faults", **rule)
        lamp = self.lamp()
        lamp.publish("a", "1", qos=1, packet_id=1)
        lamp.publish("a", "2", qos=1, packet_id=2)
        self.assertEqual(lamp.packet(), (0x40, b"\0\x02"), "the first is lost")
        self.assertEqual(self.api.get("faults/lost")["fired"], 1)
        with self.assertRaises(Problem) as caught:
            self.api.post("faults", name="x", when={"packet": "PUBACK"}, action="dorp")
        self.assertEqual(caught.exception.status, 422)
        self.assertIn('"drop"', str(caught.exception))

    def test_a_stub_answers(self):
        answer = {"topic": "answer", "payload": "{{ message.payload }}!"}
        self.api.post("stubs", name="echo", when={"packet": "PUBLISH", "topic": "ask"}, publish=answer)
        lamp = self.lamp()
        lamp.subscribe("answer")
        lamp.publish("ask", "hello")
        self.assertEqual(lamp.message(), ("answer", "hello!"))

    def test_a_snapshot_is_put_back(self):
        self.api.post("publish", topic="lamp", payload="on", retain=True)
        before = self.api.get("snapshot")
        self.api.post("reset")
        self.assertEqual(self.api.get("retained")["retained"], [])
        self.api.put("snapshot", **before)
        lamp = self.lamp()
        lamp.subscribe("lamp")
        self.assertEqual(lamp.message(), ("lamp", "on"))

    def test_the_broker_breaks_down_and_sessions_outlast_it(self):
        lamp = self.lamp(clean=False)
        self.api.post("crash")
        self.assertIsNone(lamp.packet())
        self.assertTrue(self.lamp(clean=False).session_present)
        self.api.post("restart", lose_state=True)
        self.assertFalse(self.lamp(clean=False).session_present)

    def test_events_come_as_they_happen(self):
        events = self.api.events("event=connected&event=disconnected")
        self.lamp("a").close()
        self.lamp("b")
        seen = [next(events) for _ in range(3)]
        self.assertEqual({(one["event"], one["client_id"]) for one in seen}, {("connected", "a"), ("disconnected", "a"), ("connected", "b")})

    def test_the_journal_is_drawn(self):
        self.lamp().publish("lamp", "on")
        self.api.post("settle")
        self.assertIn("PUBLISH lamp", self.api.get("export?format=ladder").decode())
        self.assertTrue(self.api.get("export?format=mermaid").startswith(b"sequenceDiagram"))
        self.assertEqual(self.api.get("export?format=pcapng")[:4], b"\n\r\r\n")

    def test_what_is_wrong_in_a_request_is_said(self):
        for body, words in [
            ({"topic": "a", "retian": True}, "did you mean `retain`?"),
            ({"topic": "a", "qos": 3}, "expected 0, 1 or 2"),
            ({"topic": "a/#"}, "#"),
        ]:
            with self.assertRaises(Problem) as caught:
                self.api.post("publish", **body)
            self.assertIn(words, str(caught.exception))


if __name__ == "__main__":
    unittest.main()
