"""Trials carried out in one call leave the figures that each leaves alone, compiled or not, with room or without."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.cases import Case, cases
from kernel.test_equality import arguments
from tradewind.backtest.stage import Stage
from tradewind.kernel import door
from tradewind.kernel.lineup import Lineup
from tradewind.kernel.state import Records
from tradewind.metrics.many import Benchmark, Meter
from tradewind.model.plan import Plan

pytestmark = pytest.mark.critical


def fewer(plan: Plan, k: int) -> Plan:
    """Return a plan that asks for no entry in every k-th row."""
    return plan.replaced(enter=np.where(np.arange(len(plan)) % k == 0, 0, plan.enter).astype(np.int8))


def variants_of(plans: dict[Any, Plan], count: int) -> list[dict[Any, Plan]]:
    """Return the plans as they are, and others that ask for less, so that trials differ in length."""
    return [plans, *({key: fewer(plan, k) for key, plan in plans.items()} for k in range(2, count + 1))]


def staged(case: Case) -> tuple[Stage, dict[Any, Any], float]:
    """Return a case's stage, its plans and its cash; deposits have no place in a search."""
    given = arguments(case)
    plans, balance = given.pop("plan"), given.pop("initial_balance")
    for name in ("priorities", "close_at_end", "flows"):
        del given[name]
    return Stage.of(given.pop("bars"), **given), plans, balance


def alone(stage: Stage, plans: Any, balance: float, benchmark: Benchmark, close_at_end: bool) -> bytes:
    run = stage.run(plans, initial_balance=balance, close_at_end=close_at_end)
    records, meter = run.state.records, Meter(benchmark, 1)
    meter.take(records.equity, records.exposure, run.fill_records, run.trade_records)
    return meter.figures.tobytes()


def together(
    stage: Stage, trials: list[Any], balance: float, benchmark: Benchmark, close_at_end: bool, room: int
) -> list[bytes]:
    entered = [stage.enter(stage.plans_of(plans), {}) for plans in trials]
    meter = Meter(benchmark, len(entered))
    lineup = Lineup.of(
        [one.ledger.table for one in entered],
        [one.rules for one in entered],
        balance=balance,
        places=entered[0].layout.places,
        limits=stage.limits,
        start_ms=int(stage.grid.time[0]),
    )
    meter.carry(lineup, stage.market, stage.rules, Records.brief(len(stage.grid.time), room), close_at_end)
    return [one.tobytes() for one in meter.figures]


@settings(max_examples=60)
@given(
    case=cases(symbols=2, strategies=2),
    count=st.integers(1, 4),
    close_at_end=st.booleans(),
    room=st.sampled_from([0, 1, 7, 4096]),
)
def test_trials_in_one_call_leave_the_figures_that_each_leaves_alone(
    case: Case, count: int, close_at_end: bool, room: int
) -> None:
    stage, plans, balance = staged(case)
    benchmark = Benchmark.of(stage.grid.time, stage.grid.bar_ms, balance, {})
    trials = variants_of(plans, count)
    found = together(stage, trials, balance, benchmark, close_at_end, room)
    assert found == [alone(stage, one, balance, benchmark, close_at_end) for one in trials]


@settings(max_examples=30)
@given(case=cases(symbols=2), close_at_end=st.booleans())
def test_the_source_carries_trials_out_as_the_compiled_code_does(case: Case, close_at_end: bool) -> None:
    stage, plans, balance = staged(case)
    benchmark = Benchmark.of(stage.grid.time, stage.grid.bar_ms, balance, {})
    trials = variants_of(plans, 2)
    compiled = together(stage, trials, balance, benchmark, close_at_end, 16)
    whole = door.carry
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(door, "carry", lambda *given, **more: whole(*given, **more, form="uncompiled"))
        assert together(stage, trials, balance, benchmark, close_at_end, 16) == compiled
