"""Small histories and sources for the tests of the cache."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

HOUR = 3_600_000
DAY = 24 * HOUR
START = 1_704_067_200_000
"""2024-01-01T00:00Z, a Monday."""


def at(hours: float) -> pd.Timestamp:
    """The moment this many hours after the start."""
    return pd.Timestamp(START + int(hours * HOUR), unit="ms", tz="UTC")


def hourly(first: int, last: int, *, without: set[int] | None = None, shift: float = 0.0) -> Bars:
    """Hourly bars [first, last) counted from the start; every value tells its place."""
    places = np.array([k for k in range(first, last) if k not in (without or set())], dtype=np.int64)
    base = (places % 1000).astype(np.float64) + 100.0 + shift
    return Bars(
        timeframe=Timeframe("1h"),
        time=START + places * HOUR,
        open=base,
        high=base + 2.0,
        low=base - 2.0,
        close=base + 1.0,
        volume=(places % 100).astype(np.float64),
    )


class Recorder:
    """A source of hourly bars that notes what it is asked."""

    def __init__(self, bars: Bars) -> None:
        self.held = bars
        self.asked: list[tuple[float, float]] = []

    def instruments(self) -> list[Instrument]:
        return [Instrument(symbol="BTCUSDT")]

    def bars(
        self, instrument: Instrument, timeframe: Timeframe, start: pd.Timestamp, end: pd.Timestamp
    ) -> pd.DataFrame:
        if instrument.symbol != "BTCUSDT":
            raise DataError("no such pair", code="TW-D001")
        first, last = (int(moment.value // 1_000_000) for moment in (start.as_unit("ns"), end.as_unit("ns")))
        self.asked.append(((first - START) / HOUR, (last - START) / HOUR))
        return self.held.between(first, last).to_frame()
