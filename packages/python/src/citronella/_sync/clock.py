# Made from _async/clock.py by tools/write_sync.py: change it there.
"""The clock of the broker."""

from __future__ import annotations

from datetime import timedelta
from typing import Dict, Optional, Union

from .api import Api

# A failure is shown where a test has called, and not in here.
__tracebackhide__ = True


class Clock:
    """The clock that the broker goes by: keep alive, expiry, will delays, the times of rules. Clients have their own."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def now(self) -> float:
        """What time it is, in seconds since the start of the broker."""
        return float((self._api.call("GET", "clock")).now_secs)

    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return bool((self._api.call("GET", "clock")).frozen)

    def freeze(self) -> None:
        """Stops the time."""
        self._api.call("POST", "clock/freeze")

    def resume(self) -> None:
        """Lets the time go on from where it stands."""
        self._api.call("POST", "clock/resume")

    def advance(
        self,
        by: Union[float, timedelta] = 0,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
        within: Optional[float] = None,
    ) -> float:
        """Moves the time forward, frozen or not: `advance(90)`, `advance(hours=1, minutes=30)`. The new time is returned.

        All that is due on the way happens, each at its own instant, before this returns.
        """
        if not isinstance(by, (int, float, timedelta)):
            raise TypeError(f"advance takes seconds, a timedelta, or hours=1, minutes=30, not {by!r}")
        first = by if isinstance(by, timedelta) else timedelta(seconds=by)
        total = first + timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return self._move({"secs": total.total_seconds()}, within)

    def fast_forward(self, by: Union[float, timedelta] = 0, **parts: float) -> float:
        """Another name for `advance`."""
        return self.advance(by, **parts)

    def advance_to(self, seconds: float, *, within: Optional[float] = None) -> float:
        """Moves the time forward until it is so many seconds after the start of the broker."""
        return self._move({"until_secs": seconds}, within)

    def _move(self, how: Dict[str, float], within: Optional[float]) -> float:
        body = dict(how) if within is None else {**how, "timeout_secs": within}
        return float((self._api.call("POST", "clock/advance", body, wait_secs=within)).now_secs)
