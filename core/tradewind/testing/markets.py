"""
Small markets with known faults: what components are tried on.

Every market comes from an explicitly seeded generator, so that a failure repeats. Prices
are quote units on a 0.01 grid, times are UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe

Floats = npt.NDArray[np.float64]

START_MS: Final = 1_609_459_200_000
"""2021-01-01T00:00Z, where the kit's markets begin."""


def random_walk(seed: int = 0, rows: int = 600, timeframe: str = "4h") -> Bars:
    """Return a market without memory: log returns of 1.2% a bar around nothing."""
    rng = np.random.default_rng(seed)
    return _bars(rng, rng.normal(0.0, 0.012, rows), timeframe)


def regimes(seed: int = 0, rows: int = 600, timeframe: str = "4h") -> Bars:
    """Return a market that rises, ranges, falls and turns wild, a sixth of its length each, then again."""
    rng = np.random.default_rng(seed)
    drift = np.array([0.004, 0.0, -0.004, 0.0, 0.003, -0.003])
    width = np.array([0.006, 0.004, 0.006, 0.03, 0.01, 0.01])
    phase = np.minimum(np.arange(rows) * 6 // max(rows, 1), 5)
    return _bars(rng, rng.normal(drift[phase], width[phase]), timeframe)


def jumps(seed: int = 0, rows: int = 600, timeframe: str = "4h") -> Bars:
    """Return a calm market in which one bar in forty moves by some 15%."""
    rng = np.random.default_rng(seed)
    returns = rng.normal(0.0, 0.005, rows)
    shocks = _now_and_then(rng, rows, 40)
    returns[shocks] += rng.choice([-0.15, 0.15], len(shocks))
    return _bars(rng, returns, timeframe)


def gaps(seed: int = 0, rows: int = 600, timeframe: str = "4h") -> Bars:
    """Return a market in which one bar in twenty opens some 4% away from the close before it."""
    rng = np.random.default_rng(seed)
    away = np.zeros(rows)
    moved = _now_and_then(rng, rows, 20)
    away[moved] = rng.normal(0.0, 0.04, len(moved))
    return _bars(rng, rng.normal(0.0, 0.01, rows), timeframe, away)


def missing_bars(seed: int = 0, rows: int = 600, timeframe: str = "4h") -> Bars:
    """Return a random walk from which one bar in twenty and one stretch of thirty bars are missing."""
    rng = np.random.default_rng(seed)
    keep = rng.random(rows) >= 0.05
    keep[rows // 2 : rows // 2 + 30] = False
    keep[:1] = True
    return random_walk(seed, rows, timeframe).where(keep)


def flat(rows: int = 600, timeframe: str = "4h", *, price: float = 100.0, volume: float = 10.0) -> Bars:
    """Return a market that does not move at all."""
    return Bars(
        timeframe=Timeframe(timeframe),
        time=_times(rows, timeframe),
        **{name: np.full(rows, price) for name in ("open", "high", "low", "close")},
        volume=np.full(rows, volume),
    )


def one_bar(seed: int = 0, timeframe: str = "4h") -> Bars:
    """Return a single bar."""
    return random_walk(seed, 1, timeframe)


MARKETS: Final[dict[str, Callable[[int, int, str], Bars]]] = {
    "random walk": random_walk,
    "regimes": regimes,
    "jumps": jumps,
    "gaps": gaps,
    "missing bars": missing_bars,
}
"""The markets that move, by name; each takes a seed, a number of bars and a timeframe."""


@cache
def market(name: str, seed: int, rows: int, timeframe: str = "4h") -> Bars:
    """Return one of `MARKETS`, made once."""
    return MARKETS[name](seed, rows, timeframe)


def other_future(bars: Bars, cut: int, factor: float) -> Bars:
    """Return bars that are the same before the cut and have this many times the prices from it on."""
    later = np.where(np.arange(len(bars)) < cut, 1.0, factor)
    prices = {name: getattr(bars, name) * later for name in ("open", "high", "low", "close")}
    return Bars(timeframe=bars.timeframe, time=bars.time, volume=bars.volume * later, **prices)


def cuts(rows: int, seed: int, count: int = 8) -> list[int]:
    """Return where to cut a history: one row in each of as many stretches, and the last."""
    edges = np.linspace(1, rows, count + 1, dtype=np.int64)
    rng = np.random.default_rng(seed)
    inner = {int(rng.integers(low, max(high, low + 1))) for low, high in pairwise(edges)}
    return sorted({cut for cut in inner if 1 < cut < rows} | {max(rows - 1, 1)})


def _now_and_then(rng: np.random.Generator, rows: int, every: int) -> npt.NDArray[np.intp]:
    """Return one row somewhere in the second half of each stretch of this many."""
    starts = np.arange(0, rows, every)
    chosen = starts + rng.integers(every // 2, every, len(starts))
    return np.asarray(chosen[chosen < rows], dtype=np.intp)


def _times(rows: int, timeframe: str) -> npt.NDArray[np.int64]:
    length = Timeframe(timeframe)
    return length.ceil(START_MS) + length.ms * np.arange(rows, dtype=np.int64)


def _bars(rng: np.random.Generator, returns: Floats, timeframe: str, away: Floats | None = None) -> Bars:
    """Build bars from log returns of the closes; `away` moves opens from the close before, in logs."""
    rows = len(returns)
    opening = np.zeros(rows) if away is None else away
    closes = np.cumsum(returns + opening)
    log_open = closes - returns
    upper = np.maximum(log_open, closes) + np.abs(rng.normal(0.0, 0.004, rows))
    lower = np.minimum(log_open, closes) - np.abs(rng.normal(0.0, 0.004, rows))
    prices = {
        name: np.maximum(np.round(1000.0 * np.exp(level), 2), 0.01)
        for name, level in (("open", log_open), ("high", upper), ("low", lower), ("close", closes))
    }
    volume = np.round(rng.lognormal(3.0, 0.6, rows), 5)
    return Bars(timeframe=Timeframe(timeframe), time=_times(rows, timeframe), volume=volume, **prices)
