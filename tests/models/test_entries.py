"""Every entry carried out as if it were the only one: by the kernel, with its costs, stops and exits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.test_gate import market
from tradewind.api import Bars, Costs, Limits, Plan, Signals, each_entry, simulate

HORIZON = 12
BARS = market(900)


def wishes(rows: list[int], bars: Bars = BARS, **columns: Any) -> Signals:
    enter = np.zeros(len(bars), dtype=np.int8)
    enter[rows] = 1
    asked = {"enter": enter, "stop_dist": 0.02 * bars.close, "max_bars": HORIZON, "confidence": 1.0}
    return Signals.from_arrays(bars.index, **{**asked, **columns})


def alone(row: int, **columns: Any) -> float:
    """Return what the kernel makes of one entry on an account of its own."""
    plan = Plan.from_signals(wishes([row], **columns)).replaced(qty_fraction=0.1)
    trades = simulate(BARS, plan, limits=Limits.open(), initial_balance=1e9).trades
    return float(trades["pnl"].sum() / (trades["entry_price"] * trades["quantity"]).sum())


def test_each_entry_of_a_cluster_makes_what_it_makes_alone() -> None:
    rows = [*range(200, 240), 300, 301, 500]
    found = each_entry(BARS, wishes(rows), apart=HORIZON)
    assert found.row.tolist() == rows
    assert found.gain == pytest.approx([alone(row) for row in rows], abs=1e-9)


def test_the_tranches_of_a_position_are_one_entry() -> None:
    ladder: dict[str, Any] = {"tp_r": (0.3, 0.6), "tp_frac": (0.4, 0.3)}
    rows = [200, 205, 400]
    found = each_entry(BARS, wishes(rows, **ladder), apart=HORIZON)
    assert found.row.tolist() == rows
    assert found.gain == pytest.approx([alone(row, **ladder) for row in rows], abs=1e-9)


def test_costs_are_taken_off() -> None:
    free = each_entry(BARS, wishes([200, 300]), apart=HORIZON, costs=Costs(taker_fee=0.0, slippage=0.0))
    dear = each_entry(BARS, wishes([200, 300]), apart=HORIZON, costs=Costs(taker_fee=0.002, slippage=0.0))
    assert (free.gain - dear.gain) == pytest.approx([0.004, 0.004], rel=0.05)


def test_what_is_forbidden_is_no_entry() -> None:
    plan = Plan.from_signals(wishes([200, 300]))
    forbidden = plan.forbid(np.arange(len(BARS)) < 250, "warming_up")
    assert each_entry(BARS, forbidden, apart=HORIZON).row.tolist() == [300]


def test_without_entries_there_are_none() -> None:
    found = each_entry(BARS, wishes([]), apart=HORIZON)
    assert (len(found.row), len(found.gain)) == (0, 0)


def test_moments_are_those_of_the_bar_that_decided() -> None:
    (row,) = each_entry(BARS, wishes([123]), apart=HORIZON).row
    trades = simulate(BARS, Plan.from_signals(wishes([123])).replaced(qty_fraction=0.1)).trades
    assert pd.Timestamp(trades["entry_time"].iloc[0]) == BARS.index[row + 1]
