"""A source made of tables, for markets that a test knows to the last digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from pandas import DataFrame, DatetimeIndex, Timestamp

from tradewind.api import Bars, Instrument, Timeframe, resample

DAY = 86_400_000
START = 1_717_200_000_000  # 2024-06-01


@attrs.define
class TableSource:
    """Bars of one length by symbol; longer ones are built from them."""

    tables: Mapping[str, Bars]
    tick: Decimal = Decimal("0.01")
    lot: Decimal = Decimal("0.00001")

    def instruments(self) -> Sequence[Instrument]:
        return [Instrument(symbol=symbol, tick_size=self.tick, lot_step=self.lot) for symbol in self.tables]

    def available(self, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
        bars = self.tables[symbol]
        return {bars.timeframe: (int(bars.time[0]), int(bars.time[-1]) + bars.timeframe.ms)}

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        bars = resample(self.tables[instrument.symbol], Timeframe(str(timeframe)))
        return bars.between(start.value // 10**6, end.value // 10**6).to_frame()


def made(rows: Sequence[Sequence[float]], timeframe: str = "1m", start: int = START) -> Bars:
    """Return bars from rows of open, high, low, close, volume."""
    table = np.array(rows, dtype=np.float64)
    index = DatetimeIndex((start + np.arange(len(rows)) * Timeframe(timeframe).ms).astype("datetime64[ms]"), tz="UTC")
    return Bars.from_frame(DataFrame(table, index=index, columns=["open", "high", "low", "close", "volume"]), timeframe)


def wandering(count: int, timeframe: str = "1m", seed: int = 3) -> Bars:
    """Return bars of a random walk with two decimals, volumes with five, and a silent bar now and then."""
    draws = np.random.default_rng(seed)
    close = np.round(20_000 * np.exp(np.cumsum(draws.normal(0, 0.002, count))), 2)
    opened = np.concatenate(([20_000.0], close[:-1]))
    high = np.round(np.maximum(opened, close) * (1 + draws.exponential(0.0005, count)), 2)
    low = np.round(np.minimum(opened, close) * (1 - draws.exponential(0.0005, count)), 2)
    volume = np.round(draws.gamma(1.0, 5.0, count), 5)
    quiet = draws.random(count) < 0.05
    for column in (opened, high, low):
        column[quiet] = close[quiet]
    volume[quiet] = 0.0
    return made(np.column_stack([opened, high, low, close, volume]).tolist(), timeframe)


@pytest.fixture
def table_source() -> Callable[..., TableSource]:
    """Make a source from bars by symbol."""
    return TableSource


@pytest.fixture
def make_bars() -> Callable[..., Bars]:
    """Make bars from rows."""
    return made


@pytest.fixture
def make_walk() -> Callable[..., Bars]:
    """Make bars of a random walk."""
    return wandering


@pytest.fixture
def recorded() -> Any:
    """Return something to feed that keeps what it was fed."""

    class Recorder:
        def __init__(self) -> None:
            self.inputs: list[Any] = []

        def feed(self, one: Any) -> None:
            self.inputs.append(one)

    return Recorder()
