"""The strategy of the speed comparisons: EMA 12/26 crossover with an ATR stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bench.walk import MINUTES_A_YEAR, market  # found beside this file
from tradewind.api import Need, Signals

__all__ = ["MINUTES_A_YEAR", "Crossover", "market"]


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
