"""The same calls for asyncio: `from citronella.aio import Broker`, and each call is awaited."""

from ._async.broker import AsyncBroker as Broker

__all__ = ["Broker"]
