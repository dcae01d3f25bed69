"""Random markets for certificates, and the check that a strategy is certified on all of them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from tradewind.model.bars import Bars
from tradewind.model.signals import ColumnSet
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.certify import Decide, certify

FOUR_HOURS = Timeframe("4h")
START = 1_704_067_200_000
"""2024-01-01T00:00Z, a Monday."""

Answer = tuple[pd.DataFrame, ColumnSet]


def market(seed: int, rows: int = 600) -> Bars:
    """
    Return four-hour bars that trend, range and jump, with outages in every third market.

    Volatility and drift change every few weeks; returns have fat tails. Prices are quote units.
    """
    rng = np.random.default_rng(seed)
    weeks = rows // 120 + 1
    drift = np.repeat(rng.normal(0.0, 0.001, weeks), 120)[:rows]
    width = np.repeat(np.exp(rng.normal(-4.6, 0.5, weeks)), 120)[:rows]
    close = 30_000.0 * np.exp(np.cumsum(drift + width * rng.standard_t(4, rows)))
    first = np.concatenate((close[:1], close[:-1])) * np.exp(rng.normal(0.0, 0.0005, rows))
    high = np.maximum(first, close) * np.exp(np.abs(rng.normal(0.0, 0.004, rows)))
    low = np.minimum(first, close) * np.exp(-np.abs(rng.normal(0.0, 0.004, rows)))
    keep = np.ones(rows, dtype=np.bool_)
    if seed % 3 == 0:
        for outage in rng.integers(1, rows, size=4).tolist():
            keep[outage : outage + int(rng.integers(1, 9))] = False
    time = START + np.arange(rows, dtype=np.int64) * FOUR_HOURS.ms
    arrays = {"time": time, "open": first, "high": high, "low": low, "close": close}
    arrays["volume"] = np.exp(rng.normal(5.0, 1.0, rows))
    return Bars(timeframe=FOUR_HOURS, **{name: values[keep] for name, values in arrays.items()})


def refusals(
    decide: Decide, *, warmup: int, rows: int | None = None, markets: range = range(100), cuts: int = 24
) -> list[str]:
    """
    Certify on many random markets and return in words what was refused; empty for a pure strategy.

    Args:
        decide: From bars to features and decisions, such as a `Pipeline`.
        warmup: The declared warm-up, bars.
        rows: Bars of each market; by default 400 more than the warm-up.
        markets: Seeds of the markets.
        cuts: Cuts of each market.
    """
    made = (
        certify(decide, market(seed, rows or warmup + 400), warmup=warmup, cuts=cuts, seed=seed) for seed in markets
    )
    return [f"market {seed}: {made.words}" for seed, made in zip(markets, made, strict=True) if not made.passed]
