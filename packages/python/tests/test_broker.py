"""A broker from its start to its end: settings, several of them, one that ran before, as new."""

from __future__ import annotations

import json
import threading
import time

import pytest

from citronella import Broker, BrokerGone, Problem, publish
from citronella._http import request


@pytest.mark.parametrize(
    "deed",
    [
        lambda broker: broker.users.set("ann", "pencil"),
        lambda broker: broker.users.allow_anonymous(False),
        lambda broker: broker.users.acl({"topic": "a", "access": "read"}),
        lambda broker: broker.listener_down(),
        lambda broker: broker.outage(),
        lambda broker: broker.clock.freeze(),
        lambda broker: broker.recordings.start(),
        lambda broker: broker.request("PUT", "users/bob", {"password": "pen"}),
        lambda broker: broker.faults.add(name="x", when={"packet": "CONNECT"}, action="drop"),
    ],
)
def test_renewed_is_as_new_whatever_was_done(deed):
    with Broker(session={"max_inflight": 3}) as broker:
        port = broker.port
        deed(broker)
        broker.renew()
        assert broker.port == port
        assert broker.users.list() == []
        assert not broker.clock.is_frozen()
        assert broker.recordings.status() == "NeverStarted"
        from conftest import Lamp

        one = Lamp(broker)
        one.publish("a", "x", qos=1)
        one.close()
        broker.expect(publish("a"))


def test_brokers_are_apart(lamp):
    with Broker() as one, Broker(session={"max_inflight": 1}) as two:
        assert one.port != two.port
        lamp(broker=one).publish("a", "x", qos=1)
        assert (one.count(), two.count()) == (1, 0)
        assert one.url == f"mqtt://{one.host}:{one.port}"
        assert repr(one) == f"<Broker {one.url}>"


def test_one_broker_for_several_threads(mqtt_broker, lamp):
    failed = []

    def work(n):
        try:
            for k in range(50):
                mqtt_broker.publish(f"t/{n}/{k}", str(k), retain=True)
                assert mqtt_broker.retained[f"t/{n}/{k}"].payload == str(k)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_tls_and_websocket_have_places():
    with Broker(tls={"listen": True}, websocket={"listen": True}) as broker:
        assert broker.tls_url.startswith("mqtts://")
        assert broker.ws_url.startswith("ws://")
        assert "BEGIN CERTIFICATE" in broker.ca()
        path = broker.ca_file()
        with open(path) as file:
            assert file.read() == broker.ca()
        assert broker.ca_file() == path
    with pytest.raises(FileNotFoundError), open(path):
        pass


def test_a_broker_that_runs_already(monkeypatch, lamp):
    with Broker(http={"listen": False}) as theirs:
        monkeypatch.setenv("MQTT_URL", theirs.url)
        with Broker.at() as ours:
            assert ours.port == theirs.port
            ours.publish("a", "x", retain=True)
            ours.renew()
            assert theirs.retained.list() == []
        assert theirs.info.name == "citronella"
        with Broker.at(f"{theirs.host}:{theirs.port}") as ours:
            assert ours.url == theirs.url
        url = theirs.url
        # As it is seen from here, which may not be its own address.
        with Broker.at(f"mqtt://localhost:{theirs.port}") as ours:
            assert (ours.host, ours.url) == ("localhost", f"mqtt://localhost:{theirs.port}")
            assert ours.ws_url == f"ws://localhost:{theirs.port}/mqtt"
    with pytest.raises(BrokerGone, match="does not answer"):
        Broker.at(url).start()
    monkeypatch.delenv("MQTT_URL")
    with pytest.raises(ValueError, match="MQTT_URL"):
        Broker.at()
    with pytest.raises(ValueError, match="mqtt://HOST:PORT"):
        Broker.at("ftp://here")


def test_a_token_is_shown_and_never_printed(tmp_path, monkeypatch):
    import subprocess

    from citronella import find_citronella_bin

    (tmp_path / "token").write_text("s3cret")
    command = [find_citronella_bin(), "-p", "0", "--json", "--no-config", "--set", f"http.token_file={tmp_path / 'token'}"]
    monkeypatch.delenv("CITRONELLA_BIN", raising=False)
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        url = json.loads(program.stdout.readline())["url"]
        with pytest.raises(Problem, match="token is needed"):
            Broker.at(url).start()
        with Broker.at(url, token="s3cret") as broker:
            shown = [broker, broker._running, broker._kept_api._headers, request("GET", "/", broker._kept_api._headers, None)]
            assert "s3cret" not in repr(shown)
        # As `broker -- COMMAND` says it.
        monkeypatch.setenv("CITRONELLA_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("CITRONELLA_URL", url.replace("mqtt", "http"))
        monkeypatch.setenv("MQTT_URL", url)
        with Broker.at() as broker:
            assert broker.url == url
            assert broker.stats()
        program.terminate()


def test_settings_that_are_wrong_are_said():
    with pytest.raises(Problem, match="max_inflight"):
        Broker(session={"max_inflght": 1}).start()
    with pytest.raises(ValueError, match=r"http\.enabled"):
        Broker(http={"enabled": False, "listen": False}).start()


def test_a_broker_that_does_not_run_says_so():
    broker = Broker()
    with pytest.raises(RuntimeError, match="with Broker"):
        broker.port  # noqa: B018
    broker.stop()
    with broker:
        port = broker.port
    with pytest.raises(RuntimeError, match="does not run"):
        broker.settle()
    assert broker.start().port != 0
    broker.stop()
    assert port


def test_a_connection_that_was_idle_is_opened_anew(mqtt_broker, monkeypatch):
    mqtt_broker.stats()
    kept = mqtt_broker._kept_api._idle[-1]
    # As the broker sees it: this side has gone.
    kept._socket.shutdown(2)
    assert mqtt_broker.stats()
    mqtt_broker.stats()
    kept = mqtt_broker._kept_api._idle[-1]
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 25)
    mqtt_broker.stats()
    assert mqtt_broker._kept_api._idle[-1] is not kept
