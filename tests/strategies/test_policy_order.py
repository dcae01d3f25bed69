"""The shipped policies give the same plan and the same limits in any order, and tighten both."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.accounts import limits
from generators.plans import Habit, habits, plan
from tradewind.model.bars import Bars
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.pipeline.tighten import apply_policies, tighten_limits
from tradewind.plugins.catalog import load_catalog

ROWS = 40
INDEX = pd.date_range("2024-01-01", periods=ROWS, freq="4h", tz="UTC")
CATALOG = load_catalog()
TOUCHED = {"stop_dist", "risk", "regime", "cap", "confidence"}
"""The columns that a policy below may change."""

SETTINGS: dict[str, dict[str, list[Any]]] = {
    "atr-sizing": {"base_risk": [0.02, 0.001, 1.0], "atr_multiplier": [1.0, 0.3]},
    "regime": {"volatile_multiplier": [0.6, 0.0, 3.0], "trending_multiplier": [1.5, 1.0]},
    "exposure": {"max_position_size": [0.25, 0.05, 1.0], "max_concurrent_positions": [3, 1]},
    "cooldown": {"bars": [0, 6, 100]},
    "stop-guard": {"stops": [1, 3, 9], "window": [1, 24, 99], "bars": [0, 50]},
    "low-profit": {"trades": [1, 4], "required": [-0.1, 0.0, 0.1], "bars": [0, 50]},
}


@st.composite
def orders(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Draw the shipped policies with settings of their own, in the order of names and in another."""
    built = {}
    for name, values in SETTINGS.items():
        chosen = {setting: draw(st.sampled_from(options)) for setting, options in values.items()}
        built[name] = CATALOG.build("risk_policies", name, chosen)
    if draw(st.booleans()):
        built["strict"] = Strict()
    return built, {name: built[name] for name in draw(st.permutations(list(built)))}


def market(rng: np.random.Generator) -> pd.DataFrame:
    """Return bars with volatility and regime, unknown or zero in places."""
    return pd.DataFrame(
        {
            **dict.fromkeys(("open", "high", "low", "close", "volume"), 100.0),
            "sizing_atr": rng.choice([np.nan, 0.0, 1.0, 7.5], ROWS),
            "policy_regime": rng.choice([np.nan, 0.0, 1.0, 2.0], ROWS),
        },
        index=INDEX,
    )


class Strict:
    """A policy of somebody else's that takes the tighter of what it finds and what it wants."""

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
        calmer = np.where(plan.regime == 1, 0, plan.regime)
        return plan.replaced(
            stop_dist=np.fmin(plan.stop_dist, 6.0),
            risk=np.fmin(plan.risk, 0.01),
            cap=np.fmin(plan.cap, 0.2),
            confidence=np.minimum(plan.confidence, np.float32(0.9)),
            regime=calmer,
        )


def assert_same(one: Plan, other: Plan) -> None:
    pd.testing.assert_frame_equal(one.to_frame(), other.to_frame())


@given(orders(), habits(linear=True), st.integers(0, 2**32 - 1))
@settings(max_examples=60)
def test_the_order_of_policies_is_irrelevant_to_the_plan(
    both: tuple[dict[str, Any], dict[str, Any]], habit: Habit, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    frame = market(rng)
    wished = plan(habit, Bars.from_frame(frame), 0.25, rng)
    columns: dict[str, Any] = {name: wished.columns[name] for name in Signals.spec()}
    signals = Signals.from_arrays(INDEX, **columns)
    named, shuffled = both
    account = tighten_limits(named, Limits())
    tightened = apply_policies(named, frame, signals, wished, limits=account)
    assert_same(apply_policies(shuffled, frame, signals, wished, limits=account), tightened)
    assert_same(apply_policies(named, frame, signals, tightened, limits=account), tightened)
    for name in set(tightened.columns) - TOUCHED:
        np.testing.assert_array_equal(tightened.columns[name], wished.columns[name])


@given(orders(), limits())
@settings(max_examples=60)
def test_the_order_of_policies_is_irrelevant_to_the_limits(
    both: tuple[dict[str, Any], dict[str, Any]], account: Limits
) -> None:
    named, shuffled = both
    tightened = tighten_limits(named, account)
    assert tighten_limits(shuffled, account) == tightened
    assert tighten_limits(named, tightened) == tightened


def test_every_shipped_policy_is_among_those_permuted() -> None:
    shipped = {"tradewind-risk", "tradewind-protections"}
    offered = {entry.name for entry in CATALOG.entries("risk_policies") if entry.distribution in shipped}
    assert offered == set(SETTINGS)
