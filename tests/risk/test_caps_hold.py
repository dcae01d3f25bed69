"""Every accepted entry of a busy account stays within every cap, at the price it was decided at."""

from __future__ import annotations

import math
from collections import defaultdict

import attrs
import pytest
from hypothesis import given

from generators.cases import Case, cases
from oracle.engines import Line, Outcome, with_kernel

SLACK = 1.0 + 1e-9


def run_open(case: Case) -> Outcome:
    """Simulate without closing at the end, so that each row of the curve is what decisions saw."""
    return with_kernel(attrs.evolve(case, close_at_end=False))


def accepted(run: Outcome) -> list[Line]:
    """Return the decisions that became entries."""
    return [decision for decision in run.decisions if decision.quantity > 0]


def value(decision: Line) -> float:
    return float(decision.quantity * decision.price)


@pytest.mark.critical
@given(cases(symbols=3, strategies=3))
def test_no_entry_is_above_a_cap(case: Case) -> None:
    run = run_open(case)
    limits = case.limits
    equity = {row.time: row.equity for row in run.equity}
    for decision in accepted(run):
        plan, bars = case.plan[decision.strategy, decision.symbol], case.bars[decision.symbol]
        row, bar = int(plan.time.searchsorted(decision.time)), int(bars.time.searchsorted(decision.time))
        rules, had = case.instrument[decision.symbol], equity[decision.time]
        assert value(decision) <= limits.notional_cap * had * SLACK
        assert math.isnan(plan.cap[row]) or value(decision) <= plan.cap[row] * had * SLACK
        assert decision.quantity >= float(rules.min_qty)
        assert value(decision) * SLACK >= float(rules.min_notional) * limits.min_notional_factor
        if rules.max_qty:
            assert decision.quantity <= float(rules.max_qty) * SLACK
        if limits.max_volume_share:
            assert decision.quantity <= limits.max_volume_share * bars.volume[bar] * SLACK


@pytest.mark.critical
@given(cases(symbols=3, strategies=3))
def test_effective_risk_is_at_most_requested_and_requested_at_most_the_maximum(case: Case) -> None:
    for decision in with_kernel(case).decisions:
        plan = case.plan[decision.strategy, decision.symbol]
        assert decision.requested_risk <= case.limits.max_risk_per_trade * SLACK
        row = int(plan.time.searchsorted(decision.time))
        if math.isnan(plan.qty_fraction[row]):
            assert decision.effective_risk <= decision.requested_risk * SLACK


@pytest.mark.critical
@given(cases(symbols=3, strategies=3))
def test_entries_of_one_moment_share_cash_and_exposure(case: Case) -> None:
    run = run_open(case)
    after = {row.time: row for row in run.equity}
    together: dict[int, list[Line]] = defaultdict(list)
    for decision in accepted(run):
        together[decision.time].append(decision)
    for time, decisions in together.items():
        account = after[time]
        notional = account.exposure + sum(value(each) for each in decisions)
        assert notional <= case.limits.max_total_exposure * account.equity * SLACK
        margins = sum(value(each) / float(case.instrument[each.symbol].leverage) for each in decisions)
        assert margins <= account.cash * SLACK


@pytest.mark.critical
@given(cases(symbols=3, strategies=3, whole=True))
def test_no_more_positions_are_open_than_allowed(case: Case) -> None:
    run = run_open(case)
    left = {(each.symbol, each.strategy, each.entry_time) for each in run.positions}
    entered = [fill for fill in run.fills if fill.reason == "entry"]
    gone = {fill.position: fill.time for fill in run.fills if fill.reason != "entry"}
    for row in run.equity:
        held = [
            fill
            for fill in entered
            if fill.time <= row.time
            and (row.time < gone.get(fill.position, 0) or (fill.symbol, fill.strategy, fill.time) in left)
        ]
        assert len(held) <= case.limits.max_concurrent_positions
