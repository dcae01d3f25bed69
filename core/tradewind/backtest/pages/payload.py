"""What the charts of a page are drawn from, as plain values."""

from __future__ import annotations

import base64
import math
from typing import Any, Final

import numpy as np
import pandas as pd

from tradewind.backtest.pages.thin import MOST_BARS, Floats, Times, candles, extremes, gridded
from tradewind.backtest.result import Result
from tradewind.backtest.tables import curve_of

MOST_SPANS: Final = 5_000
"""More trades than this are not drawn: the newest are."""


def payload_of(result: Result) -> dict[str, Any]:
    """
    Return candles, trades and curves of a result.

    Columns of numbers are base64 of little-endian float32, times of uint32 seconds UTC: a third of what they take
    as text. The times of candles are their beginning, their step and where steps are missing.
    """
    share = MOST_BARS // max(1, len(result.bars))
    drawn = {symbol: candles(bars, share) for symbol, bars in result.bars.items()}
    # one axis of time for all: what is drawn below the candles lies on theirs
    grid = next(iter(drawn.values()))[0]["time"] if drawn else None
    return {
        "symbols": [_symbol(result, symbol, *found) for symbol, found in drawn.items()],
        "curves": curves_of(result, grid),
        "labels": {"equity": "equity", "other": "held"},
    }


def _symbol(result: Result, symbol: str, drawn: dict[str, Any], together: int) -> dict[str, Any]:
    prices = {name: floats(drawn[name]) for name in ("open", "high", "low", "close")}
    trades = result.trades[result.trades["symbol"] == symbol].tail(MOST_SPANS)
    return {
        "name": symbol,
        "time": moments(drawn["time"]),
        **prices,
        "together": together,
        "step": result.bars[symbol].timeframe.ms * together // 1000,
        "trades": _trades(result, trades),
    }


def _trades(result: Result, trades: pd.DataFrame) -> dict[str, Any]:
    risk = _risk(result, trades)
    side = np.where(trades["side"] == "long", 1.0, -1.0)
    entry = trades["entry_price"].to_numpy(np.float64)
    reasons = sorted({str(one) for one in trades["exit_reason"]})
    return {
        "entry_time": seconds(_ms(trades["entry_time"])),
        "exit_time": seconds(_ms(trades["exit_time"])),
        "entry": floats(entry),
        "exit": floats(trades["exit_price"].to_numpy(np.float64)),
        "stop": floats(entry - side * risk),
        "side": [int(one) for one in side],
        "pnl": floats(trades["pnl"].to_numpy(np.float64)),
        "reasons": reasons,
        "reason": [reasons.index(str(one)) for one in trades["exit_reason"]],
    }


def _risk(result: Result, trades: pd.DataFrame) -> Floats:
    """Return the distance from entry to first stop of each trade, quote units; NaN where it had none."""
    decisions = result.decisions
    if not len(trades) or not len(decisions) or "distance" not in decisions:
        return np.full(len(trades), np.nan)
    taken = decisions[decisions["outcome"].isin(["filled", "sent"])]
    asked = pd.MultiIndex.from_arrays([taken["symbol"], taken["strategy"], _ms(taken["time"])])
    distance = pd.Series(taken["distance"].to_numpy(np.float64), index=asked)
    distance = distance[~distance.index.duplicated(keep="last")].sort_index()
    found = np.full(len(trades), np.nan)
    entered = _ms(trades["entry_time"])
    slots = list(zip(trades["symbol"], trades["strategy"], strict=True))
    for slot in set(slots) & set(zip(taken["symbol"], taken["strategy"], strict=True)):
        own = distance.loc[slot]
        rows = np.array([row for row, other in enumerate(slots) if other == slot], dtype=np.intp)
        # an entry is carried out on the first bar after the one that asked for it
        places = np.searchsorted(own.index.to_numpy(), entered[rows], side="left") - 1
        known = places >= 0
        found[rows[known]] = own.to_numpy()[places[known]]
    return found


def curves_of(result: Result, grid: Times | None) -> dict[str, Any]:
    """Return equity, drawdown, exposure and what holding would have been, on the grid of candles where there is one."""
    equity = result.equity["equity"].to_numpy(np.float64)
    time = pd.DatetimeIndex(result.equity.index).as_unit("ms").asi8
    drawdown = -result.equity["drawdown"].to_numpy(np.float64)
    exposure = result.equity["exposure"].to_numpy(np.float64) / np.where(equity > 0.0, equity, np.nan)
    curves: dict[str, tuple[Times, Floats]] = {
        "equity": (time, equity),
        "drawdown": (time, drawdown),
        "exposure": (time, exposure),
    }
    holding = _holding(result)
    if holding is not None:
        curves["other"] = holding
    return {name: _curve(*curve, grid) for name, curve in curves.items()}


def _curve(time: Times, values: Floats, grid: Times | None) -> dict[str, str]:
    good = np.isfinite(values)
    time, values = time[good], values[good]
    if grid is not None and len(grid):
        time, values = gridded(time, values, grid)
    rows = extremes(values)
    return {"time": seconds(time[rows]), "value": floats(values[rows])}


def _holding(result: Result) -> tuple[Times, Floats] | None:
    """Return what the balance would be worth, spread evenly over the symbols at the first open and held."""
    if not result.markets:
        return None
    share = result.initial_balance / len(result.markets)
    held = [
        pd.Series(share * market.close / market.open[0], index=market.time)
        for market in result.markets.values()
        if len(market.time) and market.open[0] > 0.0
    ]
    if len(held) < len(result.markets):
        return None
    worth = pd.concat(held, axis=1).sort_index().ffill().fillna(share).sum(axis=1)
    return worth.index.to_numpy(np.int64), worth.to_numpy(np.float64)


def monthly(result: Result) -> dict[tuple[int, int], float]:
    """
    Return the time-weighted return of every month, a fraction, by (year, month).

    A month is that of the bar's open, UTC; money moved in or out is taken out as the figures take it.
    """
    steady = curve_of(result.equity, result.initial_balance, result.bar_ms).steady
    if not len(steady):
        return {}
    stamps = pd.DatetimeIndex(result.equity.index)
    keys = stamps.year.to_numpy() * 12 + stamps.month.to_numpy() - 1
    last = np.flatnonzero(np.append(keys[1:] != keys[:-1], [True]))
    before = np.concatenate([[result.initial_balance], steady[last[:-1]]])
    returns = steady[last] / before - 1.0
    return {
        (int(key) // 12, int(key) % 12 + 1): float(value)
        for key, value in zip(keys[last], returns, strict=True)
        if math.isfinite(value)
    }


def floats(values: Floats) -> str:
    """Return numbers as base64 of little-endian float32."""
    return base64.b64encode(np.asarray(values, dtype="<f4").tobytes()).decode()


def moments(ms: Times) -> Any:
    """Return the times of candles as beginning, step and gaps (place, steps missing), or whole where gaps are many."""
    whole = np.asarray(ms) // 1000
    if len(whole) < 3:
        return seconds(ms)
    steps = np.diff(whole)
    step = int(steps.min())
    gaps = np.flatnonzero(steps != step)
    if len(gaps) > len(whole) // 8 or (steps % step).any():
        return seconds(ms)
    missing = [[int(place) + 1, int(steps[place]) // step - 1] for place in gaps]
    return {"start": int(whole[0]), "step": step, "rows": len(whole), "gaps": missing}


def seconds(ms: Times) -> str:
    """Return milliseconds UTC as base64 of little-endian uint32 seconds."""
    return base64.b64encode((np.asarray(ms) // 1000).astype("<u4").tobytes()).decode()


def _ms(times: Any) -> Times:
    return pd.DatetimeIndex(times).as_unit("ms").asi8
