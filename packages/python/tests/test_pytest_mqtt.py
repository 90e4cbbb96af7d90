"""What users of pytest-mqtt have written goes on working."""

from __future__ import annotations

import random
import socket
import subprocess
import sys

import pytest

from citronella import Broker

pytest.importorskip("paho.mqtt.client")

SUITE = """
import pytest
from pytest_mqtt import MqttMessage as same
from pytest_mqtt.capmqtt import MqttClientAdapter, MqttCaptureFixture
from pytest_mqtt.model import MqttMessage, MqttSettings
from pytest_mqtt.util import delay, probe_tcp_connect

assert same is MqttMessage

def test_bytes(mosquitto, capmqtt):
    capmqtt.publish(topic="foo", payload="bar")
    capmqtt.publish("baz", b"qux", qos=1)
    assert capmqtt.messages == [MqttMessage(topic="foo", payload=b"bar", userdata=None), MqttMessage("baz", b"qux", None)]
    assert capmqtt.records == [("foo", b"bar", None), ("baz", b"qux", None)]

@pytest.mark.capmqtt_decode_utf8
def test_text(mosquitto, capmqtt):
    capmqtt.publish(topic="foo", payload="bar")
    assert capmqtt.messages == [MqttMessage(topic="foo", payload="bar", userdata=None)]

def test_messages_of_others_are_there_without_a_pause(mosquitto, capmqtt):
    host, port = mosquitto
    assert probe_tcp_connect(host, int(port))
    other = MqttClientAdapter(host=host, port=port)
    assert (other.host, other.port, other.subscribe_all) == (host, int(port), True)
    other.start()
    for n in range(100):
        other.publish("n", str(n))
    assert [payload for _, payload, _ in capmqtt.records] == [str(n).encode() for n in range(100)]
    other.stop()
"""


@pytest.fixture
def port():
    """A port that is free, as the one behind it is: below those that systems give to everybody."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as one, socket.socket() as two:
            if all(it.connect_ex(("127.0.0.1", at)) for it, at in ((one, port), (two, port + 1))):
                return port


def test_their_calls(pytester, port):
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess("--strict-markers", f"--mqtt-port={port}").assert_outcomes(passed=3)
    with socket.socket() as to:
        assert to.connect_ex(("127.0.0.1", port)) != 0


def test_a_broker_that_runs_there_is_used(pytester, monkeypatch):
    pytester.makepyfile("def test_it(mosquitto, capmqtt):\n    capmqtt.publish('a', 'x')\n    assert len(capmqtt.messages) == 1")
    with Broker() as broker:
        pytester.runpytest_subprocess("--mqtt-host=127.0.0.1", f"--mqtt-port={broker.port}").assert_outcomes(passed=1)
        assert broker.count("a") == 1
        monkeypatch.setenv("MOSQUITTO", f"127.0.0.1:{broker.port}")
        pytester.makepyfile(f"def test_it(mosquitto): assert mosquitto == ('127.0.0.1', '{broker.port}')")
        pytester.runpytest_subprocess("--mqtt-port=1").assert_outcomes(passed=1)


@pytest.mark.parametrize("runs", [False, True])
def test_workers_of_xdist(pytester, port, runs):
    pytest.importorskip("xdist")
    pytester.makepyfile(
        f"""
import os, pytest

@pytest.mark.parametrize("n", range(8))
def test_it(mosquitto, mqtt_settings, capmqtt, n):
    worker = int(os.environ["PYTEST_XDIST_WORKER"][2:])
    assert mqtt_settings.port == {port} + (0 if {runs} else worker)
    capmqtt.publish("a", str(n))
    assert ("a", str(n).encode(), None) in capmqtt.records
"""
    )
    broker = Broker(port=port)
    if runs:
        broker.start()
    pytester.runpytest_subprocess("-n", "2", "--mqtt-host=127.0.0.1", f"--mqtt-port={port}").assert_outcomes(passed=8)
    broker.stop()


def test_utf8_by_module_and_by_option(pytester, port):
    body = "def test_it(mosquitto, capmqtt):\n    capmqtt.publish('a', 'x')\n    assert capmqtt.records == [('a', 'x', None)]\n"
    pytester.makepyfile(test_module=f"capmqtt_decode_utf8 = True\n{body}")
    fixture = "@pytest.fixture\ndef text(pytestconfig):\n    pytestconfig.option.capmqtt_decode_utf8 = True\n"
    pytester.makepyfile(test_option="import pytest\n" + fixture + body.replace("(mosquitto", "(text, mosquitto"))
    pytester.runpytest_subprocess(f"--mqtt-port={port}").assert_outcomes(passed=2)


def test_without_subscribing_to_everything(pytester, port):
    pytester.makepyfile(
        """
def test_it(mosquitto, capmqtt):
    capmqtt.mqtt_client.client.subscribe("wanted")
    capmqtt.publish("other", "x")
    capmqtt.publish("wanted", "x")
    assert capmqtt.records == [("wanted", b"x", None)]
"""
    )
    pytester.runpytest_subprocess(f"--mqtt-port={port}", "--no-subscribe-all").assert_outcomes(passed=1)


def test_options_of_a_project_go_before(pytester):
    pytester.makeconftest("def pytest_addoption(parser):\n    parser.addoption('--mqtt-host', default='of the project')")
    pytester.makepyfile("def test_it(pytestconfig):\n    assert pytestconfig.getoption('--mqtt-host') == 'of the project'")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_pytest_mqtt_itself_goes_before(pytester, monkeypatch):
    pytester.mkpydir("pytest_mqtt").joinpath("theirs.py").write_text(
        "import pytest\n@pytest.fixture\ndef mosquitto(): return 'theirs'\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    pytester.makepyfile("def test_it(mosquitto, mqtt_broker):\n    assert mosquitto == 'theirs'")
    pytester.runpytest_subprocess("-p", "pytest_mqtt.theirs").assert_outcomes(passed=1)


def test_without_paho_the_error_says_what_to_install():
    code = "import sys; sys.modules['paho.mqtt.client'] = None; from citronella.pytest.pytest_mqtt.capmqtt import MqttClientAdapter as A; A()"  # noqa: E501
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "citronella[pytest-mqtt]" in done.stderr
