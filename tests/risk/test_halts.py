"""What a halt promises: no new exposure while it stands."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.cases import Case, cases
from oracle.engines import Line, Outcome, with_kernel

DAY_MS = 86_400_000
CERTAIN = 1.0 + 1e-9
"""How far beyond its threshold a loss must be for this test to call it a halt."""


def market_bar_ms(case: Case) -> int:
    """Return the length of the bars that fills are evaluated on."""
    bars = case.fine if case.fine is not None else case.bars
    return next(iter(bars.values())).timeframe.ms


def entries(run: Outcome, after: int, until: int) -> list[Line]:
    """Return the entry fills in market bars that open after one moment and up to another."""
    return [fill for fill in run.fills if fill.reason == "entry" and after < fill.time <= until]


@st.composite
def fragile_cases(draw: st.DrawFn) -> Case:
    """Draw a busy account that soon reaches one of its halts."""
    case = draw(cases(symbols=3, strategies=2, finer=draw(st.booleans())))
    limits = attrs.evolve(
        case.limits,
        base_risk_per_trade=0.2,
        max_risk_per_trade=0.4,
        max_position=1.0,
        max_position_size=1.0,
        max_drawdown=draw(st.sampled_from([0.002, 0.02, 0.9])),
        max_daily_risk=draw(st.sampled_from([0.003, 0.02, 0.9])),
        close_only=False,
    )
    flows = {time: amount for time, amount in case.flows.items() if amount > -0.1 * case.initial_balance}
    return attrs.evolve(case, limits=limits, flows=flows, close_at_end=False)


@pytest.mark.critical
def test_after_a_drawdown_halt_nothing_is_bought_or_sold_short_any_more() -> None:
    halts = 0

    @given(fragile_cases())
    def examine(case: Case) -> None:
        nonlocal halts
        run = with_kernel(case)
        floor = case.limits.max_drawdown * CERTAIN
        halted = next((row.time for row in run.equity if row.drawdown >= floor), None)
        if halted is None:
            return
        halts += 1
        assert entries(run, halted, run.equity[-1].time) == []
        length = next(iter(case.bars.values())).timeframe.ms
        later = {each.outcome for each in run.decisions if each.time + length > halted + market_bar_ms(case)}
        assert later <= {"blocked:halted_drawdown", "blocked:stale_data"}

    examine()
    assert halts >= 10


@pytest.mark.critical
def test_after_a_daily_halt_nothing_is_entered_until_midnight_utc() -> None:
    halts = 0

    @settings(max_examples=settings.default.max_examples * 2)  # type: ignore[union-attr]
    @given(fragile_cases())
    def examine(case: Case) -> None:
        nonlocal halts
        run = with_kernel(case)
        for opened, midnight in daily_halts(case, run.equity):
            halts += 1
            assert entries(run, opened, midnight - 1) == []

    examine()
    assert halts >= 10


def daily_halts(case: Case, curve: list[Line]) -> Iterator[tuple[int, int]]:
    """Yield the open of every market bar at whose close the daily halt was set, and the midnight that clears it."""
    length, start, before = market_bar_ms(case), case.initial_balance, case.initial_balance
    day, halted = curve[0].time // DAY_MS, False
    for row in curve:
        start *= (before + row.flow) / before
        before = row.equity
        closes = (row.time + length) // DAY_MS
        if start - row.equity >= case.limits.max_daily_risk * start * CERTAIN and not halted and closes == day:
            halted = True
            yield row.time, (closes + 1) * DAY_MS
        if closes > day:
            day, start, halted = closes, row.equity, False
