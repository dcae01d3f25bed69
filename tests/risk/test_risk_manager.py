"""The owner's two functions: what they size never risks or holds more than the parameters say."""

from __future__ import annotations

import math

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.errors import UsageError
from tradewind.kernel.risk_manager import RiskManager, RiskParameters

REGIMES = ("trending", "ranging", "volatile")
SLACK = 1.0 + 1e-12

prices = st.floats(1e-4, 1e6)
shares = st.floats(1e-4, 2.0)
"""ATR as a part of the price."""
balances = st.floats(1.0, 1e9)
regimes = st.sampled_from(REGIMES)


@pytest.mark.critical
@given(prices, shares, balances, regimes)
def test_one_atr_against_the_position_costs_at_most_the_maximum_risk(
    price: float, share: float, balance: float, regime: str
) -> None:
    manager = RiskManager()
    quantity = manager.calculate_position_size(price, price * share, balance, regime)
    assert 0.0 <= quantity * price * share <= manager.params.max_risk_per_trade * balance * SLACK
    assert quantity * price <= manager.params.max_position_size * balance * SLACK


@pytest.mark.critical
@given(prices, shares, balances, regimes, st.floats(1.0, 100.0))
def test_more_balance_never_buys_less_and_more_atr_never_buys_more(
    price: float, share: float, balance: float, regime: str, factor: float
) -> None:
    size = RiskManager().calculate_position_size
    atr = price * share
    assert size(price, atr, balance, regime) <= size(price, atr, balance * factor, regime) * SLACK
    assert size(price, atr * factor, balance, regime) <= size(price, atr, balance, regime) * SLACK


@pytest.mark.critical
@given(prices, shares, balances)
def test_a_volatile_market_is_held_least_and_a_trending_one_most(price: float, share: float, balance: float) -> None:
    held = [RiskManager().calculate_position_size(price, price * share, balance, regime) for regime in REGIMES]
    trending, ranging, volatile = held
    assert volatile <= ranging * SLACK
    assert ranging <= trending * SLACK


@given(prices, shares, balances)
def test_the_size_is_the_guide_s_formula(price: float, share: float, balance: float) -> None:
    atr = price * share
    expected = min(balance * 0.02 / atr, balance * 0.25 / price)
    assert RiskManager().calculate_position_size(price, atr, balance, "ranging") == pytest.approx(expected, rel=1e-12)


@pytest.mark.critical
@given(prices, shares)
def test_a_stop_lies_on_the_losing_side_and_two_atr_away(price: float, share: float) -> None:
    manager, atr = RiskManager(), price * share
    assert manager.calculate_stop_loss(price, atr, "long") == pytest.approx(max(0.0, price - 2 * atr), rel=1e-9)
    assert manager.calculate_stop_loss(price, atr, "short") == pytest.approx(price + 2 * atr, rel=1e-9)
    assert manager.calculate_stop_loss(price, atr, 1) < price < manager.calculate_stop_loss(price, atr, -1)


@pytest.mark.parametrize("atr", [0.0, -1.0, math.nan, math.inf])
def test_an_unknown_atr_buys_nothing_and_has_no_stop(atr: float) -> None:
    manager = RiskManager()
    assert manager.calculate_position_size(100.0, atr, 1_000.0, "ranging") == 0.0
    with pytest.raises(UsageError):
        manager.calculate_stop_loss(100.0, atr, "long")


def test_an_unknown_regime_or_side_is_refused_in_words() -> None:
    manager = RiskManager(attrs.evolve(RiskParameters(), base_risk_per_trade=0.01))
    with pytest.raises(UsageError, match="regime"):
        manager.calculate_position_size(100.0, 1.0, 1_000.0, "sideways")
    with pytest.raises(UsageError, match="side"):
        manager.calculate_stop_loss(100.0, 1.0, "up")
