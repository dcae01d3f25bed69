"""`RiskManager` and the sizing functions it shares with the kernel."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.stage import FLAT, play
from tradewind.errors import UsageError
from tradewind.kernel import sizing
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.risk_manager import RiskManager, RiskParameters
from tradewind.model.limits import Limits

money = st.floats(1e-6, 1e9)


def test_the_size_loses_the_base_risk_over_one_atr() -> None:
    manager = RiskManager(RiskParameters(max_position_size=1.0))
    assert manager.calculate_position_size(price=100.0, atr=5.0, balance=10_000.0, regime="ranging") == 40.0


@pytest.mark.parametrize(("regime", "size"), [("trending", 60.0), ("ranging", 40.0), ("volatile", 24.0)])
def test_the_regime_scales_the_risk(regime: str, size: float) -> None:
    manager = RiskManager(RiskParameters(max_position_size=1.0))
    assert manager.calculate_position_size(100.0, 5.0, 10_000.0, regime) == pytest.approx(size)


def test_the_risk_never_exceeds_the_most_allowed() -> None:
    manager = RiskManager(RiskParameters(base_risk_per_trade=0.025, max_position_size=1.0))
    assert manager.calculate_position_size(100.0, 5.0, 10_000.0, "trending") == pytest.approx(60.0)


def test_the_notional_never_exceeds_the_largest_position() -> None:
    assert RiskManager().calculate_position_size(50_000.0, 100.0, 10_000.0, "trending") == pytest.approx(0.05)


@pytest.mark.parametrize("bad", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("which", ["price", "atr", "balance"])
def test_what_is_no_positive_number_sizes_nothing(which: str, bad: float) -> None:
    arguments: dict[str, Any] = {"price": 100.0, "atr": 5.0, "balance": 10_000.0, "regime": "ranging", which: bad}
    assert RiskManager().calculate_position_size(**arguments) == 0.0


@pytest.mark.critical
@given(price=money, atr=money, balance=money, regime=st.sampled_from(["trending", "ranging", "volatile"]))
def test_a_size_keeps_both_of_its_limits(price: float, atr: float, balance: float, regime: str) -> None:
    params = RiskParameters()
    size = RiskManager(params).calculate_position_size(price, atr, balance, regime)
    assert 0.0 <= size * price <= balance * params.max_position_size * (1 + 1e-12)
    assert size * atr <= balance * params.max_risk_per_trade * (1 + 1e-12)


@pytest.mark.parametrize(("side", "stop"), [("long", 90.0), ("buy", 90.0), (1, 90.0), ("SHORT", 110.0), (-1, 110.0)])
def test_the_stop_stands_two_atr_behind_the_entry(side: Any, stop: float) -> None:
    assert RiskManager().calculate_stop_loss(entry_price=100.0, atr=5.0, side=side) == stop


def test_a_stop_is_never_below_nothing() -> None:
    assert RiskManager().calculate_stop_loss(100.0, 80.0, "long") == 0.0


def test_an_unknown_regime_or_side_or_atr_is_refused_in_words() -> None:
    manager = RiskManager()
    with pytest.raises(UsageError, match="'sideways'") as regime:
        manager.calculate_position_size(100.0, 5.0, 10_000.0, "sideways")
    with pytest.raises(UsageError, match="'up'"):
        manager.calculate_stop_loss(100.0, 5.0, "up")
    with pytest.raises(UsageError, match="nan"):
        manager.calculate_stop_loss(100.0, math.nan, "long")
    assert regime.value.code == "TW-U008"


def test_the_kernel_takes_the_same_default_stop() -> None:
    run = play([FLAT] * 16, {14: {"enter": 1, "stop_dist": math.nan}}, limits=Limits.open())
    stop = RiskManager().calculate_stop_loss(100.0, 2.0, "long")
    assert run.positions["stop"].tolist() == [stop]


@pytest.mark.critical
@given(drawdown=st.floats(0, 1), start=st.floats(0, 0.5), floor=st.floats(0, 1), end=st.floats(0, 1))
def test_the_throttle_stays_between_its_floor_and_one(drawdown: float, start: float, floor: float, end: float) -> None:
    share = uncompiled(sizing.throttle)(drawdown, start, floor, end)
    assert floor <= share <= 1.0 or share == pytest.approx(floor)
    assert drawdown > start or share == 1.0


@pytest.mark.critical
@given(wished=st.one_of(money, st.just(math.nan)), atr=money, price=money, cost=st.floats(0, 0.1), tick=st.floats(0, 1))
def test_a_stop_distance_is_never_below_its_least(
    wished: float, atr: float, price: float, cost: float, tick: float
) -> None:
    distance = uncompiled(sizing.stop_distance)(wished, atr, price, cost, tick, 1.0)
    assert distance >= max(4 * cost * price, 0.25 * atr, 5 * tick)
    assert distance >= (2 * atr if math.isnan(wished) else wished)
