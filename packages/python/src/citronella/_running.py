"""A broker that runs: what `Broker` and `AsyncBroker` know of it without asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional
from urllib.parse import urlsplit

from ._program import Program
from ._records import Record

MQTT_PORT = 1883


@dataclass
class Running:
    """A broker that runs."""

    api: str
    info: Record
    token: Optional[str] = None
    id: Optional[str] = None
    """Which one it is of its program; without, it was there before."""
    settings: Dict[str, Any] = field(default_factory=dict)
    program_path: Optional[str] = None
    """Another program than the usual one."""
    program: Optional[Program] = None
    ca_file: Optional[str] = None
    touched: bool = False
    """Whether something was changed that a reset leaves as it is."""

    def listener_url(self, way: str) -> Optional[str]:
        """Where clients find it on this way: `tls`, `ws`, `wss`."""
        for listener in self.info.listeners:
            if way in listener.urls:
                return str(listener.urls[way])
        return None


def api_of(url: str) -> str:
    """The control API of a broker, of which this is the URL: `mqtt://HOST:PORT`, `http://HOST:PORT`, `HOST:PORT`."""
    parts = urlsplit(url if "://" in url else f"mqtt://{url}")
    if parts.scheme not in ("mqtt", "tcp", "http") or not parts.hostname:
        raise ValueError(f"{url!r} is no URL of a broker: mqtt://HOST:PORT, or http://HOST:PORT of its control API")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"http://{host}:{parts.port or MQTT_PORT}/api/v1"


def merged(settings: Optional[Mapping[str, Any]], sections: Mapping[str, Any]) -> Dict[str, Any]:
    """Settings as one object. A section that is given by name goes before."""
    together: Dict[str, Any] = dict(settings or {})
    for name, value in sections.items():
        before = together.get(name)
        together[name] = {**before, **value} if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    # The control API on a port of its own: it answers while the broker is away, too.
    together["http"] = {"listen": True, **together.get("http", {})}
    return together
