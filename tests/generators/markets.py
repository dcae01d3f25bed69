"""Random markets on a grid of ticks, with finer bars inside, gaps, jumps, flat stretches and impossible rows."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MONDAY = 1_704_067_200_000
"""2024-01-01T00:00:00Z in milliseconds."""


@attrs.frozen(kw_only=True)
class Shape:
    """
    How a market moves.

    Args:
        rows: Bars of the plan's timeframe.
        pieces: Finer bars inside each; 1 for none.
        start: Price of the first open, ticks.
        step: Typical move within one finer bar, ticks.
        drift: Mean move within one finer bar, ticks.
        jumps: Share of opens that are away from the close before.
        calm: Share of finer bars that do not move at all.
        missing: Share of bars that are not there.
        broken: Share of bars with impossible prices.
    """

    rows: int
    pieces: int
    start: int
    step: int
    drift: float
    jumps: float
    calm: float
    missing: float
    broken: float


@attrs.frozen(kw_only=True)
class Market:
    """One symbol's bars, and the finer bars they were made of."""

    coarse: Bars
    fine: Bars | None


@cache
def shapes(rows: int, pieces: int, *, whole: bool = False) -> st.SearchStrategy[Shape]:
    """Draw a way to move for a market of this size; a whole one has no gaps, jumps or impossible bars."""
    rare = st.sampled_from([0.0] if whole else [0.0, 0.0, 0.02, 0.1, 0.3])
    return st.builds(
        Shape,
        rows=st.just(rows),
        pieces=st.just(pieces),
        start=st.sampled_from([800, 3_000, 20_000]),
        step=st.sampled_from([6, 15, 40, 3]),
        drift=st.sampled_from([0.0, 0.5, -0.5, 2.0, -1.0]),
        jumps=st.sampled_from([0.0] if whole else [0.0, 0.05, 0.3]),
        calm=st.sampled_from([0.0, 0.0, 0.2, 0.9]),
        missing=rare,
        broken=rare,
    )


def market(shape: Shape, tick: Decimal, timeframe: Timeframe, start_ms: int, rng: np.random.Generator) -> Market:
    """Return a market of this shape; every price is a whole number of ticks, at least one."""
    count = shape.rows * shape.pieces
    step = np.where(rng.random(count) < shape.calm, 0, shape.step)
    moves = np.rint(rng.normal(0.0, 1.0, count) * step + shape.drift * (step > 0)).astype(np.int64)
    jumps = np.where(
        rng.random(count) < shape.jumps,
        np.rint(rng.normal(0.0, 1.0, count) * rng.choice([3.0, 3.0, 12.0], count) * shape.step),
        0.0,
    )
    opens, closes = np.empty(count, np.int64), np.empty(count, np.int64)
    price = shape.start
    for i in range(count):
        opens[i] = max(1, price + int(jumps[i]))
        closes[i] = price = max(1, int(opens[i]) + int(moves[i]))
    wicks = np.abs(np.rint(rng.normal(0.0, 0.7, (2, count)) * step)).astype(np.int64)
    highs = np.maximum(opens, closes) + wicks[0]
    lows = np.maximum(1, np.minimum(opens, closes) - wicks[1])
    volumes = np.rint(rng.gamma(2.0, 500.0, count))
    length = timeframe.ms // shape.pieces
    times = start_ms + np.arange(count, dtype=np.int64) * length
    piece = Timeframe(f"{length // 60_000}m")
    fine = _bars(piece, times, (opens, highs, lows, closes), volumes, tick)
    coarse = _bars(
        timeframe,
        times[:: shape.pieces],
        (
            opens[:: shape.pieces],
            highs.reshape(shape.rows, -1).max(axis=1),
            lows.reshape(shape.rows, -1).min(axis=1),
            closes[shape.pieces - 1 :: shape.pieces],
        ),
        volumes.reshape(shape.rows, -1).sum(axis=1),
        tick,
    )
    kept = _kept(shape.rows, shape.missing, rng)
    coarse = _spoiled(coarse, shape.broken, rng).where(kept)
    if shape.pieces == 1:
        return Market(coarse=coarse, fine=None)
    fine_kept = np.repeat(kept, shape.pieces) & _kept(count, shape.missing / 2, rng)
    return Market(coarse=coarse, fine=_spoiled(fine, shape.broken / 2, rng).where(fine_kept))


def _bars(
    timeframe: Timeframe, times: Ints, prices: tuple[Ints, ...], volumes: npt.NDArray[np.float64], tick: Decimal
) -> Bars:
    above, below = tick.as_integer_ratio()
    columns: dict[str, Any] = {
        name: values * above / below  # correctly rounded, as text would be read
        for name, values in zip(("open", "high", "low", "close"), prices, strict=True)
    }
    return Bars(timeframe=timeframe, time=times, volume=volumes, **columns)


def _kept(count: int, missing: float, rng: np.random.Generator) -> Flags:
    flags = rng.random(count) >= missing
    flags[0] = True
    return np.asarray(flags, dtype=np.bool_)


def _spoiled(bars: Bars, share: float, rng: np.random.Generator) -> Bars:
    """Return the bars with some of them impossible, in every way there is."""
    columns = {name: getattr(bars, name).copy() for name in ("open", "high", "low", "close", "volume")}
    for row in np.flatnonzero(rng.random(len(bars)) < share):
        kind = int(rng.integers(6))
        if kind == 0:
            columns["close"][row] = np.nan
        elif kind == 1:
            columns["low"][row] = 0.0
        elif kind == 2:
            columns["high"][row], columns["low"][row] = columns["low"][row] / 2, columns["high"][row]
        elif kind == 3:
            columns["open"][row] = columns["high"][row] * 2
        elif kind == 4:
            columns["high"][row] = np.inf
        else:
            columns["volume"][row] = -1.0
    return attrs.evolve(bars, **columns)
