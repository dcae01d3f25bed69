"""A stage for single rules: a handful of bars, a row or two that ask for something, round numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.model.bars import Bars
from tradewind.model.columns import PLAN_COLUMNS
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

MONDAY = 1_704_067_200_000
"""2024-01-01T00:00 UTC."""
HOUR = 3_600_000
DAY = 24 * HOUR
BTC = "BTCUSDT"

Prices = tuple[float, float, float, float]
Rows = Mapping[int, Mapping[str, Any]]
FLAT: Prices = (100.0, 101.0, 99.0, 100.0)
"""Open, high, low, close of a bar that reaches nothing that lies two away."""
BAD: Prices = (100.0, 90.0, 99.0, 100.0)
"""A bar whose high is below its low."""

DEAR = Costs(maker_fee=0.001, taker_fee=0.002, slippage=0.004, half_spread=0.001, stop_slippage_factor=3.0)
"""Costs that all differ: a market fill is 0.5% worse, a stop in a wild bar 1.3%."""


def bars_of(prices: Sequence[Prices | None], timeframe: str = "1h", volume: float = 1000.0) -> Bars:
    """Return bars from 2024-01-01 on, a None leaving one out."""
    length = Timeframe(timeframe)
    kept = [i for i, each in enumerate(prices) if each is not None]
    columns = np.array([each for each in prices if each is not None], dtype=np.float64).T.copy()
    return Bars(
        timeframe=length,
        time=MONDAY + np.array(kept, dtype=np.int64) * length.ms,
        open=columns[0],
        high=columns[1],
        low=columns[2],
        close=columns[3],
        volume=np.full(len(kept), volume),
    )


def plan_of(bars: Bars, rows: Rows, **always: Any) -> Plan:
    """
    Return a plan that is neutral but for what these rows say.

    Args:
        bars: Whose rows they are.
        rows: Columns by row; rows that enter have a stop 5 away and risk 1% unless they say otherwise.
        always: Columns for all rows; ladders belong here.
    """
    columns: dict[str, Any] = dict(always)
    asked = {row: {"stop_dist": 5.0, "risk": 0.01, **says} if says.get("enter") else says for row, says in rows.items()}
    for name in {name for says in asked.values() for name in says}:
        spec = PLAN_COLUMNS[name]
        values = np.full(len(bars), spec.neutral, dtype=spec.dtype)
        for row, says in asked.items():
            values[row] = says.get(name, spec.neutral)
        columns[name] = values
    return Plan.from_arrays(bars.time, **columns)


def pair(**changes: Any) -> Instrument:
    """Return a pair with ticks of 0.5 and lots of 0.001, whose venue refuses nothing."""
    rules: dict[str, Any] = {
        "symbol": BTC,
        "tick_size": "0.5",
        "lot_step": "0.001",
        "min_qty": 0,
        "min_notional": 0,
        "percent_price_up": 0,
        "percent_price_down": 0,
    }
    return Instrument(**(rules | changes))


def perpetual(**changes: Any) -> Instrument:
    """Return a linear perpetual at five times leverage, maintenance 1%."""
    return pair(**({"kind": "linear", "leverage": 5, "maintenance": (tier(0, "0.01"),)} | changes))


def tier(notional_from: Any, rate: Any, deduction: Any = 0) -> Any:
    """Return a step of a maintenance table."""
    from tradewind.model.instrument import MaintenanceTier

    return MaintenanceTier(notional_from=notional_from, rate=rate, deduction=deduction)


def play(
    prices: Sequence[Prices | None],
    rows: Rows,
    *,
    always: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Run:
    """Run one plan with open limits and without costs, unless `changes` say otherwise."""
    bars = bars_of(prices, changes.pop("timeframe", "1h"), changes.pop("volume", 1000.0))
    arguments: dict[str, Any] = {"limits": Limits.open(), "costs": Costs.free(), "instrument": pair()}
    return run_plan(bars, plan_of(bars, rows, **(always or {})), **(arguments | changes))


def outcomes(run: Run) -> list[str]:
    """Return the outcome of every row that asked, in order of decision."""
    return [str(word) for word in run.decisions["outcome"]]


def fills(run: Run) -> list[tuple[int, str, float, str]]:
    """Return bar, side, price and reason of every fill; bars count hours from the start."""
    table = run.fills
    hours = ((table["time"].astype("int64") - MONDAY) // HOUR).tolist()
    prices = [round(price, 9) for price in table["price"].tolist()]
    return list(zip(hours, table["side"].tolist(), prices, table["reason"].tolist(), strict=True))


def only(run: Run) -> Any:
    """Return the one trade of a run as a row."""
    assert len(run.trades) == 1
    return next(run.trades.itertuples(index=False))


def near(value: float) -> Any:
    """Compare up to the rounding of floating point."""
    return pytest.approx(value, rel=1e-12, abs=1e-9)
