"""The fixtures `mosquitto` and `capmqtt`, and the options of pytest-mqtt."""

from __future__ import annotations

import os
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from ..._errors import ProgramFailed, ProgramNotFound
from ..._sync.broker import Broker
from .. import options
from .capmqtt import MqttCaptureFixture
from .model import MqttSettings
from .util import probe_tcp_connect

_RUNS = "mosquitto_runs"
_NO_SUBSCRIBE_ALL: Dict[str, Any] = {"dest": "subscribe_all", "action": "store_false", "default": True}
_OPTIONS: List[Tuple[str, str, Dict[str, Any]]] = [
    ("--mqtt-host", "MQTT host name", {"default": "localhost"}),
    ("--mqtt-port", "MQTT port number", {"type": int, "default": 1883}),
    ("--mqtt-username", "user name of capmqtt", {"default": "guest"}),
    ("--mqtt-password", "password of capmqtt", {"default": "guest"}),
    ("--no-subscribe-all", "capmqtt does not subscribe to all topics", _NO_SUBSCRIBE_ALL),
]


def is_mosquitto_running(host: str, port: int) -> bool:
    """Whether something listens there."""
    return probe_tcp_connect(host, port)


@pytest.hookimpl(trylast=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> None:
    """The options, as far as the project has none of the same names."""
    group = parser.getgroup("mosquitto", "MQTT broker, as pytest-mqtt has it (citronella)")
    for name, what, how in _OPTIONS:
        given = name if how.get("action") else f"{name}=1"
        if given in parser.parse_known_and_unknown_args([given])[1]:
            # A project may have an option of another name for the same.
            destination = name.strip("-").replace("-", "_")
            group.addoption(name, help=what, **{"dest": destination, **how})


def pytest_configure(config: pytest.Config) -> None:
    """The marker."""
    config.addinivalue_line("markers", "capmqtt_decode_utf8: capture MQTT messages as `str`, not `bytes`")


def _place(config: pytest.Config) -> Tuple[str, int]:
    return config.getoption("--mqtt-host", "localhost"), int(config.getoption("--mqtt-port", 1883))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Before a worker of xdist begins: whether all of them use one broker, which runs already."""
    node.workerinput[_RUNS] = bool(os.environ.get("MOSQUITTO")) or is_mosquitto_running(*_place(node.config))


@pytest.fixture(scope="session")
def mqtt_settings(pytestconfig: pytest.Config) -> MqttSettings:
    """Where `mosquitto` listens and `capmqtt` connects.

    Worker N of xdist takes the Nth port behind that of the option, unless a broker ran there before.
    """
    host, port = _place(pytestconfig)
    is_shared = getattr(pytestconfig, "workerinput", {}).get(_RUNS, False)
    return MqttSettings(
        host=host,
        port=port if is_shared else port + options.worker_number(),
        username=pytestconfig.getoption("--mqtt-username", "guest"),
        password=pytestconfig.getoption("--mqtt-password", "guest"),
        subscribe_all=pytestconfig.getoption("subscribe_all", True),
    )


@pytest.fixture(scope="session")
def _mosquitto_broker(mqtt_settings: MqttSettings) -> Iterator[Any]:
    host, port = mqtt_settings.host, mqtt_settings.port
    if is_mosquitto_running(host, port) or os.environ.get("MOSQUITTO"):
        yield None
        return
    bind = ["127.0.0.1", "::1"] if host == "localhost" else [host]
    try:
        broker = Broker(port=port, bind=bind).start()
    except (ProgramNotFound, ProgramFailed) as error:
        raise ConnectionError(str(error)) from None
    with broker:
        yield broker


@pytest.fixture(scope="session")
def mosquitto(_mosquitto_broker: Any, mqtt_settings: MqttSettings) -> Tuple[str, Any]:
    """Host and port of a broker for the whole run: the one that runs there, else that of MOSQUITTO, else one that is started."""
    if _mosquitto_broker is not None:
        # Texts, both, as a container's were.
        return _mosquitto_broker.host, str(_mosquitto_broker.port)
    if is_mosquitto_running(mqtt_settings.host, mqtt_settings.port):
        return mqtt_settings.host, mqtt_settings.port
    host, _, port = os.environ["MOSQUITTO"].rpartition(":")
    return host, port


@pytest.fixture
def capmqtt(request: pytest.FixtureRequest, mqtt_settings: MqttSettings) -> Iterator[MqttCaptureFixture]:
    """Captures the messages of a broker, and publishes."""
    decode = (
        getattr(request.config.option, "capmqtt_decode_utf8", False)
        or getattr(request.module, "capmqtt_decode_utf8", False)
        or request.node.get_closest_marker("capmqtt_decode_utf8") is not None
    )
    # Whether the broker is ours: only then it can be asked what is on its way.
    ours = request.getfixturevalue("_mosquitto_broker") if "mosquitto" in request.fixturenames else None
    captured = MqttCaptureFixture(
        decode,
        mqtt_settings.host,
        mqtt_settings.port,
        mqtt_settings.username,
        mqtt_settings.password,
        mqtt_settings.subscribe_all,
        broker=ours,
    )
    yield captured
    captured.finalize()
