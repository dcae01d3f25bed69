"""A risk policy that keeps its promises, and one that breaks each."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from kit.indicators import POSITION
from kit.mutants import Mutant, path_of
from kit.strategies import LEAKY
from tradewind.api import Limits, Need, Plan, Signals, within
from tradewind.testing import RiskPolicyContract


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the policy: how much risk is left in the upper range, and the largest position."""

    scale: float = attrs.field(default=0.01, validator=within(0.0, 1.0))
    share: float = attrs.field(default=0.05, validator=within(0.0, 1.0, above_low=True))


class Sound:
    """Risk at most a hundredth, a stop of at most a tenth, and nothing at the very top."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def needs(self) -> list[Need]:
        """Return the position in the range."""
        return [Need("position", {"length": 10})]

    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        """Return the plan with less risk, closer stops and no entries at the top."""
        del signals
        near = 0.1 * frame["close"].to_numpy()
        top = frame["position"].to_numpy() > 0.95
        tighter = plan.replaced(risk=self.risk(plan), stop_dist=np.fmin(plan.stop_dist, near))
        return tighter.forbid(top, "policy")

    def risk(self, plan: Plan) -> Any:
        """Return the risk that is left."""
        return np.fmin(plan.risk, self.settings.scale)

    def limits(self, limits: Limits) -> Limits:
        """Return limits with a smaller position."""
        return attrs.evolve(limits, max_position=min(limits.max_position, self.settings.share))


class Doubles(Sound):
    def risk(self, plan: Plan) -> Any:
        return np.minimum(2.0 * plan.risk, 1.0)


class MovesStopsAway(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return super().plan(frame, signals, plan).replaced(stop_dist=2.0 * plan.stop_dist)


class TurnsAround(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return super().plan(frame, signals, plan).replaced(enter=-plan.enter)


class HoldsOn(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return super().plan(frame, signals, plan).replaced(exit_long=False)


class OneShort(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return super().plan(frame, signals, plan).rows(1, len(plan))


class AnswersSignals(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return signals


class FearsTomorrow(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        falls = (frame["close"].shift(-1) < frame["close"]).to_numpy()
        return super().plan(frame, signals, plan).forbid(falls, "policy")


class Halves(Sound):
    def risk(self, plan: Plan) -> Any:
        return 0.5 * plan.risk


class StopsBelowZero(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        far = 3.0 * frame["close"].to_numpy()
        return super().plan(frame, signals, plan).replaced(stop_dist=np.fmin(plan.stop_dist, far))


class CapsInPercent(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        return super().plan(frame, signals, plan).replaced(cap=np.fmin(plan.cap, 25.0))


class WidensLimits(Sound):
    def limits(self, limits: Limits) -> Limits:
        return attrs.evolve(limits, max_drawdown=0.5)


class ZeroIsUnknown(Sound):
    def risk(self, plan: Plan) -> Any:
        return np.where(plan.risk > 0.0, np.fmin(plan.risk, self.settings.scale), self.settings.scale)


class FailsOnTheUnknown(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        if frame["close"].isna().any():
            raise ValueError("a price is unknown")
        return super().plan(frame, signals, plan)


class BoldInTheDark(Sound):
    def plan(self, frame: pd.DataFrame, signals: Signals, plan: Plan) -> Any:
        tighter = super().plan(frame, signals, plan)
        dark = frame["close"].isna().to_numpy()
        return tighter.replaced(risk=np.where(dark, 0.5, tighter.risk))


RECORD: Final[dict[str, Any]] = {"config": path_of(Settings), "needs": ("position",)}


def _of(component: Any, breaks: str = "", says: str = "", **more: Any) -> Mutant:
    return Mutant(
        contract=RiskPolicyContract,
        breaks=breaks,
        says=says,
        component=component,
        record=RECORD,
        attributes={"rows": 300},
        **({"companions": (POSITION,)} | more),
    )


MUTANTS: Final = (
    _of(Sound),
    _of(Doubles, "only_tightens", "'risk'"),
    _of(MovesStopsAway, "only_tightens", "'stop_dist'"),
    _of(TurnsAround, "only_tightens", "'enter'"),
    _of(HoldsOn, "only_tightens", "'exit_long'"),
    _of(OneShort, "only_tightens", "rows"),
    _of(AnswersSignals, "only_tightens", "Signals"),
    _of(FearsTomorrow, "no_lookahead", "later bars change the plan"),
    _of(Sound, "no_lookahead", "later bars change a feature", companions=(LEAKY,)),
    _of(Halves, "order_of_policies_irrelevant", "risk"),
    _of(StopsBelowZero, "stop_on_losing_side", "stop_dist"),
    _of(CapsInPercent, "size_within_limits", "25"),
    _of(WidensLimits, "size_within_limits", "max_drawdown"),
    _of(ZeroIsUnknown, "zero_equity", "risk was 0"),
    _of(FailsOnTheUnknown, "nan_volatility", "a price is unknown"),
    _of(BoldInTheDark, "nan_volatility", "'risk'"),
)
