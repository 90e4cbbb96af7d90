"""The calls of pytest-mqtt, for those who come from there: the fixtures `mosquitto` and `capmqtt`, with this broker.

Where pytest-mqtt itself is not installed, this package goes by its name, too: `from pytest_mqtt.model import MqttMessage`.
"""

from importlib.metadata import PackageNotFoundError, version

from .model import MqttMessage

__all__ = ["MqttMessage"]

try:
    __version__ = version("citronella")
except PackageNotFoundError:
    __version__ = "unknown"
