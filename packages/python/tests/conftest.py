from __future__ import annotations

import queue
import socket
import struct
from typing import Any, Iterator, List

import pytest

pytest_plugins = ["pytester"]


class Lamp:
    """A client of MQTT 3.1.1 on a bare socket: each packet is written and read by hand."""

    def __init__(self, broker: Any, client_id: str = "lamp", keep_alive: int = 0) -> None:
        self.socket = socket.create_connection((broker.host, broker.port), timeout=20)
        self.send(0x10, b"\0\x04MQTT\x04\x02" + struct.pack(">H", keep_alive) + text(client_id))
        assert self.packet() == (0x20, b"\0\0")

    def send(self, kind: int, body: bytes) -> None:
        assert len(body) < 128
        self.socket.sendall(bytes([kind, len(body)]) + body)

    def packet(self) -> Any:
        head = self.bytes(2)
        return head and (head[0], self.bytes(head[1]))

    def bytes(self, count: int) -> Any:
        read = b""
        while len(read) < count:
            try:
                more = self.socket.recv(count - len(read))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            read += more
        return read

    def publish(self, topic: str, payload: str, qos: int = 0) -> None:
        self.send(0x30 | qos << 1, text(topic) + (b"\0\x01" if qos else b"") + payload.encode())
        if qos:
            assert self.packet() == (0x40, b"\0\x01")

    def subscribe(self, topic_filter: str) -> None:
        self.send(0x82, b"\0\x01" + text(topic_filter) + b"\0")
        assert self.packet() == (0x90, b"\0\x01\0")

    def message(self) -> Any:
        _, body = self.packet()
        end = 2 + struct.unpack(">H", body[:2])[0]
        return body[2:end].decode(), body[end:].decode()

    def close(self) -> None:
        self.socket.close()


def text(words: str) -> bytes:
    return struct.pack(">H", len(words.encode())) + words.encode()


@pytest.fixture
def lamp(mqtt_broker: Any) -> Iterator[Any]:
    """Connects clients to the broker of this test; they are gone at its end."""
    lamps: List[Lamp] = []

    def connect(client_id: str = "lamp", broker: Any = None, **how: Any) -> Lamp:
        lamps.append(Lamp(broker or mqtt_broker, client_id, **how))
        return lamps[-1]

    yield connect
    for one in lamps:
        one.close()


@pytest.fixture
def inbox() -> queue.Queue[Any]:
    return queue.Queue()
