"""
The day's budget: if every stop fills at its trigger, the day costs no more than `max_daily_risk`.

The promise is about stops, so every entry here has one (no `stop_dist = inf`, no stated
quantity), markets open where they closed, stops slip as decided, and no venue liquidates.

The tolerance is what the page itself grants: a stop is rounded away from the market by up to
one tick, and a short's stop lies above its entry, so that leaving there costs the taker's
share of the distance more than was reserved.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generators.cases import Case, cases
from oracle.engines import Outcome, with_kernel
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan

HOURS = 23
"""Bars of one UTC day whose last close is still before midnight."""


@st.composite
def one_day(draw: st.DrawFn) -> Case:
    """Draw a day of hourly bars with bold entries on several slots, each with a stop."""
    case = draw(cases(symbols=3, strategies=3, whole=True))
    case = attrs.evolve(
        case,
        limits=attrs.evolve(
            case.limits,
            base_risk_per_trade=0.05,
            max_risk_per_trade=0.2,
            max_position=1.0,
            max_position_size=1.0,
            max_total_exposure=20.0,
            max_concurrent_positions=10,
            max_daily_risk=draw(st.sampled_from([0.01, 0.06, 0.15])),
            close_only=False,
            cooldown_bars=0,
        ),
        costs=attrs.evolve(case.costs, stop_slippage_factor=1.0, fee_asset="quote"),
        instrument={
            name: attrs.evolve(each, leverage=Decimal(1), max_qty=Decimal(0), maker_fee=None)
            for name, each in case.instrument.items()
        },
        flows={},
        funding={},
        close_at_end=False,
    )
    bars = {name: _hourly(each) for name, each in case.bars.items()}
    plans = {key: _protected(plan, bars[key[1]]) for key, plan in case.plan.items()}
    return attrs.evolve(case, bars=bars, plan=plans)


def _hourly(bars: Bars) -> Bars:
    """Return the first bars as hours from midnight on."""
    count = min(HOURS, len(bars))
    cut = bars.rows(0, count)
    day = int(cut.time[0]) // 86_400_000 * 86_400_000
    frame = cut.to_frame()
    frame.index = np.arange(count) * 3_600_000 + day
    return Bars.from_frame(frame.set_index(frame.index.astype("datetime64[ms]")), "1h")


def _protected(plan: Plan, bars: Bars) -> Plan:
    """Return the plan for these bars with a stop in every row, sized by risk alone."""
    count = min(len(plan), len(bars))
    columns: dict[str, Any] = {name: values[:count] for name, values in plan.columns.items()}
    stops = columns["stop_dist"]
    columns["stop_dist"] = np.where(np.isfinite(stops), stops, 10.0)
    columns["qty_fraction"] = np.full(count, np.nan)
    columns["veto"] = np.zeros(count, dtype=np.uint8)
    return Plan.from_arrays(bars.time[:count], **columns)


def tolerance(case: Case, run: Outcome) -> float:
    """Return what rounding of stops and the exits of shorts may cost beyond the budget, quote units."""
    total = 0.0
    for decision in run.decisions:
        rules = case.instrument[decision.symbol]
        fee = case.costs.taker_fee if rules.taker_fee is None else float(rules.taker_fee)
        taking = fee + case.costs.slippage + case.costs.half_spread
        total += decision.quantity * (float(rules.tick_size) + decision.distance * taking)
    return total


@pytest.mark.critical
def test_stops_filled_at_their_triggers_never_cost_more_than_the_day_s_budget() -> None:
    near = 0

    @given(one_day())
    def examine(case: Case) -> None:
        nonlocal near
        run = with_kernel(case)
        budget = case.limits.max_daily_risk * case.initial_balance
        worst = case.initial_balance - min(row.equity for row in run.equity)
        filled = [each for each in run.decisions if each.quantity > 0]
        assert worst <= budget + tolerance(case, attrs.evolve(run, decisions=filled)) + 1e-9 * case.initial_balance
        near += worst > budget / 2

    examine()
    assert near >= 5
