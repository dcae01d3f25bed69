"""The strategy and the market of the speed comparisons: EMA 12/26 crossover with an ATR stop on minute bars."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tradewind.api import Need, Signals

MINUTES_A_YEAR = 525_600


class Crossover:
    """Long while the fast average is above the slow one, three ATR of stop."""

    timeframe = "1m"
    warmup = 100

    def __init__(self, fast: int = 12, slow: int = 26) -> None:
        self.fast = fast
        self.slow = slow

    def needs(self) -> Sequence[Need]:
        return (
            Need("ema", {"length": self.fast}, columns="fast"),
            Need("ema", {"length": self.slow}, columns="slow"),
            Need("atr", {"length": 14}, columns="atr"),
        )

    def signals(self, frame: pd.DataFrame) -> Signals:
        up = frame["fast"].to_numpy() > frame["slow"].to_numpy()
        before = np.empty_like(up)
        before[0] = False
        before[1:] = up[:-1]
        return Signals.from_arrays(
            frame.index,
            enter=(up & ~before).astype(np.int8),
            exit_long=~up,
            stop_dist=3.0 * frame["atr"].to_numpy(),
        )


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
