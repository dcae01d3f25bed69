"""The market of the speed comparisons: a seeded random walk, made with numpy and pandas alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

MINUTES_A_YEAR = 525_600
HOURS_A_YEAR = 8_760


def market(bars: int = MINUTES_A_YEAR, *, seed: int = 1, freq: str = "1min", start: str = "2020-01-01") -> pd.DataFrame:
    """Return a seeded random walk on the tick grid."""
    rng = np.random.default_rng(seed)
    spread = 5e-4 if freq == "1min" else 5e-3
    close = np.round(20_000.0 * np.exp(np.cumsum(rng.normal(0.0, spread, bars) - 0.5 * spread**2)), 2)
    open_ = np.concatenate((close[:1], close[:-1]))
    high = np.round(np.maximum(open_, close) * (1 + np.abs(rng.normal(0, spread / 2, bars))), 2)
    low = np.round(np.minimum(open_, close) * (1 - np.abs(rng.normal(0, spread / 2, bars))), 2)
    index = pd.date_range(start, periods=bars, freq=freq, tz="UTC", name="open_time")
    volume = rng.uniform(1.0, 10.0, bars)
    return pd.DataFrame({"open": open_, "high": high, "low": low, "close": close, "volume": volume}, index=index)


def pairs(count: int = 1_000) -> list[tuple[int, int]]:
    """Return pairs of a fast and a slow length."""
    return [(fast, slow) for fast in range(5, 45) for slow in range(50, 150, 4)][:count]


def book(symbols: int = 100) -> dict[str, pd.DataFrame]:
    """Return two years of hours of several symbols."""
    return {f"S{k:03d}USDT": market(2 * HOURS_A_YEAR, seed=k, freq="1h") for k in range(symbols)}
