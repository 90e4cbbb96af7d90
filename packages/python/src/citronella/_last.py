"""Ladders of brokers that stopped in the middle of an error, for a report of it."""

from __future__ import annotations

from collections import deque
from typing import Deque, List, Tuple

# The last few: only those of the test that fails are of use.
_ladders: Deque[Tuple[int, str]] = deque(maxlen=4)


def remember(port: int, ladder: str) -> None:
    """Keeps the ladder of a broker that stops now."""
    _ladders.append((port, ladder))


def take() -> List[Tuple[int, str]]:
    """All of them, each with the port of its broker; they are kept no longer."""
    taken = list(_ladders)
    _ladders.clear()
    return taken
