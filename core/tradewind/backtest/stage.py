"""Markets and rules made ready once, on which any number of plans can be run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.backtest.amounts import Amounts, amounts_of, clusters_of_days, funding_of
from tradewind.backtest.fitting import BarsLike, bars_of, check_lengths, finer_of, first_row, instruments_of
from tradewind.backtest.run import Run
from tradewind.errors import PlanError, UsageError
from tradewind.kernel import door
from tradewind.kernel.asks import Slot
from tradewind.kernel.grid import Grid, PlanBars
from tradewind.kernel.layout import MOST_PER_BAR
from tradewind.kernel.ledger import Layout, Ledger
from tradewind.kernel.rules import rules_of
from tradewind.kernel.state import Market, Records, Rules, State
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

Order = Literal["pessimistic", "optimistic"]
Key = tuple[str, str]
Plans = Plan | Mapping[str, Plan] | Mapping[Key, Plan]

STRATEGY: Final = "plan"
"""The name of a strategy that was not named."""
_FIRST_ROOM: Final = 1 << 16


@attrs.frozen(kw_only=True, eq=False)
class Entered:
    """
    Plans as the kernel takes them.

    Args:
        ledger: Their table.
        layout: Where their rows lie.
        rules: What orders are held to, for these columns.
    """

    ledger: Ledger
    layout: Layout
    rules: Rules


@attrs.frozen(kw_only=True, eq=False)
class Stage:
    """
    Bars, instruments, limits and costs, ready for plans. Build it with `Stage.of`.

    Runs share nothing that they change: several threads may run plans on one stage at once.

    Args:
        names: The symbols, in order.
        bars: Bars of the plans' timeframe by symbol.
        plan_bars: The same, one symbol after the other.
        grid: The market bars.
        market: The same, as the kernel reads them.
        limits: Caps of the account.
        rules: What orders are held to.
        instruments: One per symbol.
        clusters: Cluster ids [day, symbol].
    """

    names: tuple[str, ...]
    bars: Mapping[str, Bars]
    plan_bars: PlanBars
    grid: Grid
    market: Market
    limits: Limits
    rules: Rules
    instruments: tuple[Instrument, ...]
    clusters: npt.NDArray[np.int32]
    _layouts: dict[Any, Layout] = attrs.field(factory=dict, init=False, repr=False)
    _stepped: dict[tuple[int, int, int], Rules] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        bars: Mapping[str, BarsLike],
        *,
        limits: Limits | None = None,
        costs: Costs | None = None,
        instrument: Instrument | Mapping[str, Instrument] | None = None,
        fine: Mapping[str, BarsLike] | None = None,
        flows: Amounts | None = None,
        funding: Amounts | Mapping[str, Amounts] | None = None,
        clusters: Mapping[str, int] | pd.DataFrame | None = None,
        order: Order = "pessimistic",
    ) -> Stage:
        """
        Return the stage; the arguments are those of `run_plan`, bars and finer bars by symbol.

        Raises:
            PlanError: TW-K005 when bars and finer bars do not belong together.
            DataError: When a frame does not hold bars.
            UsageError: TW-U008 for an argument that cannot be used.
        """
        if order not in ("pessimistic", "optimistic"):
            raise UsageError(f"the order was {order!r}, expected 'pessimistic' or 'optimistic'.", code="TW-U008")
        if not bars:
            raise PlanError("there were no bars to simulate on.", code="TW-K005", hint="Give a symbol's bars.")
        coarse = {str(name): bars_of(one, str(name)) for name, one in bars.items()}
        names = tuple(coarse)
        market = coarse if fine is None else finer_of(fine, coarse)
        check_lengths(market)
        grid = Grid.of([market[name] for name in names])
        start, end = int(grid.time[0]), int(grid.time[-1]) + grid.bar_ms
        days, first_day = clusters_of_days(clusters, names, start, end)
        instruments = instruments_of(instrument, names)
        limits = limits or Limits()
        return cls(
            names=names,
            bars=coarse,
            plan_bars=PlanBars.of(list(coarse.values())),
            grid=grid,
            market=grid.market(funding_of(funding, names), amounts_of(flows, "flows")),
            limits=limits,
            rules=rules_of(
                limits,
                costs or Costs(),
                instruments,
                bar_ms=grid.bar_ms,
                optimistic=order == "optimistic",
                first_day=first_day,
            ),
            instruments=instruments,
            clusters=days,
        )

    def run(
        self,
        plan: Plans,
        *,
        initial_balance: float = 10_000.0,
        priorities: Mapping[str, int] | None = None,
        close_at_end: bool = False,
        form: door.Form = "compiled",
    ) -> Run:
        """
        Carry out plans and return what came of it; the other arguments are those of `run_plan`.

        Args:
            plan: One plan, or plans by symbol, or by (strategy, symbol).
            initial_balance: Cash at the start, quote units.
            priorities: Rank by strategy.
            close_at_end: Close what is open at the last close.
            form: `compiled`, or `uncompiled` to check the former.

        Raises:
            PlanError: TW-K005 when a plan does not belong to the bars.
            UsageError: TW-U008 for an argument that cannot be used.
        """
        check_balance(initial_balance)
        plans = self.plans_of(plan)
        entered = self.enter(plans, priorities or {})
        ledger, rules = entered.ledger, entered.rules
        table, end = ledger.table, len(self.grid.time)
        state = State.fresh(
            balance=initial_balance,
            places=entered.layout.places,
            limits=self.limits,
            start_ms=int(self.grid.time[0]),
            records=_records(end, len(plans), len(table.asks) * (ledger.rungs + 2)),
        )
        door.advance(state, self.market, table, rules, 0, end, form=form)
        door.prepare(table, rules, state, range(len(table.ask_bars), len(table.asks)))
        if close_at_end:
            door.finish(state, self.market, table, rules, end - 1)
        return Run(
            slots=tuple(plans),
            conditions=next(iter(plans.values())).conditions,
            plan_times=tuple(one.time for one in plans.values()),
            initial_balance=initial_balance,
            state=state,
            market=self.market,
            table=table,
        )

    def enter(self, plans: Mapping[Key, Plan], priorities: Mapping[str, int]) -> Entered:
        """
        Return plans as the kernel takes them on this stage.

        Args:
            plans: As `plans_of` returns them.
            priorities: Rank by strategy.

        Raises:
            PlanError: TW-K005 when a plan does not belong to the bars.
        """
        slots = [self._slot(key, one, priorities) for key, one in plans.items()]
        layout = self._layout(slots)
        ledger = Ledger.of(slots, layout, self.plan_bars, self.names, self.clusters)
        rules = self._stepped.get(ledger.steps)
        if rules is None:
            rules = self._stepped[ledger.steps] = self.rules.with_steps(*ledger.steps)
        return Entered(ledger=ledger, layout=layout, rules=rules)

    def _layout(self, slots: Sequence[Slot]) -> Layout:
        key = tuple([(slot.symbol, slot.first, len(slot.plan)) for slot in slots])
        layout = self._layouts.get(key)
        if layout is None:
            layout = self._layouts[key] = Layout.of(slots, self.grid, self.plan_bars)
        return layout

    def plans_of(self, plan: Plans) -> dict[Key, Plan]:
        """
        Return plans by (strategy, symbol).

        Raises:
            PlanError: TW-K005 when there is none.
        """
        given = plan.items() if isinstance(plan, Mapping) else [(self.names[0], plan)]
        plans = {key if isinstance(key, tuple) else (STRATEGY, str(key)): one for key, one in given}
        if not plans:
            raise PlanError("there was no plan to carry out.", code="TW-K005", hint="Give a plan for a symbol.")
        return plans

    def _slot(self, key: Key, plan: Plan, priorities: Mapping[str, int]) -> Slot:
        strategy, symbol = key
        if symbol not in self.bars:
            raise PlanError(
                f"there was a plan for {symbol}, but bars of {', '.join(self.names)} only.",
                code="TW-K005",
                hint="Name plans by the symbols of the bars.",
            )
        if not isinstance(plan, Plan):
            raise PlanError(
                f"the plan of {symbol} was {type(plan).__name__}, expected a Plan.",
                code="TW-K005",
                hint="Make one with Plan.from_signals or Plan.from_arrays.",
            )
        return Slot(
            symbol=self.names.index(symbol),
            plan=plan,
            bars=self.bars[symbol],
            first=first_row(plan, self.bars[symbol], symbol),
            priority=int(priorities.get(strategy, 0)),
        )


def check_balance(initial_balance: float) -> None:
    """
    Check the cash at the start.

    Raises:
        UsageError: TW-U008 when it is not a finite amount above 0.
    """
    if not (math.isfinite(initial_balance) and initial_balance > 0.0):
        raise UsageError(
            f"the initial balance was {initial_balance!r}, expected a finite amount above 0.", code="TW-U008"
        )


def _records(bars: int, slots: int, wished: int) -> Records:
    return Records.empty(bars, slots * MOST_PER_BAR + min(wished, _FIRST_ROOM))
