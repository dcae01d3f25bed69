"""Runs to be shown."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pandas as pd

from tradewind.api import Signals, backtest
from tradewind.backtest.result import Result

ODD_NAME = "<img src=x onerror=alert(1)>"


class Swinging:
    """In and out by turns, with a stop."""

    warmup = 20

    def __init__(self, every: int = 40) -> None:
        self.every = every

    def signals(self, frame: pd.DataFrame) -> Signals:
        place = np.arange(len(frame)) % self.every
        return Signals.from_arrays(
            frame.index,
            enter=(place == 10).astype(np.int8),
            exit_long=place == 30,
            stop_dist=(frame["close"] * 0.03).to_numpy(),
        )


def walk(rows: int, *, seed: int = 1, freq: str = "4h", volatility: float = 0.01) -> pd.DataFrame:
    """Return a random walk."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, volatility, rows)))
    opened = np.concatenate([[100.0], close[:-1]])
    return pd.DataFrame(
        {
            "open": opened,
            "high": np.maximum(opened, close) * 1.002,
            "low": np.minimum(opened, close) * 0.998,
            "close": close,
            "volume": 1_000.0,
        },
        index=pd.date_range("2020-01-01", periods=rows, freq=freq, tz="UTC"),
    )


@functools.cache
def run(rows: int = 1_500, symbols: int = 1, freq: str = "4h", every: int = 40) -> Result:
    """Return a run with trades."""
    bars: Any = {f"X{n}USDT": walk(rows, seed=n, freq=freq) for n in range(symbols)}
    settings = {"certificate": {"enabled": False}, "risk": []}
    return backtest(Swinging(every), bars if symbols > 1 else bars["X0USDT"], settings=settings)
