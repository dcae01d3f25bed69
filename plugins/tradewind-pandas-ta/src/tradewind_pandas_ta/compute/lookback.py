"""How many rows TA-Lib's functions leave empty."""

from __future__ import annotations

from functools import cache
from typing import Any

from talib import abstract


@cache
def lookback(function: str) -> int:
    """Return the leading rows without a value of a TA-Lib function under its default settings."""
    made: Any = abstract
    return int(made.Function(function).lookback)
