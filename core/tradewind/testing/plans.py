"""Plans to try risk policies on, and the policies of the kit that they must get on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals, times_of
from tradewind.plugins.protocols import RiskPolicy

_MONDAY: Final = 4
"""The epoch was a Thursday: days since then that fall on a Monday leave this remainder by seven."""

Floats = npt.NDArray[np.float64]


def some_signals(frame: pd.DataFrame, seed: int) -> Signals:
    """Return seeded signals of every kind: some rows propose stops, trails, targets and caps, some do not."""
    rng = np.random.default_rng(seed)
    rows, close = len(frame), np.nan_to_num(frame["close"].to_numpy(dtype=np.float64), nan=100.0)
    return Signals.from_arrays(
        frame.index,
        conditions=("first", "second"),
        enter=rng.choice([-1, 0, 0, 1, 1], rows).astype(np.int8),
        exit_long=rng.random(rows) < 0.1,
        exit_short=rng.random(rows) < 0.1,
        confidence=rng.uniform(0.3, 1.5, rows).astype(np.float32),
        stop_dist=_sometimes(rng, close * rng.uniform(0.01, 0.2, rows)),
        trail_dist=_sometimes(rng, close * rng.uniform(0.01, 0.2, rows)),
        trail_arm_r=rng.uniform(0.0, 2.0, rows),
        tp_r=np.column_stack([rng.uniform(1.0, 2.0, rows), rng.uniform(3.0, 5.0, rows)]),
        tp_frac=np.tile([0.3, 0.4], (rows, 1)),
        max_bars=rng.choice([0, 0, 12, 48], rows).astype(np.int32),
        cap=_sometimes(rng, rng.uniform(0.02, 0.25, rows)),
        regime=rng.integers(0, 3, rows).astype(np.int8),
        bits=rng.integers(0, 4, rows).astype(np.uint32),
    )


def some_plan(signals: Signals, seed: int) -> Plan:
    """Return a plan of these signals, in which some rows state a risk within the default limits, or a fraction."""
    rng, rows = np.random.default_rng([seed, 1]), len(signals)
    limits = Limits()
    return Plan.from_signals(signals).replaced(
        risk=_sometimes(rng, rng.uniform(0.002, limits.max_risk_per_trade, rows)),
        qty_fraction=_sometimes(rng, rng.uniform(0.01, 0.2, rows), share=0.1),
    )


def plan_of_nothing(signals: Signals) -> Plan:
    """Return a plan of these signals that has nothing to risk: every size in it is zero."""
    return Plan.from_signals(signals).replaced(confidence=0.0, risk=0.0, cap=0.0, qty_fraction=0.0)


def _sometimes(rng: np.random.Generator, values: Floats, share: float = 0.6) -> Floats:
    return np.where(rng.random(len(values)) < share, values, np.nan)


def _least(values: Floats, most: Floats | float) -> Floats:
    return np.fmin(values, most)


class _LessRisk:
    """Lower the risk of every row to a sixth of the default base."""

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
        del frame, signals
        return plan.replaced(risk=_least(plan.risk, Limits().base_risk_per_trade / 6))


class _CloserStops:
    """Take stops no farther than 3% and caps no larger than a twentieth."""

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
        del signals
        near = 0.03 * np.nan_to_num(frame["close"].to_numpy(dtype=np.float64), nan=100.0)
        return plan.replaced(stop_dist=_least(plan.stop_dist, near), cap=_least(plan.cap, 0.05))


class _Doubt:
    """Halve what confidence is above a half, and forbid entries on Mondays."""

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Plan:
        del signals
        monday = times_of(frame.index) // 86_400_000 % 7 == _MONDAY
        doubted = plan.replaced(confidence=np.minimum(plan.confidence, np.float32(0.5)))
        return doubted.forbid(monday, "policy")


COMPANIONS: Final[Mapping[str, RiskPolicy]] = {
    "less risk": _LessRisk(),
    "closer stops": _CloserStops(),
    "doubt": _Doubt(),
}
"""Policies that each take the tighter of what they find and what they want."""
