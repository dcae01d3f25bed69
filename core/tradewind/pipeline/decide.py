"""From bars to a plan: features, a strategy's signals, then the risk policies."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final, Protocol

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS, StrategyError, TradewindError
from tradewind.kernel.grid import scanned
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.pipeline.features import shared_features
from tradewind.pipeline.join import Series
from tradewind.pipeline.quality import segments
from tradewind.pipeline.tighten import apply_policies
from tradewind.plugins.protocols import Need, RiskPolicy, Strategy
from tradewind.plugins.specs import IndicatorSpec

Lookup = Callable[[str, Mapping[str, Any]], tuple[IndicatorSpec, Any]]
"""Finds an indicator by catalogue name and settings: (record, instance)."""

DAY_MS: Final = 86_400_000


def _needs_of(asker: object, answer: object) -> Iterable[Need]:
    """Return what an asker answered when it is needs."""
    given = list(answer) if isinstance(answer, Iterable) and not isinstance(answer, str) else [answer]
    needs = [one for one in given if isinstance(one, Need)]
    if len(needs) < len(given):
        strange = next(one for one in given if not isinstance(one, Need))
        raise StrategyError(
            f"{type(asker).__name__}.needs() answered with {strange!r}, expected records of Need.",
            code="TW-K003",
            hint='Answer with a sequence such as [Need("rsi", {"length": 14})].',
        )
    return needs


@attrs.frozen(kw_only=True)
class Decided:
    """
    What the pipeline made of one symbol's bars.

    Args:
        frame: The bars and every feature column, one row per bar; others may have it too, so it is for reading.
        signals: What the strategy wished.
        plan: What is left after the risk policies, warm-up rows forbidden.
    """

    frame: pd.DataFrame
    signals: Signals
    plan: Plan


@attrs.frozen(kw_only=True)
class Newest:
    """
    What was decided at the close of the newest bar.

    Args:
        plan: The plan's last row.
        frame: Bars and features, the row's own the last; nobody needs those before.
    """

    plan: Plan
    frame: pd.DataFrame


class Deciding(Protocol):
    """A strategy with its policies, here or in another process, asked about the newest bar."""

    @property
    def warmup(self) -> int:
        """Bars that must lie before the first decision."""
        ...

    def on(self, symbol: str, *, watched: bool = False) -> Deciding:
        """Return it for one symbol, with that symbol's series; `watched` keeps them up to date in a session."""
        ...

    def newest(self, bars: Bars) -> Newest:
        """
        Decide on the newest bar.

        Raises:
            TradewindError: When plugin code breaks its contract or raises.
        """
        ...

    def check(self, instrument: Instrument, costs: Costs, bars: Bars) -> list[str]:
        """
        Let the strategy look at a market and its costs; return its warnings.

        Raises:
            StrategyError: TW-K006 when it refuses the market.
        """
        ...


def _of(series: Series, symbol: str, *, watched: bool) -> Series:
    """Return a symbol's own series where they differ."""
    choose = None if isinstance(series, pd.DataFrame) else getattr(series, "of", None)
    return series if choose is None else choose(symbol, watched=watched)


@attrs.frozen(kw_only=True)
class Pipeline:
    """
    A strategy with its policies, ready to decide on any bars.

    The same object serves backtest, certificate, paper and live: it holds no state and reads no
    clock, so a row depends on the bars up to it and on nothing else.

    Args:
        name: The strategy's name, for messages.
        strategy: The strategy.
        policies: The risk policies, by name.
        lookup: Finds indicators.
        limits: The account's limits, which say what a neutral risk or stop stands for.
        warmup: Bars that must lie before the first decision.
        max_gap_days: Days without bars after which the warm-up starts anew.
        series: Timed values by catalogue name: frames with `known_at`, or what joins itself.
    """

    name: str
    strategy: Strategy
    policies: Mapping[str, RiskPolicy]
    lookup: Lookup
    limits: Limits
    warmup: int
    max_gap_days: float = 2.0
    series: Mapping[str, Series] = attrs.field(factory=dict)

    def on(self, symbol: str, *, watched: bool = False) -> Pipeline:
        """Return it for one symbol, with that symbol's series; `watched` keeps them up to date in a session."""
        own = {name: _of(one, symbol, watched=watched) for name, one in self.series.items()}
        if all(one is self.series[name] for name, one in own.items()):
            return self
        return attrs.evolve(self, series=own)

    def needs(self) -> list[Need]:
        """
        Return the features that strategy and policies ask for, each once.

        Raises:
            StrategyError: TW-K003 when one of them answers with something else than needs.
        """
        wanted: list[Need] = []
        for asker in (self.strategy, *self.policies.values()):
            ask = getattr(asker, "needs", None)
            for need in _needs_of(asker, self._told(ask)) if ask is not None else ():
                if need not in wanted:
                    wanted.append(need)
        return wanted

    def frame(self, bars: Bars, key: Hashable | None = None) -> pd.DataFrame:
        """Return the bars with every feature column; the arguments are those of a call."""
        return self._frame(bars, key).copy(deep=False)

    def _frame(self, bars: Bars, key: Hashable | None) -> pd.DataFrame:
        max_gap_ms = int(self.max_gap_days * DAY_MS)
        return shared_features(bars, self.needs(), self.lookup, series=self.series, max_gap_ms=max_gap_ms, key=key)

    def __call__(self, bars: Bars, key: Hashable | None = None) -> Decided:
        """
        Decide on every bar.

        Args:
            bars: The bars.
            key: What tells their data from others (`data_key`); None has it worked out.

        Raises:
            StrategyError: TW-K003 when the strategy answers with something that is not signals
                for these bars, TW-K004 when a policy loosens, TW-K007 when plugin code raises.
        """
        frame = self._frame(bars, key)
        signals = self._signals(frame, bars)
        plan = self._sized(frame, signals)
        if self.policies:
            _, atr = scanned(bars)
            plan = apply_policies(self.policies, frame, signals, plan, limits=self.limits, atr=atr)
        return Decided(frame=frame, signals=signals, plan=plan.forbid(self.warming_up(bars), "warming_up"))

    def newest(self, bars: Bars) -> Newest:
        """Decide on the newest bar; raises what a call raises."""
        decided = self(bars)
        return Newest(plan=decided.plan.rows(len(bars) - 1, len(bars)), frame=decided.frame)

    def check(self, instrument: Instrument, costs: Costs, bars: Bars) -> list[str]:
        """
        Let the strategy look at a market and its costs; return its warnings.

        Raises:
            StrategyError: TW-K003 when it answers with something else, TW-K006 when it refuses the market.
        """
        return self.warnings(instrument, costs, self._frame(bars, None)) if hasattr(self.strategy, "check") else []

    def warnings(self, instrument: Instrument, costs: Costs, frame: pd.DataFrame) -> list[str]:
        """Return what `check` does, on a frame that is there already."""
        look = getattr(self.strategy, "check", None)
        if look is None:
            return []
        answer = self._told(look, instrument, costs, frame.copy(deep=False))
        if (
            isinstance(answer, str)
            or not isinstance(answer, Iterable)
            or not all(isinstance(line, str) for line in answer)
        ):
            raise StrategyError(
                f"strategy {self.name!r}: check() answered with {answer!r}, expected warnings.", code="TW-K003"
            )
        return list(answer)

    def warming_up(self, bars: Bars) -> npt.NDArray[np.bool_]:
        """Return which bars have too little history before them."""
        flags = np.zeros(len(bars), dtype=np.bool_)
        for start, stop in segments(bars, int(self.max_gap_days * DAY_MS)):
            flags[start : min(stop, start + self.warmup)] = True
        return flags

    def _signals(self, frame: pd.DataFrame, bars: Bars) -> Signals:
        signals = self._told(self.strategy.signals, frame.copy(deep=False))
        if not isinstance(signals, Signals):
            raise StrategyError(
                f"strategy {self.name!r} answered with {type(signals).__name__}, expected Signals.",
                code="TW-K003",
                hint="Return Signals.from_arrays(frame.index, enter=…, exit_long=…).",
            )
        if signals.time is bars.time:
            return signals
        if len(signals) != len(bars) or not np.array_equal(signals.time, bars.time):
            raise StrategyError(
                f"strategy {self.name!r} answered with {len(signals)} rows for {len(bars)} bars, "
                "expected one row per bar with the bars' own times.",
                code="TW-K003",
                hint="Return Signals.from_arrays(frame.index, …) with arrays as long as the frame.",
            )
        return attrs.evolve(signals, time=bars.time)

    def _sized(self, frame: pd.DataFrame, signals: Signals) -> Plan:
        """Return the plan of the signals, with the sizes of a strategy that states them itself."""
        plan = Plan.from_signals(signals)
        sizes = getattr(self.strategy, "plan_columns", None)
        if sizes is None:
            return plan
        columns = self._told(lambda: dict(sizes(frame.copy(deep=False), signals)))
        if set(columns) - {"qty_fraction"}:
            raise StrategyError(
                f"strategy {self.name!r} sized its plan by {', '.join(sorted(columns))}, expected qty_fraction alone.",
                code="TW-K003",
                hint="Everything else a strategy says stands in its signals.",
            )
        return plan.replaced(**columns)

    def _told(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Return what plugin code answers; whatever it raises, TW-K007 says so."""
        try:
            return question(*arguments)
        except TradewindError:
            raise
        except PLUGIN_FAULTS as error:
            raise StrategyError(
                f"strategy {self.name!r} raised {type(error).__name__}: {error}.",
                code="TW-K007",
                hint="Run again with --debug for the traceback.",
            ) from error
