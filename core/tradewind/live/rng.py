"""
Randomness of the live engine: the only module that draws it.

No decision and no id of an order depends on chance. What does: the name of a process in the lease,
and how long a reconnection waits, so that many clients do not come back at one moment.
"""

from __future__ import annotations

import random
import uuid
from typing import Protocol


class Chance(Protocol):
    """Where randomness comes from."""

    def name(self) -> str:
        """Return a name that no other process has."""
        ...

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        ...


class SystemChance:
    """Randomness of this machine."""

    def name(self) -> str:
        """Return a name that no other process has."""
        return uuid.uuid4().hex

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return random.uniform(low, high)  # noqa: S311 - it spreads reconnections, it guards nothing


class SeededChance:
    """The same numbers for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable on purpose

    def name(self) -> str:
        """Return a name that no other draw of this seed has."""
        return f"{self._random.getrandbits(128):032x}"

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return self._random.uniform(low, high)
