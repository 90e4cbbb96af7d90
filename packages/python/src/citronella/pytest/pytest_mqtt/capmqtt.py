"""`capmqtt`: captures every message of a broker, with paho-mqtt, and publishes."""

from __future__ import annotations

import importlib
import itertools
import threading
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..._errors import BrokerGone, Problem
from ..._sync.broker import Broker
from .model import MqttMessage

_PATIENCE_SECS = 5.0


class MqttClientAdapter:
    """A client of paho-mqtt, subscribed to everything. It is connected once this is made, and reads once it is started."""

    def __init__(
        self,
        on_message_callback: Optional[Callable[[Any, Any, Any], None]] = None,
        host: str = "localhost",
        port: int = 1883,
        username: str = "guest",
        password: str = "guest",
        subscribe_all: bool = True,
    ) -> None:
        try:
            paho: Any = importlib.import_module("paho.mqtt.client")
        except ImportError:
            raise ImportError("capmqtt needs paho-mqtt: pip install 'citronella[pytest-mqtt]'") from None
        self.host, self.port = host, int(port)
        self.username, self.password, self.subscribe_all = username, password, subscribe_all
        is_new = hasattr(paho, "CallbackAPIVersion")
        self.client: Any = paho.Client(paho.CallbackAPIVersion.VERSION2) if is_new else paho.Client()
        self._answered: Dict[int, threading.Event] = {}
        self._filters = (f"capmqtt/barrier/{n}" for n in itertools.count())
        self.client.on_message = on_message_callback or (lambda _client, _data, _message: None)
        self.client.on_subscribe = self.client.on_unsubscribe = lambda _client, _data, mid, *_: self._answer(mid)
        self.client.username_pw_set(username, password)
        self.client.connect(host=host, port=int(port))
        self._everything = self._mid(self.client.subscribe("#")) if subscribe_all else None

    def _mid(self, asked: Tuple[Any, ...]) -> int:
        mid = int(asked[1] or -1)
        self._answered.setdefault(mid, threading.Event())
        return mid

    def _answer(self, mid: int) -> None:
        self._answered.setdefault(mid, threading.Event()).set()

    def start(self) -> None:
        """Begins to read. Once this returns, everything is captured."""
        self.client.loop_start()
        if self._everything is not None:
            self._await(self._everything)

    def _await(self, mid: int) -> None:
        self._answered[mid].wait(_PATIENCE_SECS)
        self._answered.pop(mid, None)

    def catch_up(self) -> None:
        """Waits until all has been read that the broker has sent so far: its answer to one more packet comes behind that."""
        if threading.current_thread() is getattr(self.client, "_thread", None):
            return
        _, mid = asked = self.client.unsubscribe(next(self._filters))
        # Without a connection there is none, and nothing to catch up with.
        if mid is not None:
            self._await(self._mid(asked))

    def publish(self, topic: str, payload: Any = None, **kwargs: Any) -> Any:
        """Publishes, waits until that is done, and gives paho's `MQTTMessageInfo` back."""
        info = self.client.publish(topic, payload, **kwargs)
        info.wait_for_publish()
        return info

    def stop(self) -> None:
        """Disconnects."""
        self.client.disconnect()
        self.client.loop_stop()

    def join(self, timeout: Optional[float] = None) -> None:
        """Nothing is left to wait for once it is stopped."""


class MqttCaptureFixture:
    """What was published since the test began, by whichever client."""

    def __init__(
        self,
        decode_utf8: Optional[bool],
        host: str = "localhost",
        port: int = 1883,
        username: str = "guest",
        password: str = "guest",
        subscribe_all: bool = True,
        broker: Optional[Broker] = None,
    ) -> None:
        self.broker = broker
        self._buffer: List[MqttMessage] = []
        self._decode_utf8 = bool(decode_utf8)
        self.mqtt_client = MqttClientAdapter(self.on_message, host, port, username, password, subscribe_all)
        self.mqtt_client.start()

    def on_message(self, client: Any, userdata: Any, message: Any) -> None:
        """Captures a message."""
        payload = message.payload.decode("utf-8") if self._decode_utf8 else message.payload
        self._buffer.append(MqttMessage(topic=message.topic, payload=payload, userdata=userdata))

    def finalize(self) -> None:
        """Ends it."""
        self.mqtt_client.stop()
        self._buffer = []

    @property
    def messages(self) -> List[MqttMessage]:
        """All messages that the broker has got by now; nothing that is still on its way is left out."""
        if self.broker is not None:
            # A client that never is quiet, or a broker that is away: what is here counts.
            with suppress(BrokerGone, Problem):
                self.broker.settle(within=_PATIENCE_SECS)
        self.mqtt_client.catch_up()
        return self._buffer

    @property
    def records(self) -> List[Tuple[str, Any, Any]]:
        """The same as tuples of topic, payload and userdata."""
        return [(message.topic, message.payload, message.userdata) for message in self.messages]

    def publish(self, topic: str, payload: Any = None, **kwargs: Any) -> Any:
        """Publishes, and captures what comes of it."""
        info = self.mqtt_client.publish(topic, payload, **kwargs)
        self.mqtt_client.catch_up()
        return info
