"""The report of a test that failed has the ladder of each broker that it used."""

from __future__ import annotations

from typing import Any, Dict, List, Tuple

import pytest

from .. import _last
from .._errors import BrokerGone, Problem
from .._sync.broker import Broker


def add_ladders(item: pytest.Item, report: pytest.TestReport, said: str) -> None:
    """Adds a section for each broker, unless all of it has been said."""
    for port, ladder in [*_ladders_of(item), *_last.take()]:
        if ladder.count("\n") > 1 and all(line.strip() in said for line in ladder.splitlines()):
            continue
        # The first line is the heading. The fixture resets the broker before each test.
        rows = [row for row in ladder.strip().splitlines()[1:] if "· the broker was reset:" not in row]
        drawn = ladder.rstrip() if rows else "(no packet came)"
        report.sections.append((f"MQTT broker on port {port}", drawn))


def _ladders_of(item: pytest.Item) -> List[Tuple[int, str]]:
    brokers: Dict[str, Any] = {}
    for value in getattr(item, "funcargs", {}).values():
        running = getattr(value, "_known", None) or getattr(getattr(value, "broker", None), "_known", None)
        if running is not None:
            brokers[running.api] = running
    found = []
    for running in brokers.values():
        broker = Broker._of(running)
        try:
            found.append((broker.port, broker.ladder()))
        except (BrokerGone, Problem, TimeoutError) as error:
            found.append((broker.port, f"\n(it cannot be asked: {error})"))
        finally:
            broker.close()
    return found
