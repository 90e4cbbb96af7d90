"""What can go wrong, in words of the broker."""

from __future__ import annotations

import signal
from typing import Any, List, Mapping, Optional

from ._records import Record


class Problem(Exception):
    """The broker refused a request. The message says what was wrong, where, and what would be right."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self.body = Record(body)
        self.status: int = body.get("status", 0)
        self.type: str = body.get("type", "")
        self.title: str = body.get("title", "")
        self.detail: str = body.get("detail", self.title)
        self.path: Optional[str] = body.get("path")
        super().__init__(self.detail)

    def __reduce__(self) -> Any:
        # Errors travel between processes, as with pytest-xdist and multiprocessing.
        return (type(self), (dict(self.body),))


class NotFound(Problem, LookupError):
    """There is nothing of this name. The message has the nearest names."""


class NotMet(Problem, AssertionError):
    """What was expected or waited for did not come. The message is the report; `failure` has the same as data."""

    @property
    def failure(self) -> Record:
        """How often it came, what came closest and how that differs: `failure.nearest[0].entry`."""
        return Record(self.body.get("failure") or {})


class BrokerGone(ConnectionError):
    """The broker does not answer: it has ended, hangs, or was never there."""


class ProgramNotFound(FileNotFoundError):
    """The program `broker` is nowhere to be found. The message has every place that was looked at."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class ProgramFailed(RuntimeError):
    """The program does not start. The message has what it wrote to stderr."""

    def __init__(self, command: List[str], code: Optional[int], stderr: str, why: str = "") -> None:
        self.command = command
        self.code = code
        self.stderr = stderr
        self.why = why or (f"it {ended_with(code)}" if code is not None else "it did not say that it listens")
        said = stderr.strip() or "(it wrote nothing to stderr)"
        super().__init__(f"the broker does not start: {self.why}: {' '.join(command)}\n{said}")

    def __reduce__(self) -> Any:
        return (type(self), (self.command, self.code, self.stderr, self.why))


def ended_with(code: int) -> str:
    """How a program ended: the code below 0 is a signal."""
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def problem(body: Mapping[str, Any]) -> Problem:
    """The error that a problem of the API is here."""
    status = body.get("status")
    if status == 417:
        return NotMet(body)
    if status == 404:
        return NotFound(body)
    return Problem(body)
