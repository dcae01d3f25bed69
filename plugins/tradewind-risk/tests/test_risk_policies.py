"""What the risk policies do to plans and limits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind.api import REGIME_CODES, Limits, Plan, Signals
from tradewind_risk.atr_sizing import AtrSizing, AtrSizingConfig
from tradewind_risk.exposure import Exposure, ExposureConfig
from tradewind_risk.regime import Regime, RegimeConfig

ROWS = 4
INDEX = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
NAN = float("nan")


def frame(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"close": 100.0} | columns, index=INDEX, dtype=np.float64)


def plan(**columns: Any) -> Plan:
    return Plan.from_arrays(INDEX, **({"enter": 1} | columns))


def wished(made: Plan) -> Signals:
    """Return the signals that this plan was made of."""
    columns: dict[str, Any] = {name: made.columns[name] for name in Signals.spec()}
    return Signals.from_arrays(made.time, **columns)


def applied(policy: Any, features: pd.DataFrame, made: Plan) -> Plan:
    after = policy.plan(features, wished(made), made)
    assert isinstance(after, Plan)
    return after


def unchanged_but(name: str, before: Plan, after: Plan) -> bool:
    return all(np.array_equal(before.columns[c], after.columns[c], equal_nan=True) for c in before.columns if c != name)


def test_fills_in_a_stop_of_two_atr_where_none_was_given() -> None:
    before = plan(stop_dist=[NAN, 3.0, 9.0, np.inf])
    after = applied(AtrSizing(), frame(sizing_atr=2.0), before)
    assert after.stop_dist.tolist() == [4.0, 3.0, 9.0, np.inf]
    assert unchanged_but("stop_dist", before, after)


def test_a_stop_that_another_policy_filled_in_yields_to_the_nearer_one() -> None:
    signals, filled = wished(plan()), plan(stop_dist=[3.0, 5.0, NAN, np.inf])
    after = AtrSizing().plan(frame(sizing_atr=2.0), signals, filled)
    assert after.stop_dist.tolist() == [3.0, 4.0, 4.0, 4.0]


def test_the_multiplier_scales_the_stop() -> None:
    policy = AtrSizing(AtrSizingConfig(atr_multiplier=0.5))
    assert applied(policy, frame(sizing_atr=2.0), plan()).stop_dist.tolist() == [2.0] * ROWS


def test_a_stop_that_is_filled_in_lies_between_zero_and_the_price() -> None:
    assert applied(AtrSizing(), frame(sizing_atr=80.0), plan()).stop_dist.tolist() == [90.0] * ROWS


@pytest.mark.parametrize("atr", [NAN, 0.0])
def test_leaves_the_stop_open_where_volatility_is_unknown_or_no_distance(atr: float) -> None:
    assert np.isnan(applied(AtrSizing(), frame(sizing_atr=atr), plan()).stop_dist).all()


def test_cuts_stated_risk_to_the_base_and_leaves_open_risk_to_the_account() -> None:
    policy = AtrSizing(AtrSizingConfig(base_risk=0.01))
    after = applied(policy, frame(sizing_atr=2.0), plan(risk=[0.03, 0.005, NAN, 0.0]))
    np.testing.assert_array_equal(after.risk, [0.01, 0.005, NAN, 0.0])


def test_atr_sizing_lowers_the_accounts_base_and_stop_and_never_raises_them() -> None:
    policy = AtrSizing(AtrSizingConfig(base_risk=0.01, atr_multiplier=0.8))
    assert policy.limits(Limits()) == Limits(base_risk_per_trade=0.01, position_size_atr_multiplier=0.8)
    tighter = Limits(base_risk_per_trade=0.005, position_size_atr_multiplier=0.5)
    assert policy.limits(tighter) == tighter


def test_marks_volatile_bars_where_the_strategy_said_nothing() -> None:
    before = plan()
    after = applied(Regime(), frame(policy_regime=[0.0, 1.0, 2.0, NAN]), before)
    assert after.regime.tolist() == [0, 0, REGIME_CODES["volatile"], 0]
    assert unchanged_but("regime", before, after)


def test_leaves_what_the_strategy_called_trending_or_volatile() -> None:
    after = applied(Regime(), frame(policy_regime=[2.0, 1.0, 0.0, 2.0]), plan(regime=[1, 1, 2, 0]))
    assert after.regime.tolist() == [1, 1, 2, 2]


def test_a_trend_that_another_policy_called_ranging_stays_the_strategys() -> None:
    after = Regime().plan(frame(policy_regime=2.0), wished(plan(regime=1)), plan(regime=0))
    assert after.regime.tolist() == [0] * ROWS


def test_judges_each_bar_by_itself() -> None:
    detected = [2.0, 2.0, 2.0, 2.0]
    late = applied(Regime(), frame(policy_regime=detected), plan(regime=[0, 0, 0, 1]))
    early = applied(Regime(), frame(policy_regime=detected).iloc[:3], plan().rows(0, 3))
    assert late.regime[:3].tolist() == early.regime.tolist() == [2, 2, 2]


def test_regime_caps_the_accounts_multipliers() -> None:
    policy = Regime(RegimeConfig(trending_multiplier=1.2, volatile_multiplier=0.9))
    assert policy.limits(Limits()) == Limits(trending_multiplier=1.2)


def test_caps_every_entry_and_keeps_tighter_caps() -> None:
    before = plan(cap=[NAN, 0.1, 0.9, 0.0])
    after = applied(Exposure(ExposureConfig(max_position_size=0.2)), frame(), before)
    assert after.cap.tolist() == [0.2, 0.1, 0.2, 0.0]
    assert unchanged_but("cap", before, after)


def test_exposure_tightens_each_cap_of_the_account_that_is_wider() -> None:
    policy = Exposure(
        ExposureConfig(
            max_position_size=0.2, max_total_exposure=0.5, max_concurrent_positions=2, max_correlated_risk=0.04
        )
    )
    expected = Limits(
        max_position_size=0.2, max_total_exposure=0.5, max_concurrent_positions=2, max_correlated_risk=0.04
    )
    assert policy.limits(Limits()) == expected
    assert policy.limits(expected) == expected
    assert policy.limits(Limits(max_concurrent_positions=1)).max_concurrent_positions == 1


@pytest.mark.parametrize("policy", [AtrSizing(), Regime(), Exposure()], ids=lambda policy: type(policy).__name__)
def test_defaults_leave_the_default_limits_as_they_are(policy: Any) -> None:
    assert policy.limits(Limits()) == Limits()


@pytest.mark.parametrize("policy", [AtrSizing(), Regime(), Exposure()], ids=lambda policy: type(policy).__name__)
def test_works_on_an_empty_plan_and_changes_neither_frame_nor_plan(policy: Any) -> None:
    whole = frame(sizing_atr=2.0, policy_regime=2.0)
    empty = applied(policy, whole.iloc[:0], Plan.from_arrays(INDEX[:0]))
    assert len(empty) == 0
    frame_before, plan_before = whole.copy(), plan()
    applied(policy, whole, plan_before)
    pd.testing.assert_frame_equal(whole, frame_before)
    pd.testing.assert_frame_equal(plan_before.to_frame(), plan().to_frame())
