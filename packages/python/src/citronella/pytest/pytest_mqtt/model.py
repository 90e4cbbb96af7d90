"""What `capmqtt` gives back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Union


@dataclass
class MqttMessage:
    """A message that was captured."""

    topic: str
    payload: Union[str, bytes]
    userdata: Any


@dataclass
class MqttSettings:
    """Where `capmqtt` connects, and as who."""

    host: str
    port: int
    username: str
    password: str
    subscribe_all: bool
