"""Bars one by one: read from whatever a source yields, and put together to rows of a longer timeframe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tradewind.live.feed.moment import Candle
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample


def candle_of(item: Any) -> Candle:
    """
    Return the bar that a stream yielded: `Bars` of one row, or something with its fields as attributes or keys.

    Raises:
        ValueError: When it is not one bar.
        TypeError: When a field is no number.
    """
    if isinstance(item, Bars):
        (candle,) = candles_of(item)
        return candle
    values: Mapping[str, Any] = (
        item if isinstance(item, Mapping) else {name: getattr(item, name, None) for name in ("time", *FIELDS)}
    )
    missing = [name for name in ("time", *FIELDS) if values.get(name) is None]
    if missing:
        raise ValueError(f"the streamed bar has no {', '.join(missing)}")
    first, high, low, last, volume = (float(values[name]) for name in FIELDS)
    return Candle(int(values["time"]), first, high, low, last, volume)


def candles_of(bars: Bars) -> list[Candle]:
    """Return bars one by one."""
    columns = [getattr(bars, name).tolist() for name in ("time", *FIELDS, "partial")]
    return [Candle(*row) for row in zip(*columns, strict=True)]


def bars_of(candles: Sequence[Candle], timeframe: Timeframe) -> Bars:
    """Return single bars as columns."""
    columns = list(zip(*candles, strict=True)) if candles else [()] * len(Candle._fields)
    arrays: dict[str, Any] = {
        name: np.array(column, dtype=np.float64) for name, column in zip(FIELDS, columns[1:6], strict=True)
    }
    return Bars(
        timeframe=timeframe,
        time=np.array(columns[0], dtype=np.int64),
        partial=np.array(columns[6], dtype=np.bool_),
        **arrays,
    )


class RowBuilder:
    """
    Market bars on their way to a row of the strategies' timeframe.

    Args:
        symbols: How many symbols.
        timeframe: The rows.
        market: The bars they are made of.
    """

    def __init__(self, symbols: int, timeframe: Timeframe, market: Timeframe) -> None:
        self._timeframe = timeframe
        self._market = market
        self._inside: list[list[Candle]] = [[] for _ in range(symbols)]

    def take(self, opened: int, candles: Sequence[Candle | None]) -> tuple[tuple[Candle | None, ...], bool]:
        """Take in the market bars of one moment; return the rows it completes, and whether a row ends with it."""
        closes_row = self._timeframe.floor(opened + self._market.ms) > self._timeframe.floor(opened)
        if self._timeframe.ms == self._market.ms:
            return tuple(candles), True
        for inside, candle in zip(self._inside, candles, strict=True):
            if candle is not None:
                inside.append(candle)
        if not closes_row:
            return (None,) * len(self._inside), False
        rows = tuple(self._built(inside, opened + self._market.ms) for inside in self._inside)
        for inside in self._inside:
            inside.clear()
        return rows, True

    def _built(self, inside: Sequence[Candle], end_ms: int) -> Candle | None:
        if not inside:
            return None
        rows = resample(bars_of(inside, self._market), self._timeframe, until_ms=end_ms)
        return candles_of(rows)[-1] if len(rows) else None
