"""Let risk policies tighten plans and limits, and hold them to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS, StrategyError, TradewindError
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.pipeline.looser import COLUMN_RULES, LIMIT_RULES, Defaults
from tradewind.plugins.protocols import RiskPolicy


def apply_policies(
    policies: Mapping[str, RiskPolicy],
    frame: pd.DataFrame,
    signals: Signals,
    plan: Plan,
    *,
    limits: Limits | None = None,
    atr: npt.NDArray[np.float64] | None = None,
) -> Plan:
    """
    Return the plan after every policy, each held to tighten it only.

    Args:
        policies: The policies by name, in any order: what each may do makes the order irrelevant
            as long as a policy takes the tighter of what it finds and what it wants.
        frame: The bars and features, one row per bar of the plan.
        signals: What the strategy wished; every policy sees the same.
        plan: The plan so far.
        limits: The account's limits, which say what an unused risk or stop stands for. When they are
            given, policies find the base risk in the plan in place of NaN, so that the lower of two
            risks is the same in any order; without them NaN is held to the default base.
        atr: The kernel's ATR per bar, price units. Without it a policy may give any stop where
            the strategy gave none.

    Raises:
        StrategyError: TW-K004 when a policy loosens, naming policy, column and row; TW-K007 when
            its code raises.
    """
    held = limits or Limits()
    stop_dist = np.nan if atr is None else 2.0 * atr * held.position_size_atr_multiplier
    defaults = Defaults(risk=held.base_risk_per_trade, stop_dist=stop_dist)
    if policies and limits is not None:
        plan = plan.replaced(risk=np.where(np.isnan(plan.risk), held.base_risk_per_trade, plan.risk))
    for name, policy in policies.items():
        tightened = _ask(name, policy.plan, frame.copy(deep=False), signals, plan)
        _hold_to_plan(name, plan, tightened, defaults)
        plan = tightened
    return plan


def tighten_limits(policies: Mapping[str, RiskPolicy], limits: Limits) -> Limits:
    """
    Return the limits after every policy that sets limits, each held to tighten them only.

    Raises:
        StrategyError: TW-K004 when a policy loosens, naming policy and limit; TW-K007 when its
            code raises.
    """
    for name, policy in policies.items():
        tighten = getattr(policy, "limits", None)
        if tighten is None:
            continue
        tightened = _ask(name, tighten, limits)
        if not isinstance(tightened, Limits):
            raise StrategyError(
                f"risk policy {name!r} answered with {type(tightened).__name__}, expected Limits.",
                code="TW-K004",
                hint="Return attrs.evolve(limits, …).",
                policy=name,
            )
        _hold_to_limits(name, limits, tightened)
        limits = tightened
    return limits


def _ask(name: str, question: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return question(*arguments)
    except TradewindError as error:
        error.add_note(f"Raised in risk policy {name!r}.")
        raise
    except PLUGIN_FAULTS as error:
        raise StrategyError(
            f"risk policy {name!r} raised {type(error).__name__}: {error}.",
            code="TW-K007",
            hint="Run again with --debug for the traceback.",
            policy=name,
        ) from error


def _hold_to_plan(name: str, old: Plan, new: Any, defaults: Defaults) -> None:
    if not isinstance(new, Plan) or not np.array_equal(new.time, old.time) or new.conditions != old.conditions:
        was = f"a plan of {len(new)} rows" if isinstance(new, Plan) else type(new).__name__
        raise StrategyError(
            f"risk policy {name!r} answered with {was}, expected the plan it was given, "
            f"of {len(old)} rows at the same times with the same conditions.",
            code="TW-K004",
            hint="Return plan.replaced(…) or plan.forbid(…).",
            policy=name,
        )
    for column, (loosened, expected) in COLUMN_RULES.items():
        if new.columns[column] is old.columns[column]:
            continue
        rows = np.flatnonzero(loosened(old, new, defaults))
        if rows.size:
            row = int(rows[0])
            when = pd.Timestamp(int(old.time[row]), unit="ms", tz="UTC")
            raise StrategyError(
                f"risk policy {name!r} loosened {column!r} in row {row} ({when.isoformat()}): "
                f"it was {old.columns[column][row]} and became {new.columns[column][row]}, expected {expected}.",
                code="TW-K004",
                hint="A policy may lower risk, tighten a stop or forbid an entry, never the reverse.",
                policy=name,
                column=column,
                row=row,
            )


def _hold_to_limits(name: str, old: Limits, new: Limits) -> None:
    for field in attrs.fields(Limits):
        loosened, expected = LIMIT_RULES[field.name]
        before, after = getattr(old, field.name), getattr(new, field.name)
        if loosened(before, after):
            raise StrategyError(
                f"risk policy {name!r} loosened limits.{field.name}: it was {before} and became {after}, "
                f"expected {expected}.",
                code="TW-K004",
                hint="A policy may tighten the account's limits, never loosen them.",
                policy=name,
                limit=field.name,
            )
