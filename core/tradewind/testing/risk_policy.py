"""The promises of a risk policy: it tightens, and nothing else."""

from __future__ import annotations

from typing import Any, ClassVar, Final, cast

import numpy as np
import pandas as pd

from tradewind.errors import StrategyError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.pipeline.tighten import apply_policies, tighten_limits
from tradewind.plugins.specs import RiskPolicySpec
from tradewind.testing import markets
from tradewind.testing.contract import installed_catalog, promise
from tradewind.testing.differences import difference
from tradewind.testing.failures import ContractFailure, require
from tradewind.testing.frames import frame_for
from tradewind.testing.plans import COMPANIONS, plan_of_nothing, some_plan, some_signals
from tradewind.testing.plugin import PluginContract

_SIZES: Final = ("risk", "cap", "qty_fraction", "confidence")


class RiskPolicyContract(PluginContract):
    """
    What a risk policy promises.

    Args:
        rows: Bars of each market it is tried on.
        tolerance: Largest difference between two computations of one value, relative to the
            value or to the column's typical size.
        seed: Seed of the markets and of the plans.
    """

    kind: ClassVar[str] = "risk_policies"
    methods: ClassVar[tuple[str, ...]] = ("plan",)
    rows: ClassVar[int] = 800
    tolerance: ClassVar[float] = 1e-9
    seed: ClassVar[int] = 7

    @property
    def record(self) -> RiskPolicySpec:
        """The policy's record."""
        return cast("RiskPolicySpec", super().record)

    def market(self, name: str) -> Bars:
        """Return one of the markets by its name."""
        return self.remember(f"market {name}", lambda: markets.market(name, self.seed, self.rows))

    def framed(self, bars: Bars) -> pd.DataFrame:
        """Return the bars with the features that the policy asks for."""
        ask = getattr(self.build(), "needs", None)
        needs = list(ask()) if ask is not None else []
        return frame_for(bars, needs, self.catalog or installed_catalog(), seed=self.seed)

    def frame(self, name: str) -> pd.DataFrame:
        """Return the frame of a whole market, computed once."""
        return self.remember(f"frame {name}", lambda: self.framed(self.market(name)))

    def tightened(self, frame: pd.DataFrame, plan: Plan | None = None, policy: Any = None) -> Plan:
        """Return the plan of a newly built policy for this frame, from seeded signals unless a plan is given."""
        signals = some_signals(frame, self.seed)
        given = some_plan(signals, self.seed) if plan is None else plan
        answer = (policy or self.build()).plan(frame.copy(deep=False), signals, given)
        require(isinstance(answer, Plan), f"plan answered with {type(answer).__name__}, expected a Plan.")
        require(np.array_equal(answer.time, given.time), f"plan answered with {len(answer)} rows for {len(given)}.")
        return cast("Plan", answer)

    @promise(after=("config_defaults_build",))
    def test_only_tightens(self) -> None:
        """
        The answer is the plan that was given, with lower risk, closer stops, fewer entries, more exits.

        Policies are what stands between a bad idea and the account: one that can loosen
        undoes all the others.

        To mend: take the smaller of what is there and what you want, `np.fmin(plan.risk, …)`;
        NaN in a plan stands for the account's default. Forbid with `plan.forbid(rows, "policy")`.
        """
        for name in markets.MARKETS:
            self._require_tighter(self.frame(name), name)
        flat = self.framed(markets.flat(200))
        self._require_tighter(flat, "flat")

    @promise(after=("only_tightens",))
    def test_no_lookahead(self) -> None:
        """
        Cut the history anywhere: no feature of the policy and no row of its plan before the cut changes.

        A policy that knows the next crash avoids it in the backtest alone.

        To mend: no negative shift, no centred window, no statistic of the whole frame.
        """
        for name in ("regimes", "missing bars"):
            bars, whole = self.market(name), self.frame(name)
            signals = some_signals(whole, self.seed)
            given = some_plan(signals, self.seed)
            tightened = self.tightened(whole).to_frame()
            for cut in markets.cuts(len(bars), self.seed):
                part = self.framed(bars.rows(0, cut))
                words = difference(whole.iloc[:cut], part, tolerance=self.tolerance)
                require(not words, f"later bars change a feature: with the history up to bar {cut} {words}.")
                earlier = self.build().plan(part, _first(signals, cut), given.rows(0, cut))
                words = difference(tightened.iloc[:cut], earlier.to_frame(), tolerance=self.tolerance)
                require(not words, f"later bars change the plan: with the history up to bar {cut} {words}.")

    @promise(after=("only_tightens",))
    def test_order_of_policies_irrelevant(self) -> None:
        """
        Before or after another policy, the outcome is the same.

        Policies are listed in the settings by name; whoever sorts that list must not change the risk.

        To mend: take the tighter of what is found and what is wanted. A policy that multiplies
        what it finds depends on who came before; compute what is wanted from frame and
        signals, which every policy sees alike.
        """
        frame = self.frame("regimes")
        signals = some_signals(frame, self.seed)
        given = some_plan(signals, self.seed)
        for name, other in COMPANIONS.items():
            first = self.tightened(frame, other.plan(frame, signals, given))
            last = other.plan(frame, signals, self.tightened(frame, given))
            words = difference(_effects(first), _effects(last), tolerance=self.tolerance)
            require(not words, f"after and before the kit's policy of {name} {words}.")

    @promise(after=("only_tightens",))
    def test_stop_on_losing_side(self) -> None:
        """
        A stop or a trail that the policy sets lies between zero and the price.

        A stop distance of more than the price puts the stop of a long position below zero,
        where it protects nothing, while the position is sized by it.

        To mend: bound the distance, `np.minimum(distance, 0.9 * close)`, and leave NaN where
        there is no volatility to go by.
        """
        for name in markets.MARKETS:
            frame = self.frame(name)
            signals = some_signals(frame, self.seed)
            given = some_plan(signals, self.seed)
            answer = self.tightened(frame, given)
            close = frame["close"].to_numpy(dtype=np.float64)
            for column in ("stop_dist", "trail_dist"):
                now, before = answer.columns[column], given.columns[column]
                changed = (now != before) & ~(np.isnan(now) & np.isnan(before))
                wrong = np.flatnonzero(changed & ~((now > 0.0) & (now < close)))
                row = int(wrong[0]) if wrong.size else 0
                require(
                    not wrong.size,
                    f"{column} became {now[row]} in row {row}, where the price is {close[row]} ({name}).",
                )

    @promise(after=("only_tightens",))
    def test_size_within_limits(self) -> None:
        """
        What the policy sets is within the account's limits, and the limits it answers with are as tight or tighter.

        A cap of 25 that was meant as 25% is no cap at all.

        To mend: write fractions, 0.25 for 25%, and `attrs.evolve(limits, max_position=min(…))`.
        """
        policy = self.build()
        if callable(getattr(policy, "limits", None)):
            for limits in (Limits(), Limits.open(), Limits(max_position=0.01, max_daily_risk=0.005, cooldown_bars=50)):
                try:
                    tighten_limits({self.spec: policy}, limits)
                except StrategyError as error:
                    raise ContractFailure(str(error)) from error
        frame = self.frame("regimes")
        given = some_plan(some_signals(frame, self.seed), self.seed)
        answer = self.tightened(frame, given)
        allowed = {"risk": Limits().max_risk_per_trade, "cap": 1.0, "qty_fraction": 1.0}
        for column, most in allowed.items():
            now, before = answer.columns[column], given.columns[column]
            wrong = np.flatnonzero((now != before) & (now > most))
            value = now[wrong[0]] if wrong.size else 0.0
            require(not wrong.size, f"{column} became {value}, expected a fraction of at most {most:g}.")

    @promise(after=("only_tightens",))
    def test_zero_equity(self) -> None:
        """
        A plan that has nothing to risk stays so: a size of zero is a size, not an unknown.

        `risk or default` turns the zero of an account that is spent into the default of a full one.

        To mend: ask `np.isnan(risk)` for what is not given, and do not divide by sizes.
        """
        for name in ("regimes", "jumps"):
            frame = self.frame(name)
            answer = self.tightened(frame, plan_of_nothing(some_signals(frame, self.seed)))
            for column in _SIZES:
                raised = np.flatnonzero(~(answer.columns[column] == 0.0))
                value = answer.columns[column][raised[0]] if raised.size else 0.0
                require(not raised.size, f"{column} was 0 and became {value} ({name}).")

    @promise(after=("only_tightens",))
    def test_nan_volatility(self) -> None:
        """
        Where a feature or a price is unknown the policy still answers, and loosens nothing.

        ATR is unknown in every warm-up and after every gap; a policy that fails there stops
        the strategies of all symbols.

        To mend: let NaN compare as False and see that False is the careful side, or forbid
        the row with `plan.forbid(np.isnan(atr), "no_opinion")`.
        """
        whole = self.frame("regimes")
        features = [name for name in whole.columns if name not in FIELDS]
        middle = slice(len(whole) // 3, len(whole) // 2)
        for columns in (features, [*FIELDS, *features]):
            for rows in (middle, slice(0, 30)):
                frame = whole.copy()
                frame.iloc[rows, [list(frame.columns).index(name) for name in columns]] = np.nan
                self._require_tighter(frame, "a market with unknown values")

    def _require_tighter(self, frame: pd.DataFrame, name: str) -> None:
        signals = some_signals(frame, self.seed)
        try:
            apply_policies({self.spec: self.build()}, frame, signals, some_plan(signals, self.seed))
        except StrategyError as error:
            raise ContractFailure(f"in {name}: {error}") from error


def _first(signals: Any, rows: int) -> Any:
    columns = {name: values[:rows] for name, values in signals.columns.items()}
    return type(signals)(time=signals.time[:rows], columns=columns, conditions=signals.conditions)


def _effects(plan: Plan) -> pd.DataFrame:
    """Return the plan as a table in which a veto is a veto, whoever spoke first."""
    table = plan.to_frame()
    return table.assign(veto=(table["veto"] != 0).astype(np.uint8))
