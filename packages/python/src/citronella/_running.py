"""A broker that runs: what `Broker` and `AsyncBroker` know of it without asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, Optional
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ._program import Program
from ._records import Record

MQTT_PORT = 1883


@dataclass
class Running:
    """A broker that runs."""

    api: str
    info: Record
    token: Optional[str] = field(default=None, repr=False)
    given_url: Optional[str] = None
    """Where a broker is that was there before: as seen from here, which may be another address than the broker's own."""
    id: Optional[str] = None
    """Which one it is of its program; without, it was there before."""
    settings: Dict[str, Any] = field(default_factory=dict)
    program_path: Optional[str] = None
    """Another program than the usual one."""
    program: Optional[Program] = None
    ca_file: Optional[str] = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return self._seen_from_here(str(self.info.url))

    def listener_url(self, way: str) -> Optional[str]:
        """Where clients find it on this way: `tls`, `ws`, `wss`."""
        for listener in self.info.listeners:
            if way in listener.urls:
                return self._seen_from_here(str(listener.urls[way]))
        return None

    def _seen_from_here(self, url: str) -> str:
        if self.given_url is None:
            return url
        given, parts = _parts(self.given_url), urlsplit(url)
        port = parts.port
        # Another port may stand for the main one, as a container has it. What stands for the others is not known.
        if given.scheme != "http" and port == urlsplit(str(self.info.url)).port:
            port = given.port or MQTT_PORT
        return urlunsplit(parts._replace(netloc=f"{_host(given)}:{port}"))


def _parts(url: str) -> SplitResult:
    return urlsplit(url if "://" in url else f"mqtt://{url}")


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host


def api_of(url: str) -> str:
    """The control API of a broker, of which this is the URL: `mqtt://HOST:PORT`, `http://HOST:PORT`, `HOST:PORT`."""
    parts = _parts(url)
    if parts.scheme not in ("mqtt", "tcp", "http") or not parts.hostname:
        raise ValueError(f"{url!r} is no URL of a broker: mqtt://HOST:PORT, or http://HOST:PORT of its control API")
    return f"http://{_host(parts)}:{parts.port or MQTT_PORT}/api/v1"


def merged(settings: Optional[Mapping[str, Any]], sections: Mapping[str, Any]) -> Dict[str, Any]:
    """Settings as one object. A section that is given by name goes before."""
    together: Dict[str, Any] = dict(settings or {})
    for name, value in sections.items():
        before = together.get(name)
        together[name] = {**before, **value} if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    # The control API on a port of its own: it answers while the broker is away, too.
    together["http"] = {"listen": True, **together.get("http", {})}
    return together
