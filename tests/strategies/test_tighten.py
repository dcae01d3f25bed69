"""A risk policy may tighten anything and loosen nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.errors import PlanError, StrategyError
from tradewind.model.columns import PLAN_COLUMNS
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.pipeline.looser import COLUMN_RULES, LIMIT_RULES
from tradewind.pipeline.tighten import apply_policies, tighten_limits

ROWS = 3
INDEX = pd.date_range("2024-03-01", periods=ROWS, freq="4h", tz="UTC")
FRAME = pd.DataFrame({"close": 100.0}, index=INDEX)
SIGNALS = Signals.from_arrays(INDEX)
NAN, INF = float("nan"), float("inf")
POLICY = OUTCOME_CODES["blocked:policy"]
NO_OPINION = OUTCOME_CODES["blocked:no_opinion"]


@attrs.frozen
class Doing:
    """A policy that does what it is told."""

    to_plan: Callable[[Plan], Any] = lambda plan: plan
    to_limits: Callable[[Limits], Any] = lambda limits: limits

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return self.to_plan(plan)

    def limits(self, limits: Limits) -> Any:
        return self.to_limits(limits)


def applied(before: Mapping[str, Any], after: Mapping[str, Any], **known: Any) -> Plan:
    """Apply one policy that sets these columns in the last row of a plan that has those."""
    plan = Plan.from_arrays(INDEX, **before)

    def change(plan: Plan) -> Plan:
        columns: dict[str, Any] = {}
        for name, value in after.items():
            if PLAN_COLUMNS[name].ladder:
                columns[name] = np.vstack([np.broadcast_to(value, (ROWS, len(value)))])
            else:
                columns[name] = np.concatenate([plan.columns[name][:-1], [value]])
        return plan.replaced(**columns)

    return apply_policies({"cheat": Doing(change)}, FRAME, SIGNALS, plan, **known)


LOOSER: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("enter", {"enter": 0}, {"enter": 1}),
    ("enter", {"enter": 1}, {"enter": -1}),
    ("exit_long", {"exit_long": True}, {"exit_long": False}),
    ("exit_short", {"exit_short": True}, {"exit_short": False}),
    ("confidence", {"confidence": 0.7}, {"confidence": 0.8}),
    ("stop_dist", {"stop_dist": 2.0}, {"stop_dist": 2.1}),
    ("stop_dist", {"stop_dist": 2.0}, {"stop_dist": NAN}),
    ("stop_dist", {"stop_dist": NAN}, {"stop_dist": INF}),
    ("stop_dist", {"stop_dist": 2.0}, {"stop_dist": INF}),
    ("trail_dist", {"trail_dist": 2.0}, {"trail_dist": 2.1}),
    ("trail_dist", {"trail_dist": 2.0}, {"trail_dist": NAN}),
    ("trail_arm_r", {"trail_dist": 2.0, "trail_arm_r": 1.0}, {"trail_arm_r": 1.5}),
    ("trail_arm_r", {"trail_dist": 2.0, "trail_arm_r": 1.0}, {"trail_arm_r": NAN}),
    ("tp_r", {"tp_r": [2.0], "tp_frac": [0.5]}, {"tp_r": [3.0]}),
    ("tp_r", {"tp_r": [2.0, 3.0], "tp_frac": [0.5, 0.5]}, {"tp_r": [2.0, 4.0]}),
    ("tp_frac", {"tp_r": [2.0], "tp_frac": [0.5]}, {"tp_frac": [0.4]}),
    ("tp_r", {"tp_r": [2.0], "tp_frac": [0.5]}, {"tp_r": [NAN], "tp_frac": [0.0]}),
    ("max_bars", {"max_bars": 10}, {"max_bars": 11}),
    ("max_bars", {"max_bars": 10}, {"max_bars": 0}),
    ("limit_off", {"limit_off": 1.0}, {"limit_off": 0.5}),
    ("limit_off", {"limit_off": 1.0}, {"limit_off": NAN}),
    ("cap", {"cap": 0.1}, {"cap": 0.2}),
    ("cap", {"cap": 0.1}, {"cap": NAN}),
    ("regime", {"regime": 0}, {"regime": 1}),
    ("regime", {"regime": 2}, {"regime": 1}),
    ("regime", {"regime": 2}, {"regime": 0}),
    ("bits", {"bits": 5}, {"bits": 4}),
    ("risk", {"risk": 0.01}, {"risk": 0.02}),
    ("risk", {"risk": NAN}, {"risk": 0.021}),
    ("risk", {"risk": 0.01}, {"risk": NAN}),
    ("qty_fraction", {"qty_fraction": 0.1}, {"qty_fraction": 0.2}),
    ("qty_fraction", {"qty_fraction": 0.1}, {"qty_fraction": NAN}),
    ("qty_fraction", {"stop_dist": INF}, {"qty_fraction": 0.1}),
    ("veto", {"veto": POLICY}, {"veto": 0}),
    ("veto", {"veto": NO_OPINION}, {"veto": POLICY}),
]


@pytest.mark.parametrize(("column", "before", "after"), LOOSER, ids=str)
def test_a_policy_that_loosens_is_refused_by_name_column_and_row(
    column: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    with pytest.raises(StrategyError) as caught:
        applied(before, after)
    assert caught.value.code == "TW-K004"
    row = 0 if PLAN_COLUMNS[column].ladder else ROWS - 1
    assert caught.value.data == {"policy": "cheat", "column": column, "row": row}
    assert f"risk policy 'cheat' loosened {column!r} in row {row} ({INDEX[row].isoformat()})" in caught.value.message


TIGHTER: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"enter": 1}, {"enter": 0}),
    ({"enter": -1}, {"enter": 0}),
    ({"exit_long": False}, {"exit_long": True}),
    ({"exit_short": False}, {"exit_short": True}),
    ({"confidence": 0.7}, {"confidence": 0.0}),
    ({"stop_dist": 2.0}, {"stop_dist": 1.9}),
    ({"stop_dist": NAN}, {"stop_dist": 50.0}),
    ({"stop_dist": INF}, {"stop_dist": NAN}),
    ({"stop_dist": INF}, {"stop_dist": 2.0}),
    ({"trail_dist": 2.0}, {"trail_dist": 1.0}),
    ({"trail_dist": NAN}, {"trail_dist": 9.0, "trail_arm_r": 3.0}),
    ({"trail_dist": 2.0, "trail_arm_r": 1.0}, {"trail_arm_r": 0.5}),
    ({"trail_dist": 2.0, "trail_arm_r": NAN}, {"trail_arm_r": 5.0}),
    ({"tp_r": [2.0, 3.0], "tp_frac": [0.5, 0.5]}, {"tp_r": [1.0, 3.0]}),
    ({"tp_r": [2.0, 3.0], "tp_frac": [0.5, 0.5]}, {"tp_r": [2.0], "tp_frac": [1.0]}),
    ({"tp_r": [2.0], "tp_frac": [0.5]}, {"tp_r": [1.0, 2.0], "tp_frac": [0.3, 0.3]}),
    ({}, {"tp_r": [2.0], "tp_frac": [0.5]}),
    ({"max_bars": 0}, {"max_bars": 10}),
    ({"max_bars": 10}, {"max_bars": 9}),
    ({"limit_off": NAN}, {"limit_off": 0.0}),
    ({"limit_off": 1.0}, {"limit_off": 2.0}),
    ({"cap": NAN}, {"cap": 0.5}),
    ({"cap": 0.2}, {"cap": 0.0}),
    ({"regime": 0}, {"regime": 2}),
    ({"regime": 1}, {"regime": 2}),
    ({"regime": 1}, {"regime": 0}),
    ({"risk": NAN}, {"risk": 0.02}),
    ({"risk": 0.02}, {"risk": 0.01}),
    ({"risk": 0.05}, {"risk": NAN}),
    ({"qty_fraction": 0.2}, {"qty_fraction": 0.1}),
    ({"qty_fraction": NAN}, {"qty_fraction": 0.9}),
    ({"veto": 0}, {"veto": POLICY}),
]


@pytest.mark.parametrize(("before", "after"), TIGHTER, ids=str)
def test_a_policy_may_tighten_every_column(before: dict[str, Any], after: dict[str, Any]) -> None:
    plan = applied(before, after)
    for name, value in after.items():
        np.testing.assert_array_equal(plan.columns[name][-1], np.asarray(value, dtype=PLAN_COLUMNS[name].dtype))


def test_every_column_of_a_plan_has_a_rule_and_a_case_that_breaks_it() -> None:
    assert set(COLUMN_RULES) == set(PLAN_COLUMNS)
    assert {column for column, _, _ in LOOSER} == set(PLAN_COLUMNS)


def test_an_unused_risk_stands_for_the_base_of_the_limits_in_force() -> None:
    assert applied({}, {"risk": 0.01}, limits=Limits(base_risk_per_trade=0.01)).risk[-1] == 0.01
    with pytest.raises(StrategyError, match="TW-K004"):
        applied({}, {"risk": 0.02}, limits=Limits(base_risk_per_trade=0.01))


def test_policies_find_the_base_of_the_limits_in_force_where_no_risk_was_stated() -> None:
    plan = Plan.from_arrays(INDEX, risk=[NAN, 0.05, 0.001])
    seen: list[float] = []

    def look(plan: Plan) -> Plan:
        seen.extend(plan.risk.tolist())
        return plan

    apply_policies({"looks": Doing(look)}, FRAME, SIGNALS, plan, limits=Limits(base_risk_per_trade=0.01))
    assert seen == [0.01, 0.05, 0.001]


def test_an_unused_stop_stands_for_two_atr_where_the_atr_is_known() -> None:
    atr = np.array([NAN, NAN, 1.0])
    assert applied({}, {"stop_dist": 2.0}, atr=atr).stop_dist[-1] == 2.0
    assert np.isnan(applied({"stop_dist": 2.5}, {"stop_dist": NAN}, atr=atr).stop_dist[-1])
    with pytest.raises(StrategyError, match="stop_dist"):
        applied({}, {"stop_dist": 2.1}, atr=atr)
    with pytest.raises(StrategyError, match="stop_dist"):
        applied({}, {"stop_dist": 2.0}, atr=atr, limits=Limits(position_size_atr_multiplier=0.5))


def test_each_policy_is_held_to_what_the_one_before_left() -> None:
    plan = Plan.from_arrays(INDEX, risk=0.02)
    lower = Doing(lambda plan: plan.replaced(risk=0.01))
    back = Doing(lambda plan: plan.replaced(risk=0.02))
    with pytest.raises(StrategyError, match="risk policy 'back' loosened 'risk'"):
        apply_policies({"lower": lower, "back": back}, FRAME, SIGNALS, plan)


def test_without_policies_the_plan_is_the_same_object() -> None:
    plan = Plan.from_arrays(INDEX, enter=1)
    assert apply_policies({}, FRAME, SIGNALS, plan) is plan
    assert apply_policies({"idle": Doing()}, FRAME, SIGNALS, plan) is plan


@pytest.mark.parametrize(
    "answer",
    [
        lambda plan: None,
        lambda plan: plan.to_frame(),
        lambda plan: plan.rows(0, 2),
        lambda plan: Plan.from_arrays(INDEX + pd.Timedelta("4h")),
        lambda plan: attrs.evolve(plan, conditions=("other",)),
    ],
    ids=["nothing", "a frame", "fewer rows", "other times", "other conditions"],
)
def test_an_answer_that_is_not_the_plan_is_refused(answer: Callable[[Plan], Any]) -> None:
    with pytest.raises(StrategyError, match="TW-K004 risk policy 'odd' answered with") as caught:
        apply_policies({"odd": Doing(answer)}, FRAME, SIGNALS, Plan.from_arrays(INDEX))
    assert caught.value.data["policy"] == "odd"


def test_an_exception_of_a_policy_names_it() -> None:
    broken = Doing(lambda plan: 1 / 0)
    with pytest.raises(StrategyError, match="risk policy 'broken' raised ZeroDivisionError") as caught:
        apply_policies({"broken": broken}, FRAME, SIGNALS, Plan.from_arrays(INDEX))
    assert caught.value.code == "TW-K007"
    with pytest.raises(PlanError) as plain:
        apply_policies({"wild": Doing(lambda plan: plan.replaced(risk=7.0))}, FRAME, SIGNALS, Plan.from_arrays(INDEX))
    assert plain.value.__notes__ == ["Raised in risk policy 'wild'."]


def test_a_policy_cannot_change_the_frame_that_others_see() -> None:
    class Spoils:
        def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
            frame["close"] = 0.0
            return plan

    apply_policies({"spoils": Spoils()}, FRAME, SIGNALS, Plan.from_arrays(INDEX))
    assert (FRAME["close"] == 100.0).all()


LOOSER_LIMITS: dict[str, tuple[Any, Any]] = {
    "base_risk_per_trade": (0.1, 0.2),
    "max_risk_per_trade": (0.1, 0.2),
    "max_position_size": (0.1, 0.2),
    "max_position": (0.1, 0.2),
    "max_daily_risk": (0.1, 0.2),
    "max_drawdown": (0.1, 0.2),
    "max_correlated_risk": (0.1, 0.2),
    "max_total_exposure": (0.1, 0.2),
    "position_size_atr_multiplier": (0.1, 0.2),
    "trending_multiplier": (0.1, 0.2),
    "ranging_multiplier": (0.1, 0.2),
    "volatile_multiplier": (0.1, 0.2),
    "throttle_start": (0.1, 0.2),
    "throttle_floor": (0.1, 0.2),
    "throttle_end": (0.1, 0.2),
    "max_concurrent_positions": (2, 3),
    "cooldown_bars": (3, 2),
    "stop_guard_stops": (2, 3),
    "stop_guard_window": (3, 2),
    "stop_guard_bars": (3, 2),
    "low_profit_trades": (2, 3),
    "low_profit_required": (0.02, 0.01),
    "low_profit_bars": (3, 2),
    "max_volume_share": (0.1, 0.2),
    "min_notional_factor": (1.2, 1.1),
    "flatten_on_drawdown": (True, False),
    "close_only": (True, False),
}
"""Per limit a tight and a loose value."""


def test_every_limit_has_a_rule_and_a_case_that_breaks_it() -> None:
    names = {field.name for field in attrs.fields(Limits)}
    assert set(LIMIT_RULES) == set(LOOSER_LIMITS) == names


@pytest.mark.parametrize("name", LOOSER_LIMITS)
def test_a_policy_may_tighten_every_limit_and_loosen_none(name: str) -> None:
    tight, loose = LOOSER_LIMITS[name]
    loosen = Doing(to_limits=lambda limits: attrs.evolve(limits, **{name: loose}))
    tighten = Doing(to_limits=lambda limits: attrs.evolve(limits, **{name: tight}))
    assert getattr(tighten_limits({"good": tighten}, Limits(**{name: loose})), name) == tight
    assert tighten_limits({"idle": loosen}, Limits(**{name: loose})) == Limits(**{name: loose})
    with pytest.raises(StrategyError, match=f"risk policy 'cheat' loosened limits.{name}:") as caught:
        tighten_limits({"good": tighten, "cheat": loosen}, Limits(**{name: loose}))
    assert caught.value.code == "TW-K004"


@pytest.mark.parametrize("name", ["stop_guard_stops", "low_profit_trades", "max_volume_share"])
def test_zero_switches_a_limit_off_and_is_its_loosest_value(name: str) -> None:
    none: dict[str, Any] = {name: 0}
    one: dict[str, Any] = {name: 1}
    on = Doing(to_limits=lambda limits: attrs.evolve(limits, **one))
    off = Doing(to_limits=lambda limits: attrs.evolve(limits, **none))
    assert tighten_limits({"on": on}, Limits(**none)) == Limits(**one)
    with pytest.raises(StrategyError, match="TW-K004"):
        tighten_limits({"off": off}, Limits(**one))


def test_limits_of_another_kind_are_refused_and_policies_without_limits_are_passed_over() -> None:
    class PlanOnly:
        def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
            return plan

    assert tighten_limits({"plan-only": PlanOnly()}, Limits()) == Limits()
    with pytest.raises(StrategyError, match="answered with dict, expected Limits"):
        tighten_limits({"odd": Doing(to_limits=lambda limits: {})}, Limits())
    with pytest.raises(StrategyError, match="TW-K007"):
        tighten_limits({"broken": Doing(to_limits=lambda limits: 1 / 0)}, Limits())
