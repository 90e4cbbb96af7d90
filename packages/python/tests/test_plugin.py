"""The plugin, as pytest runs it: reports, options, workers, ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from test_program import is_gone

from citronella import Broker, _program

# pytest-asyncio has something to say about its own options.
STRICT = ("-W", "error", "-W", "ignore::pytest.PytestDeprecationWarning")

TEST = """
import socket
from citronella import publish

def connect(broker, name=b"lamp"):
    client = socket.create_connection((broker.host, broker.port))
    client.sendall(b"\\x10\\x10\\0\\x04MQTT\\x04\\x02\\0\\0\\0\\x04" + name)
    assert client.recv(4) == b"\\x20\\x02\\0\\0"
    return client

def say(broker, name=b"lamp"):
    with connect(broker, name) as client:
        client.sendall(b"\\x30\\x0c\\0\\x0alamp/state")
"""


def test_a_broker_as_new_on_the_same_port_for_each_test(pytester):
    pytester.makepyfile(
        TEST
        + """
ports = []

def test_one(mqtt_broker, mqtt_broker_proc):
    assert mqtt_broker is mqtt_broker_proc
    say(mqtt_broker)
    mqtt_broker.expect(publish("lamp/state"))
    mqtt_broker.users.set("ann", "pencil")
    mqtt_broker.clock.freeze()
    ports.append(mqtt_broker.port)

def test_two(mqtt_broker):
    assert mqtt_broker.packets() == []
    assert mqtt_broker.users.list() == []
    assert not mqtt_broker.clock.is_frozen()
    say(mqtt_broker)
    mqtt_broker.expect(publish("lamp/state"))
    ports.append(mqtt_broker.port)
    assert len(set(ports)) == 1
"""
    )
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=2)


def test_a_failure_shows_the_report_and_the_ladder(pytester):
    pytester.makepyfile(
        TEST
        + """
import pytest
from citronella import Broker

def test_it_is_on(mqtt_broker):
    say(mqtt_broker)
    mqtt_broker.expect(publish("lamp/state").payload("on"), within=0)

def test_anything_else(mqtt_broker_async):
    assert 1 == 2

def test_its_own():
    with Broker() as broker:
        say(broker, b"mine")
        broker.settle()
        assert 3 == 4

def test_all_is_well(mqtt_broker):
    say(mqtt_broker)

@pytest.fixture
def careful(mqtt_broker):
    yield
    assert 5 == 6

def test_its_end(careful, mqtt_broker):
    say(mqtt_broker, b"last")
    mqtt_broker.settle()
"""
    )
    told = pytester.runpytest_subprocess()
    told.assert_outcomes(failed=3, passed=2, errors=1)
    told.stdout.fnmatch_lines(["*AssertionError*", "*- MQTT broker on port * -*", "*last ── PUBLISH lamp/state*"])
    told.stdout.fnmatch_lines(
        [
            ">   *mqtt_broker.expect(publish(*",
            "E   *NotMet*",
            '*payload *not "on"*',
            "*PUBLISH lamp/state*",
            "*- MQTT broker on port * -*",
            "(no packet came)",
            "*- MQTT broker on port * -*",
            "*mine*",
        ]
    )
    # The place in the test is the last one shown: nothing of the package.
    told.stdout.no_fnmatch_line("*_sync/looking.py*")
    told = pytester.runpytest_subprocess("--mqtt-broker-ladder", "never")
    told.stdout.no_fnmatch_line("*- MQTT broker on port * -*")


def test_factories_have_settings_of_their_own(pytester):
    pytester.makeconftest(
        """
from citronella.pytest import factories
small_proc = factories.mqtt_broker_proc(limits={"max_connections": 1})
small = factories.mqtt_broker("small_proc")
other = factories.mqtt_broker("mqtt_broker_noproc")
"""
    )
    pytester.makepyfile(
        TEST
        + """
import pytest

def test_small(small, mqtt_broker):
    assert small.port != mqtt_broker.port
    with connect(small):
        with pytest.raises(AssertionError):
            connect(small, b"more")

def test_running(mqtt_broker, mqtt_broker_proc, request, monkeypatch):
    monkeypatch.setenv("MQTT_URL", mqtt_broker.url)
    other = request.getfixturevalue("other")
    assert other is not mqtt_broker and other.port == mqtt_broker.port
"""
    )
    pytester.runpytest_subprocess("--mqtt-broker-set", "http.listen=false").assert_outcomes(passed=2)


def test_options(pytester, unused_port):
    pytester.makeini(
        f"[pytest]\nmqtt_broker_port = {unused_port}\nmqtt_broker_set =\n  session.max_inflight=3\n  log.level=error\n"
    )
    pytester.makepyfile(
        f"""
def test_it(mqtt_broker, request):
    assert mqtt_broker.port == {unused_port}
    assert mqtt_broker._running.settings["session"] == {{"max_inflight": 3}}
"""
    )
    pytester.runpytest_subprocess("--mqtt-broker-set", "log.level=warn").assert_outcomes(errors=1)
    pytester.makeini(f"[pytest]\nmqtt_broker_port = {unused_port}\nmqtt_broker_set = session.max_inflight=3\n")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)
    pytester.makepyfile("def test_it(mqtt_broker):\n    assert mqtt_broker.host == '127.0.0.2'")
    pytester.runpytest_subprocess("--mqtt-broker-host=127.0.0.2", "--mqtt-broker-port=0").assert_outcomes(passed=1)
    for wrong, told in [("port=x", "0 to 65535"), ("set=x", "KEY=VALUE"), ("ladder=x", "failed or never")]:
        done = pytester.runpytest_subprocess(f"--mqtt-broker-{wrong}")
        assert done.ret == pytest.ExitCode.USAGE_ERROR
        done.stderr.fnmatch_lines([f"*{told}*"])


@pytest.fixture
def unused_port():
    with Broker() as broker:
        port = broker.port
    return port


def test_a_program_that_is_not_there_concerns_who_needs_it(pytester):
    pytester.makepyfile(
        "def test_one(): pass\ndef test_two(mqtt_broker): pass\nfrom citronella import Broker\ndef test_three(): Broker().start()"
    )
    for more in ([], ["-n", "1"]):
        told = pytester.runpytest_subprocess("--mqtt-broker-exec=/none/broker", *more)
        told.assert_outcomes(passed=1, errors=1, failed=1)
        told.stdout.fnmatch_lines(["*mqtt_broker_exec says*no such file*"])


def test_pytest_alone_without_the_plugin(pytester):
    pytester.makepyfile("def test_one(): pass\ndef test_two(mqtt_broker): pass")
    pytester.runpytest_subprocess("-p", "no:mqtt_broker").assert_outcomes(passed=1, errors=1)


def test_with_pytest_asyncio(pytester):
    pytest.importorskip("pytest_asyncio")
    pytester.makepyfile(
        """
import pytest
from citronella import AsyncBroker

@pytest.mark.asyncio
@pytest.mark.parametrize("n", [1, 2])
async def test_it(mqtt_broker_async: AsyncBroker, n):
    assert await mqtt_broker_async.publish("a", "x", retain=True) == 0
    assert len(await mqtt_broker_async.retained.list()) == 1
"""
    )
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=2)


WORKERS = (
    TEST
    + """
import json, os, pytest
from citronella import _program

@pytest.mark.parametrize("n", range(60))
def test_it(mqtt_broker, n):
    assert mqtt_broker.packets() == []
    say(mqtt_broker)
    mqtt_broker.expect(publish("lamp/state"), times=1)
    # No worker has a program of its own.
    assert not _program._programs
    with open(os.environ["SEEN"], "a") as file:
        file.write(json.dumps([os.environ["PYTEST_XDIST_WORKER"], mqtt_broker.port, mqtt_broker._running.program.api]) + "\\n")
"""
)


def test_workers_have_a_broker_each_in_one_program(pytester, monkeypatch, tmp_path):
    seen = tmp_path / "seen"
    monkeypatch.setenv("SEEN", str(seen))
    pytester.makepyfile(WORKERS)
    pytester.runpytest_subprocess("-n", "3", *STRICT).assert_outcomes(passed=60)
    lines = [json.loads(line) for line in seen.read_text().splitlines()]
    workers = {tuple(line[:2]) for line in lines}
    assert len({worker for worker, _ in workers}) == len(workers) == len({port for _, port in workers})
    assert len({api for _, _, api in lines}) == 1


HANG = (
    TEST
    + """
import os, time
from citronella import _program

def test_it(mqtt_broker):
    connect(mqtt_broker)
    with open(os.environ["SEEN"], "w") as file:
        file.write("x")
    time.sleep(60)
"""
)


def children_of(pid):
    told = subprocess.run(["ps", "-e", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    direct = [child for child, parent in pairs if parent == pid]
    return direct + [one for child in direct for one in children_of(child)]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("workers", ["0", "2"])
def test_nothing_is_left_behind(pytester, monkeypatch, tmp_path, how, workers):
    seen = tmp_path / "seen"
    os.mkfifo(seen)
    monkeypatch.setenv("SEEN", str(seen))
    pytester.makepyfile(HANG)
    command = [sys.executable, "-m", "pytest", "-n", workers, "-p", "no:cacheprovider"]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    with open(seen) as file:
        file.read()
    all_of_them = children_of(child.pid)
    assert len(all_of_them) >= 1 + int(workers)
    # Ctrl-C in a terminal is for the whole group.
    (os.killpg if how == signal.SIGINT else os.kill)(child.pid, how)
    child.wait(30)
    for pid in all_of_them:
        assert is_gone(pid)


def test_pytest_is_imported_by_pytest_alone():
    code = "import sys, citronella; broker = citronella.Broker().start(); assert not {'pytest', '_pytest'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert _program.program()
