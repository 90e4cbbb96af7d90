# Made from _async/broker.py by tools/write_sync.py: change it there.
"""A broker, from its start to its end."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from types import TracebackType
from typing import Any, Mapping, Optional, Type
from urllib.parse import urlsplit

from .. import _last
from .._errors import BrokerGone, Problem
from .._program import program
from .._records import Record
from .._running import Running, api_of, merged
from .api import Api, path_of
from .clock import Clock
from .looking import Looking
from .parts import (
    Clients,
    Devices,
    Faults,
    Recordings,
    Retained,
    Scenarios,
    Sessions,
    Stubs,
    Users,
)
from .steering import Steering

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class Broker(Looking, Steering):
    """A broker of one's own, on a free port of this machine, with nothing in common with others.

    `with Broker() as broker:` starts and stops it; `start` and `stop` do the same. Settings are those of a
    settings file, as a dictionary or section by section: `Broker(session={"max_inflight": 1})`. docs/CONFIG.md has
    every key; rules, stubs and devices may be among them (`fault=[…]`).
    """

    def __init__(
        self, settings: Optional[Mapping[str, Any]] = None, /, *, program: Optional[str] = None, **sections: Any
    ) -> None:
        self._settings = merged(settings, sections)
        self._program_path = program
        self._known: Optional[Running] = None

    @classmethod
    def at(cls, url: Optional[str] = None, *, token: Optional[str] = None) -> Broker:
        """A broker that runs already: `mqtt://HOST:PORT`, else what `MQTT_URL` says. Nothing is started, and nothing stopped.

        `token` is that of `http.token_file`, if the broker has one; else the first line of the file that `CITRONELLA_TOKEN_FILE`
        names. `CITRONELLA_URL` may say where the control API is, as for a command behind `broker --`.
        """
        api = os.environ.get("CITRONELLA_URL") if url is None else url
        url = url or os.environ.get("MQTT_URL")
        if not url:
            raise ValueError("which broker? Say Broker.at('mqtt://HOST:PORT'), or set MQTT_URL")
        token_file = os.environ.get("CITRONELLA_TOKEN_FILE")
        if token is None and token_file:
            with open(token_file, encoding="utf-8") as file:
                token = file.readline().strip()
        broker = cls()
        broker._found = Running(api_of(api or url), Record(), token, url)
        return broker

    _found: Optional[Running] = None

    # From its start to its end.

    def start(self) -> Broker:
        """Starts it. Clients can connect once this returns."""
        if self._known is not None:
            return self
        if self._found is not None:
            api = Api(self._found.api, self._found.token)
            try:
                self._found.info = api.call("GET", "info")
            except BrokerGone as error:
                raise BrokerGone(f"{error}\nOnly a broker of Citronella can be asked: another one has no control API") from None
            self._use(self._found, api)
            return self
        running = Running("", Record(), settings=self._settings, program_path=self._program_path)
        self._begin(running, self._settings)
        return self

    def _begin(self, running: Running, settings: Mapping[str, Any]) -> None:
        """Has the program begin a broker."""
        running.program = program(running.program_path)
        parent = Api(running.program.api, program=running.program)
        try:
            child = parent.call("POST", "brokers", settings)
        finally:
            parent.close()
        if child.get("api") is None:
            raise ValueError("with http.enabled = false nobody can ask this broker anything: leave the setting out")
        running.api, running.info, running.id = child.api, child, child.id
        self._use(running)

    def _use(self, running: Running, api: Optional[Api] = None) -> None:
        self._known = running
        self._kept_api = api or Api(running.api, running.token, running.program)

    @classmethod
    def _of(cls, running: Running) -> Broker:
        """The same broker, for calls of the other kind."""
        broker = cls()
        broker._use(running)
        return broker

    def stop(self) -> None:
        """Ends it: its clients are told so, and its port is free again. One that ran before is left alone."""
        running, self._known = self._known, None
        if running is None:
            return
        self._kept_api.close()
        self._end(running)

    def close(self) -> None:
        """Closes the connections to its control API; they are opened again as needed. The broker goes on."""
        if self._known is not None:
            self._kept_api.close()

    def _end(self, running: Running) -> None:
        if running.ca_file:
            os.unlink(running.ca_file)
            running.ca_file = None
        if running.id is None or running.program is None:
            return
        parent = Api(running.program.api, program=running.program)
        # It may have ended before, or all of them.
        with suppress(BrokerGone, Problem):
            parent.call("DELETE", path_of("brokers", running.id))
        parent.close()

    def renew(self) -> None:
        """Makes the broker as new, on the same port: what `reset` does, also where its program was killed meanwhile."""
        running = self._running
        try:
            self.reset()
            return
        except BrokerGone:
            if running.id is None:
                raise
        port = self.port
        self._end(running)
        self._kept_api.close()
        try:
            self._begin(running, merged(running.settings, {"port": port}))
        except Problem as error:
            raise BrokerGone(
                f"a broker was to begin anew on port {port}, which another program may have taken: {error}"
            ) from None

    def __enter__(self) -> Broker:
        return self.start()

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        if isinstance(error, Exception):
            # By the time of a report it will be gone.
            with suppress(BrokerGone, Problem):
                _last.remember(self.port, self.ladder())
        self.stop()

    # Where it is.

    @property
    def _running(self) -> Running:
        if self._known is None:
            raise RuntimeError("this broker does not run: start it, as in `with Broker() as broker:`")
        return self._known

    @property
    def _api(self) -> Api:  # type: ignore[override]
        assert self._running
        return self._kept_api

    @property
    def url(self) -> str:
        """Where clients connect: `mqtt://127.0.0.1:40001`."""
        return self._running.url

    @property
    def host(self) -> str:
        """The address of it."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The port of it."""
        return urlsplit(self.url).port or 0

    @property
    def tls_url(self) -> Optional[str]:
        """Where clients connect over TLS; the main port takes that, too."""
        return self._running.listener_url("tls")

    @property
    def ws_url(self) -> Optional[str]:
        """Where clients connect over WebSocket."""
        return self._running.listener_url("ws")

    @property
    def wss_url(self) -> Optional[str]:
        """Where clients connect over WebSocket and TLS."""
        return self._running.listener_url("wss")

    @property
    def api(self) -> str:
        """Its control API, for other programs: `http://127.0.0.1:40002/api/v1`."""
        return self._running.api

    @property
    def info(self) -> Record:
        """Which broker this is: version, engine, seed, listeners."""
        return self._running.info

    def ca(self) -> str:
        """The certificate of the CA that vouches for the broker, in PEM."""
        pem: str = self._api.call("GET", "certificates/ca")
        return pem

    def ca_file(self) -> str:
        """The same as a file, which is there until the broker stops."""
        if self._running.ca_file is None:
            pem = self.ca()
            handle, path = tempfile.mkstemp(prefix="citronella-ca-", suffix=".pem")
            with os.fdopen(handle, "w") as file:
                file.write(pem)
            self._running.ca_file = path
        return self._running.ca_file

    # What it has.

    @property
    def clock(self) -> Clock:
        """The clock that it goes by."""
        return Clock(self._api)

    @property
    def clients(self) -> Clients:
        """Its clients."""
        return Clients(self._api)

    @property
    def sessions(self) -> Sessions:
        """Its sessions."""
        return Sessions(self._api)

    @property
    def retained(self) -> Retained:
        """Its retained messages."""
        return Retained(self._api)

    @property
    def faults(self) -> Faults:
        """Rules that disturb."""
        return Faults(self._api)

    @property
    def stubs(self) -> Stubs:
        """Stubs that answer."""
        return Stubs(self._api)

    @property
    def devices(self) -> Devices:
        """Devices that it plays."""
        return Devices(self._api)

    @property
    def scenarios(self) -> Scenarios:
        """Scenarios of rules and stubs."""
        return Scenarios(self._api)

    @property
    def users(self) -> Users:
        """Who may come in, and do what."""
        return Users(self._api)

    @property
    def recordings(self) -> Recordings:
        """Recordings of what clients did."""
        return Recordings(self._api)

    def __repr__(self) -> str:
        where = self._known.url if self._known else "does not run"
        return f"<{type(self).__name__} {where}>"
