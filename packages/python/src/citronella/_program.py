"""The program: one for all brokers of a process."""

from __future__ import annotations

import atexit
import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, Dict, List, Optional

from ._errors import ProgramFailed, ended_with
from ._find import checked, find_citronella_bin

START_SECS = 30.0
_MAX_BROKERS = 10_000


class _Silent(Exception):
    """It said nothing in time."""


class Program:
    """A running program `broker`, started by this process or by another one."""

    def __init__(self, api: str, process: Optional[subprocess.Popen[bytes]] = None, log: Optional[IO[bytes]] = None) -> None:
        self.api = api
        """Its control API."""
        self._process = process
        self._log = log
        self._owner = os.getpid()

    @classmethod
    def start(cls, path: str) -> Program:
        """Starts it, and returns once it listens."""
        # Its settings are ours alone: no file of the directory, no variable of the environment.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CITRONELLA_")}
        command: List[str] = [path, "-p", "0", "--bind", "127.0.0.1", "--json", "--quiet", "--no-config"]
        command += ["--set", f"http.max_brokers={_MAX_BROKERS}"]
        if sys.platform != "win32":
            command += ["--parent-pid", str(os.getpid())]
        log = tempfile.TemporaryFile()  # noqa: SIM115
        # A session of its own: Ctrl-C is for the tests, which then end the brokers in order.
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            log.close()
            raise ProgramFailed(command, None, "", f"the system cannot run it ({error.strerror})") from None
        try:
            line = _first_line(process)
            api = f"http://{json.loads(line)['addresses'][0]}/api/v1"
        except BaseException as error:
            code = _code_of(process) if isinstance(error, ValueError) else None
            process.kill()
            process.wait()
            stderr = _all_of(log)
            log.close()
            if isinstance(error, _Silent):
                raise ProgramFailed(command, None, stderr, f"it did not say within {START_SECS:g} s that it listens") from None
            if isinstance(error, (ValueError, KeyError, IndexError, TypeError)):
                raise ProgramFailed(command, code, stderr) from None
            raise
        finally:
            # The program goes on in silence once nobody reads.
            if process.stdout:
                process.stdout.close()
        return cls(api, process, log)

    @property
    def is_running(self) -> bool:
        """Whether it still runs, as far as this process can know. After a fork the program is the parent's."""
        return self._process is None or (self._owner == os.getpid() and self._process.poll() is None)

    def stderr(self) -> str:
        """What it has written to stderr."""
        return _all_of(self._log) if self._log and self._owner == os.getpid() else ""

    def obituary(self) -> str:
        """What is known of its end, for an error; empty while it runs."""
        if self._process is None or self._owner != os.getpid():
            return ""
        try:
            # A connection that breaks may be the first sign of an end that is only just happening.
            code = self._process.wait(0.2)
        except subprocess.TimeoutExpired:
            return ""
        return f"\nthe program {ended_with(code)}; it wrote:\n{self.stderr().strip() or '(nothing)'}"

    def end(self) -> None:
        """Ends it. What it wrote to stderr comes out at last."""
        if self._process is None or self._owner != os.getpid():
            return
        process, self._process = self._process, None
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if self._log:
            written = _all_of(self._log).strip()
            self._log.close()
            if written and sys.stderr and not sys.stderr.closed:
                print(written, file=sys.stderr)


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    if sys.platform == "win32":
        return process.stdout.readline()
    poll = select.poll()
    poll.register(process.stdout, select.POLLIN | select.POLLHUP)
    if not poll.poll(START_SECS * 1000):
        raise _Silent
    return process.stdout.readline()


def _code_of(process: subprocess.Popen[bytes]) -> Optional[int]:
    """How it ended, if it has: what it printed ends a moment before it does."""
    try:
        return process.wait(1)
    except subprocess.TimeoutExpired:
        return None


def _all_of(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read().decode(errors="replace")


@dataclass(frozen=True)
class Usual:
    """The program where no other is asked for."""

    path: Optional[str] = None
    """Where it is, if not in the usual places."""
    said_by: str = ""
    running: Optional[Program] = None
    """One that another process has started, and ends."""


_lock = threading.Lock()
_programs: Dict[str, Program] = {}
_usual = Usual()


def program(path: Optional[str] = None) -> Program:
    """The program of this process, started if need be. `path` is another one than the usual."""
    with _lock:
        if path:
            path = checked(path, "program=")
        elif _usual.running:
            return _usual.running
        elif _usual.path:
            path = checked(_usual.path, _usual.said_by)
        else:
            path = find_citronella_bin()
        running = _programs.get(path)
        if running is None or not running.is_running:
            running = _programs[path] = Program.start(path)
        return running


def use(usual: Usual) -> Usual:
    """Changes what the usual program is. Returns what it was."""
    global _usual
    with _lock:
        before, _usual = _usual, usual
    return before


@atexit.register
def end_all() -> None:
    """Ends the programs that this process started."""
    with _lock:
        for running in list(_programs.values()):
            running.end()
        _programs.clear()


if hasattr(os, "register_at_fork"):

    def _after_fork() -> None:
        # Another thread may have held it.
        global _lock
        _lock = threading.Lock()

    os.register_at_fork(after_in_child=_after_fork)
