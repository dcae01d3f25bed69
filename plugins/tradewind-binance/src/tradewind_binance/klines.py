"""Klines as bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from tradewind.api import ClosedBar, Timeframe

FIELDS: Final = ("open", "high", "low", "close", "volume")
INTERVALS: Final = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w")
"""The venue's bar lengths ("Kline/Candlestick chart intervals") that lie on our grid and are of one length."""


def frame_of(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """
    Return rows of `GET /api/v3/klines` as a frame indexed by open time (UTC).

    Raises:
        ValueError: A row is not what it must be.
    """
    values = np.array([[float(cell) for cell in row[1:6]] for row in rows], dtype=np.float64).reshape(-1, 5)
    times = np.array([int(row[0]) for row in rows], dtype="datetime64[ms]")
    index = pd.DatetimeIndex(times, name="open_time").tz_localize("UTC")
    return pd.DataFrame(values, columns=list(FIELDS), index=index)


def kline_of_row(row: Sequence[Any]) -> ClosedBar:
    """Return one row of `GET /api/v3/klines`."""
    return ClosedBar.of(int(row[0]), row[1:6])


def kline_of_push(k: dict[str, Any]) -> ClosedBar:
    """Return the `k` of a kline event ("Kline/Candlestick Streams")."""
    return ClosedBar.of(int(k["t"]), (k[letter] for letter in "ohlcv"))


def interval_of(timeframe: Timeframe) -> str:
    """
    Return the venue's name of a bar length.

    Raises:
        KeyError: The venue has none.
    """
    name = timeframe.name
    if name not in INTERVALS:
        raise KeyError(name)
    return name
