"""An MQTT broker for tests: it starts in a moment, says what came, waits instead of sleeping, moves the clock, disturbs.

    from citronella import Broker, publish

    with Broker() as broker:
        ...  # the program under test connects to broker.host, broker.port
        broker.expect(publish("sensors/+/temp").qos(1).json(celsius=21))

With pytest, the fixture `mqtt_broker` is such a broker. With asyncio, `AsyncBroker` has the same calls, awaited.
"""

from typing import TYPE_CHECKING, Any

from ._errors import BrokerGone, NotFound, NotMet, Problem, ProgramFailed, ProgramNotFound
from ._find import find_citronella_bin
from ._records import Found, Message, Record
from ._sync.broker import Broker
from .patterns import Is, Pattern, anything, connect, disconnect, event, packet, publish, subscribe, unsubscribe

if TYPE_CHECKING:
    from ._async.broker import AsyncBroker

__all__ = [
    "AsyncBroker",
    "Broker",
    "BrokerGone",
    "Found",
    "Is",
    "Message",
    "NotFound",
    "NotMet",
    "Pattern",
    "Problem",
    "ProgramFailed",
    "ProgramNotFound",
    "Record",
    "anything",
    "connect",
    "disconnect",
    "event",
    "find_citronella_bin",
    "packet",
    "publish",
    "subscribe",
    "unsubscribe",
]


def __getattr__(name: str) -> Any:
    # asyncio takes its time to be imported: only who uses it waits for that.
    if name == "AsyncBroker":
        from ._async.broker import AsyncBroker

        return AsyncBroker
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
