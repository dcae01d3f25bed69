"""Thinned out or put together: no high, low, peak or trough is lost."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tradewind.backtest.pages.thin import candles, extremes, gridded
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe

HOUR = 3_600_000
CURVES = arrays.arrays(np.float64, st.integers(1, 400), elements=st.floats(-1e6, 1e6))


def bars_of(close: npt.NDArray[Any]) -> Bars:
    price = np.abs(close) + 1.0
    opened = np.concatenate([price[:1], price[:-1]])
    return Bars(
        timeframe=Timeframe("1h"),
        time=np.arange(len(price), dtype=np.int64) * HOUR,
        open=opened,
        high=np.maximum(opened, price) + 0.5,
        low=np.minimum(opened, price) - 0.5,
        close=price,
        volume=np.ones(len(price)),
    )


@given(values=CURVES, most=st.integers(4, 100))
def test_a_thinned_curve_keeps_ends_and_extremes(values: npt.NDArray[np.float64], most: int) -> None:
    rows = extremes(values, most)

    assert len(rows) <= max(most, 4) + 2
    assert (np.diff(rows) > 0).all()
    assert (rows[0], rows[-1]) == (0, len(values) - 1)
    assert (values.min(), values.max()) == (values[rows].min(), values[rows].max())


@given(values=CURVES, most=st.integers(1, 100))
def test_candles_put_together_span_what_they_hold(values: npt.NDArray[np.float64], most: int) -> None:
    bars = bars_of(values)
    drawn, together = candles(bars, most)

    assert len(drawn["time"]) <= most
    assert len(drawn["time"]) == -(-len(bars) // together)
    assert (bars.high.max(), bars.low.min()) == (drawn["high"].max(), drawn["low"].min())
    assert (bars.open[0], bars.close[-1]) == (drawn["open"][0], drawn["close"][-1])
    for place, opened in enumerate(drawn["time"]):
        held = slice(place * together, (place + 1) * together)
        assert opened == bars.time[held][0]
        assert drawn["high"][place] == bars.high[held].max()
        assert drawn["low"][place] == bars.low[held].min()


def test_a_bar_without_a_price_is_not_drawn() -> None:
    bars = bars_of(np.arange(5.0))
    close = bars.close.copy()
    close[2] = np.nan
    broken = Bars(
        timeframe=bars.timeframe, time=bars.time, open=bars.open, high=bars.high, low=bars.low, close=close,
        volume=bars.volume,
    )  # fmt: skip

    drawn, _ = candles(broken)

    assert drawn["time"].tolist() == [0, HOUR, 3 * HOUR, 4 * HOUR]


@given(values=CURVES, every=st.integers(1, 30))
def test_a_curve_on_a_grid_lies_on_it_and_keeps_its_extremes(values: npt.NDArray[np.float64], every: int) -> None:
    time = np.arange(len(values), dtype=np.int64) * HOUR
    grid = time[::every]

    moments, found = gridded(time, values, grid)

    assert grid.tolist() == moments.tolist()
    if every == 1:
        assert values.tolist() == found.tolist()
    for extreme, other in ((values.argmin(), values.argmax()), (values.argmax(), values.argmin())):
        # where both lie in one stretch there is room for one of them
        shared = extreme // every == other // every
        assert found[extreme // every] in ({values[extreme], values[other]} if shared else {values[extreme]})
