"""How the size of one entry answers to what it depends on."""

from __future__ import annotations

import math

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from risk.lone import Lone, lone_entries

SLACK = 1.0 + 1e-12
CAPS = ("max_risk_per_trade", "max_position_size", "max_position", "max_daily_risk", "max_total_exposure")


@pytest.mark.critical
@given(lone_entries(), st.floats(1.0, 20.0))
def test_more_equity_never_buys_less(lone: Lone, factor: float) -> None:
    richer = lone.with_case(initial_balance=lone.case.initial_balance * factor)
    assert lone.decision().quantity <= richer.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries(), st.floats(0.0, 1.0))
def test_less_confidence_never_buys_more(lone: Lone, factor: float) -> None:
    meeker = lone.with_columns(confidence=lone.columns["confidence"] * factor)
    assert meeker.decision().quantity <= lone.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries(), st.floats(1.0, 20.0))
def test_a_wider_stop_never_buys_more(lone: Lone, factor: float) -> None:
    wider = lone.with_columns(stop_dist=lone.columns["stop_dist"] * factor)
    assert wider.decision().quantity <= lone.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries(), st.floats(0.0, 1.0))
def test_a_lower_risk_never_buys_more(lone: Lone, factor: float) -> None:
    bolder = lone.with_columns(risk=0.05)
    meeker = lone.with_columns(risk=0.05 * factor)
    assert meeker.decision().quantity <= bolder.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries(), st.sampled_from(CAPS), st.floats(0.01, 1.0))
def test_a_tighter_limit_never_buys_more(lone: Lone, name: str, factor: float) -> None:
    limits = lone.case.limits
    tighter = lone.with_case(limits=attrs.evolve(limits, **{name: getattr(limits, name) * factor}))
    assert tighter.decision().quantity <= lone.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries(), st.floats(1.0, 3.0))
def test_higher_costs_never_buy_more(lone: Lone, factor: float) -> None:
    plain = attrs.evolve(lone.case.instrument["BTCUSDT"], taker_fee=None, maker_fee=None)
    cheap = lone.with_case(instrument={"BTCUSDT": plain})
    dear = cheap.with_case(costs=lone.case.costs.scaled(factor))
    assert dear.decision().quantity <= cheap.decision().quantity * SLACK


@pytest.mark.critical
@given(lone_entries())
def test_the_distance_that_sizes_is_never_below_what_was_proposed(lone: Lone) -> None:
    decision = lone.decision()
    if math.isfinite(decision.distance):
        assert decision.distance >= lone.columns["stop_dist"]
        assert decision.distance >= 5 * float(lone.case.instrument["BTCUSDT"].tick_size)
