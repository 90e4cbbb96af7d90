"""The two programs of the tutorial "MQTT with Python", unchanged, on port 1883."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from citronella import Broker, publish, subscribe

PROGRAMS = Path(__file__).parents[3] / "tests" / "data" / "paho"


@pytest.fixture
def broker_of_the_tutorial():
    with socket.socket() as to:
        if to.connect_ex(("127.0.0.1", 1883)) == 0:
            pytest.skip("something else listens on port 1883")
    with Broker(port=1883, bind=["127.0.0.1", "::1"]) as broker:
        yield broker


def pairs():
    paho = pytest.importorskip("paho.mqtt.client")
    if hasattr(paho, "CallbackAPIVersion"):
        return [("2/foo1_version1.py", "2/foo2_version1.py"), ("2/foo1_version2.py", "2/foo2_version2.py")]
    return [("1.3.1/foo1.py", "1.3.1/foo2.py")]


def test_the_tutorial(broker_of_the_tutorial):
    broker = broker_of_the_tutorial
    for receiver, sender in pairs():
        broker.renew()
        command = [sys.executable, "-u", PROGRAMS / receiver]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as foo1:
            broker.expect(subscribe("test/topic"), within=20)
            foo2 = subprocess.Popen([sys.executable, PROGRAMS / sender], stderr=subprocess.DEVNULL)
            broker.expect(publish("test/topic").from_client("foo2").payload("bar"), times=1, within=20)
            assert any("payload bar" in line for line in iter(foo1.stdout.readline, ""))
            foo2.kill()
            foo1.kill()
            foo2.wait()
