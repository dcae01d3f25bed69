"""Equity curves for tests of figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradewind.metrics.curve import DAY_MS, Curve
from tradewind.metrics.trades import ClosedTrades

START = 19_723 * DAY_MS
"""2024-01-01T00:00Z."""

HOUR = 3_600_000


def curve(equity: Sequence[float], *, bar_ms: int = DAY_MS, initial: float = 100.0, **more: Any) -> Curve:
    """Return a curve of bars without gaps from the start of 2024 on; amounts may be given as lists."""
    time = START + np.arange(len(equity), dtype=np.int64) * bar_ms
    arrays = {name: np.array(values, dtype=np.float64) for name, values in more.items()}
    return Curve(time=time, equity=np.array(equity, dtype=np.float64), initial_balance=initial, bar_ms=bar_ms, **arrays)


def random_returns(seed: int, days: int = 500) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return daily returns with drift, fat tails and skew."""
    rng = np.random.default_rng(seed)
    return np.asarray(0.0005 + 0.01 * rng.standard_t(5, days) - 0.002 * (rng.random(days) < 0.02))


def curve_of_returns(returns: np.ndarray[Any, np.dtype[np.float64]]) -> Curve:
    """Return the daily curve that earns these returns, from 100."""
    return curve((100.0 * np.cumprod(1.0 + returns)).tolist())


def as_series(returns: np.ndarray[Any, np.dtype[np.float64]]) -> pd.Series[float]:
    """Return daily returns indexed by day, as a second library takes them."""
    return pd.Series(returns, index=pd.date_range("2024-01-01", periods=len(returns), tz="UTC"))


def trades(pnl: Sequence[float], **columns: Sequence[Any]) -> ClosedTrades:
    """Return closed trades of 1 at a price of 100, one after the other, with a fee of 0.1 each."""
    rows = len(pnl)
    profit = np.array(pnl, dtype=np.float64)
    frame = pd.DataFrame(
        {
            "exit_time": np.arange(rows),
            "entry_price": np.full(rows, 100.0),
            "exit_price": 100.0 + profit,
            "quantity": np.ones(rows),
            "fees": np.full(rows, 0.1),
            "pnl": profit,
            "pnl_pct": profit / 100.0,
            "r_multiple": profit / 10.0,
            "bars_held": np.full(rows, 3),
            "ambiguous": np.zeros(rows, dtype=np.bool_),
        }
    )
    return ClosedTrades.from_frame(frame.assign(**columns))
