"""Tables as a run leaves them, made by hand, for tests that need no simulation."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from tradewind.backtest.inputs import Inputs
from tradewind.backtest.result import Result
from tradewind.backtest.tables import StoredTables

HOUR = 3_600_000
START = 1_704_067_200_000
"""2024-01-01T00:00Z."""


def times(rows: list[int]) -> pd.DatetimeIndex:
    """Return bar opens of four-hour bars by row number."""
    stamps = np.array([START + 4 * HOUR * row for row in rows], dtype=np.int64)
    return pd.DatetimeIndex(stamps.astype("datetime64[ms]"), tz="UTC")


def trade(entry: int, exit_: int, pnl: float, **changes: Any) -> dict[str, Any]:
    """Return one closed trade of 0.1 at 40,000 between two rows."""
    return {
        "symbol": "BTCUSDT",
        "strategy": "adaptive",
        "side": "long",
        "entry_time": entry,
        "entry_price": 40_000.0,
        "exit_time": exit_,
        "exit_price": 40_000.0 + pnl * 10.0,
        "quantity": 0.1,
        "fees": 8.0,
        "pnl": pnl,
        "pnl_pct": pnl / 4_000.0,
        "r_multiple": pnl / 100.0,
        "exit_reason": "signal" if pnl > 0.0 else "stop",
        "bars_held": exit_ - entry,
        "mae": -0.01,
        "mfe": 0.02,
        "ambiguous": False,
        "position": entry,
    } | changes


def trades(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return trades as a run gives them."""
    names = list(trade(0, 1, 1.0))
    frame = pd.DataFrame(list(rows), columns=names)
    for name in ("entry_time", "exit_time"):
        frame[name] = times(frame[name].tolist())
    types: dict[str, Any] = {name: np.float64 for name in names[4:12] if not name.endswith("time")}
    types |= {"mae": np.float64, "mfe": np.float64, "bars_held": np.int64, "position": np.int64, "ambiguous": np.bool_}
    words = dict.fromkeys(("symbol", "strategy", "side", "exit_reason"), "str")
    return frame.astype(types | words)


def equity(values: list[float], flow: list[float] | None = None) -> pd.DataFrame:
    """Return an equity table of four-hour bars."""
    rows = np.array(values, dtype=np.float64)
    frame = pd.DataFrame({"equity": rows, "cash": rows, "exposure": np.zeros(len(rows))})
    peak = np.maximum.accumulate(rows) if len(rows) else rows
    frame["drawdown"] = 1.0 - rows / peak
    frame["flow"] = np.zeros(len(rows)) if flow is None else np.array(flow)
    return frame.set_index(pd.DatetimeIndex(times(list(range(len(rows)))), name="open_time"))


def decisions(*rows: dict[str, Any]) -> pd.DataFrame:
    """Return decision rows as a run gives them."""
    neutral: dict[str, Any] = {
        "time": 0,
        "symbol": "BTCUSDT",
        "strategy": "adaptive",
        "enter": 1,
        "outcome": "filled",
        "requested_risk": 0.03,
        "effective_risk": 0.004,
        "quantity": 0.025,
        "distance": 800.0,
        "price": 40_000.0,
        "binding": "engine_cap",
        "bits": 5,
    }
    frame = pd.DataFrame([neutral | row for row in rows], columns=list(neutral))
    frame["time"] = times(frame["time"].tolist())
    floats = ("requested_risk", "effective_risk", "quantity", "distance", "price")
    words = dict.fromkeys(("symbol", "strategy", "outcome", "binding"), "str")
    types: dict[str, Any] = dict.fromkeys(floats, np.float64)
    return frame.astype(types | {"enter": np.int64, "bits": np.int64} | words)


def result(**changes: Any) -> Result:
    """Return a small result; fields and tables may be replaced."""
    tables: dict[str, Any] = {
        "trades": trades(trade(3, 9, 200.0), trade(12, 14, -100.0)),
        "fills": pd.DataFrame({"price": [], "quantity": [], "fee": []}, dtype=np.float64),
        "equity": equity([10_000.0] * 4 + [10_050.0] * 5 + [10_200.0] * 4 + [10_150.0] + [10_100.0] * 4),
        "decisions": decisions({"time": 2}, {"time": 11, "bits": 1}),
        "positions": pd.DataFrame({"symbol": pd.array([], dtype="str"), "quantity": np.array([])}),
    }
    tables |= {name: changes.pop(name) for name in list(changes) if name in tables}
    fields: dict[str, Any] = {
        "strategy": "adaptive",
        "symbols": ("BTCUSDT",),
        "timeframe": "4h",
        "start": times([0])[0],
        "end": times([18])[0],
        "initial_balance": 10_000.0,
        "tables": StoredTables(**tables),
        "inputs": Inputs(strategy="adaptive", data={"BTCUSDT 4h": "ab" * 32}, settings=changes.get("settings", {})),
        "conditions": ("cross", "above_200", "trending"),
    }
    return Result(**(fields | changes))
