"""What a sweep varies, as it sees it; and the plain case: a function that makes plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Protocol

from tradewind.backtest.fitting import BarsLike
from tradewind.backtest.inputs import Inputs
from tradewind.backtest.planned import simulate
from tradewind.backtest.result import Result, market_of
from tradewind.backtest.stage import Plans, Stage
from tradewind.backtest.sweep_grid import Params
from tradewind.backtest.trials import Span
from tradewind.errors import UsageError
from tradewind.metrics.summary import Market
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits


class Variants(Protocol):
    """What a sweep varies. Several threads use one object at once."""

    @property
    def initial_balance(self) -> float:
        """Cash at the start, quote units."""
        ...

    @property
    def close_at_end(self) -> bool:
        """Close what is open at the last close."""
        ...

    @property
    def bar_ms(self) -> int:
        """Length of market bars, milliseconds."""
        ...

    @property
    def markets(self) -> Mapping[str, Market]:
        """Prices by symbol, for the comparison with holding them."""
        ...

    @property
    def span(self) -> Span:
        """What is looked at."""
        ...

    @property
    def notes(self) -> tuple[str, ...]:
        """What to say of the bars."""
        ...

    @property
    def in_sample(self) -> bool:
        """A model had seen every bar."""
        ...

    def at(self, params: Params) -> tuple[Stage, Plans] | None:
        """Return the stage and the plans of one trial; None when there is nothing to try."""
        ...

    def result(self, params: Params) -> Result:
        """Return one trial as a full result."""
        ...

    def inputs(self, params: Params) -> Inputs:
        """Return what one trial depends on."""
        ...


class FunctionVariants:
    """
    Plans made by a function.

    Args:
        function: Called with the bars as they were given and the parameters by name.
        given: The bars as they were given.
        bars: The same by symbol.
        limits: Caps of the account.
        costs: Fees, slippage and spread.
        instrument: Venue rules.
        initial_balance: Cash at the start, quote units.
        close_at_end: Close what is open at the last close.
    """

    def __init__(
        self,
        function: Callable[..., Plans | None],
        given: Any,
        bars: Mapping[str, BarsLike],
        *,
        limits: Limits,
        costs: Costs,
        instrument: Instrument | Mapping[str, Instrument] | None,
        initial_balance: float,
        close_at_end: bool,
    ) -> None:
        self.function = function
        self.given = given
        self.initial_balance = initial_balance
        self.close_at_end = close_at_end
        self.costs = costs
        self.instrument = instrument
        self.stage = Stage.of(bars, limits=limits, costs=costs, instrument=instrument)
        self.bar_ms = self.stage.grid.bar_ms
        self.notes: tuple[str, ...] = ()
        self.in_sample = False

    @cached_property
    def markets(self) -> Mapping[str, Market]:
        """Prices by symbol."""
        return {name: market_of(one) for name, one in self.stage.bars.items()}

    @cached_property
    def span(self) -> Span:
        """What is looked at."""
        bars = self.stage.bars
        return Span(
            symbols=tuple(bars),
            timeframe=next(iter(bars.values())).timeframe.name,
            start_ms=min(int(one.time[0]) for one in bars.values()),
            end_ms=max(int(one.time[-1]) + one.timeframe.ms for one in bars.values()),
        )

    def at(self, params: Params) -> tuple[Stage, Plans] | None:
        """Return the stage and the plan that the function makes; None when it makes none."""
        plans = self.function(self.given, **params)
        return None if plans is None else (self.stage, plans)

    def result(self, params: Params) -> Result:
        """Return what `simulate` makes of the function's plan."""
        plans = self.function(self.given, **params)
        if plans is None:
            raise UsageError("the function made no plan for these parameters.", code="TW-U008")
        more: dict[str, Any] = {"close_at_end": True} if self.close_at_end else {}
        return simulate(
            self.stage.bars,
            plans,
            limits=self.stage.limits,
            costs=self.costs,
            instrument=self.instrument,
            initial_balance=self.initial_balance,
            **more,
        )

    def inputs(self, params: Params) -> Inputs:
        """Return what the trial depends on, its plan among it."""
        return self.result(params).inputs
