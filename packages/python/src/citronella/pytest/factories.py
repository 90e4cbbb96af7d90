"""Makes fixtures: brokers with settings of their own.

from citronella.pytest import factories

small_proc = factories.mqtt_broker_proc(limits={"max_connections": 2})
small = factories.mqtt_broker("small_proc")

def test_it_waits_until_there_is_room(small): ...
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Callable, Iterator, Mapping, Optional

import pytest

from .. import _last
from .._errors import BrokerGone, Problem
from .._running import merged
from .._sync.broker import Broker
from . import options

if TYPE_CHECKING:
    from .._async.broker import AsyncBroker


def mqtt_broker_proc(
    executable: Optional[str] = None,
    host: Optional[str] = None,
    port: Optional[int] = None,
    settings: Optional[Mapping[str, Any]] = None,
    **sections: Any,
) -> Callable[..., Any]:
    """A fixture for the whole run: a broker of its own, which is started at its first use. Under xdist each worker has one, and a
    port that is said counts from the first worker on. Settings are those of a settings file.
    """

    @pytest.fixture(scope="session")
    def mqtt_broker_proc_fixture(request: pytest.FixtureRequest) -> Iterator[Broker]:
        """A broker that runs as long as the tests do; `mqtt_broker` is the same, as new for each test."""
        said = options.of(request.config)
        chosen = merged(said.settings, merged(settings, sections))
        chosen.setdefault("bind", host or said.host or "127.0.0.1")
        wanted_port = said.port if port is None else port
        chosen["port"] = wanted_port + options.worker_number() if wanted_port else 0
        with Broker(chosen, program=executable) as broker:
            yield broker
            # If the last test fails at its end, that is reported once this broker has gone.
            with suppress(BrokerGone, Problem, TimeoutError):
                _last.remember(broker.port, broker.ladder())

    return mqtt_broker_proc_fixture


def mqtt_broker_noproc(
    url: Optional[str] = None,
    host: Optional[str] = None,
    port: Optional[int] = None,
    token: Optional[str] = None,
) -> Callable[..., Any]:
    """A fixture for the whole run: a broker that runs already. It is neither started nor stopped."""

    @pytest.fixture(scope="session")
    def mqtt_broker_noproc_fixture(request: pytest.FixtureRequest) -> Iterator[Broker]:
        """A broker that runs already, where MQTT_URL says."""
        said = options.of(request.config)
        where = url or said.url
        if where is None and (host or port or said.host or said.port):
            where = f"mqtt://{host or said.host or '127.0.0.1'}:{port or said.port or 1883}"
        with Broker.at(where, token=token or said.token) as broker:
            yield broker

    return mqtt_broker_noproc_fixture


def mqtt_broker(process_fixture_name: str = "mqtt_broker_proc") -> Callable[..., Any]:
    """A fixture for each test: the broker of another fixture, as new, on the same port."""

    @pytest.fixture
    def mqtt_broker_fixture(request: pytest.FixtureRequest) -> Broker:
        """An MQTT broker for this test: nothing in it, nobody connected."""
        broker: Broker = request.getfixturevalue(process_fixture_name)
        broker.renew()
        return broker

    return mqtt_broker_fixture


def mqtt_broker_async(broker_fixture_name: str = "mqtt_broker") -> Callable[..., Any]:
    """A fixture for each test: the broker of another fixture, whose calls are awaited."""

    @pytest.fixture
    def mqtt_broker_async_fixture(request: pytest.FixtureRequest) -> Iterator[AsyncBroker]:
        """The broker of this test, with calls that are awaited."""
        from .._async.broker import AsyncBroker

        broker: Broker = request.getfixturevalue(broker_fixture_name)
        awaited = AsyncBroker._of(broker._running)
        yield awaited
        awaited.close()

    return mqtt_broker_async_fixture
