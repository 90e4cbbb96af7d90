"""Small things that tests of pytest-mqtt's users may call."""

from __future__ import annotations

import socket
import time


def delay(seconds: float = 0.075) -> None:
    """Waits for so many seconds. With this broker no test needs it."""
    time.sleep(seconds)


def probe_tcp_connect(host: str, port: int) -> bool:
    """Whether something listens there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, int(port))) == 0
