"""Options of the command line and of the ini file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

import pytest

# Name, what it is. `--mqtt-broker-port` on the command line is `mqtt_broker_port` in the ini file.
_ONE: List[Tuple[str, str]] = [
    ("exec", "path of the program `broker`, in the place of the one that came with the package"),
    ("host", "address that brokers listen on [default: 127.0.0.1]; with noproc, where the running broker is"),
    ("port", "port that the broker listens on [default: a free one]; with noproc, that of the running broker"),
    ("url", "the running broker of mqtt_broker_noproc: mqtt://HOST:PORT [default: MQTT_URL of the environment]"),
    ("token", "token of the running broker's control API"),
    ("ladder", "whether the report of a test that fails has the ladder of its brokers: failed or never [default: failed]"),
]
_SET = "a setting of the broker, KEY=VALUE as in session.max_inflight=1; repeatable"


@dataclass
class Options:
    """What was said on the command line, else in the ini file."""

    exec: Optional[str]
    host: Optional[str]
    port: Optional[int]
    url: Optional[str]
    token: Optional[str]
    ladder: bool
    settings: Dict[str, Any]


def add(parser: pytest.Parser) -> None:
    """Makes them known to pytest."""
    group = parser.getgroup("mqtt_broker", "MQTT broker (citronella)")
    for name, what in _ONE:
        group.addoption(f"--mqtt-broker-{name}", dest=f"mqtt_broker_{name}", metavar=name.upper(), help=what)
        parser.addini(f"mqtt_broker_{name}", help=what, default=None)
    group.addoption("--mqtt-broker-set", dest="mqtt_broker_set", action="append", metavar="KEY=VALUE", help=_SET)
    parser.addini("mqtt_broker_set", help=_SET, type="linelist", default=[])


def of(config: pytest.Config) -> Options:
    """The options in force."""

    def said(name: str) -> Optional[str]:
        value = config.getoption(f"mqtt_broker_{name}", None) or config.getini(f"mqtt_broker_{name}")
        return str(value) if value else None

    port = said("port")
    if port is not None and not (port.isdigit() and int(port) < 65536):
        raise pytest.UsageError(f"mqtt_broker_port: a number from 0 to 65535, not {port!r}")
    ladder = said("ladder") or "failed"
    if ladder not in ("failed", "never"):
        raise pytest.UsageError(f"mqtt_broker_ladder: failed or never, not {ladder!r}")
    return Options(
        exec=said("exec"),
        host=said("host"),
        port=None if port is None else int(port),
        url=said("url"),
        token=said("token"),
        ladder=ladder == "failed",
        settings=nested([*config.getini("mqtt_broker_set"), *(config.getoption("mqtt_broker_set", None) or [])]),
    )


def nested(lines: List[str]) -> Dict[str, Any]:
    """`session.max_inflight=1` as settings: `{"session": {"max_inflight": 1}}`."""
    settings: Dict[str, Any] = {}
    for line in lines:
        key, equals, text = line.partition("=")
        if not equals or not key.strip():
            raise pytest.UsageError(f"mqtt_broker_set: KEY=VALUE, as in session.max_inflight=1, not {line!r}")
        *sections, name = key.strip().split(".")
        inner = settings
        for section in sections:
            inner = inner.setdefault(section, {})
        try:
            inner[name] = json.loads(text)
        except ValueError:
            inner[name] = text.strip()
    return settings


def worker_number() -> int:
    """Which worker of pytest-xdist this is, from 0; 0 without xdist."""
    digits = os.environ.get("PYTEST_XDIST_WORKER", "").lstrip("gw")
    return int(digits) if digits.isdigit() else 0
