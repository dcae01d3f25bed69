"""Plans over bars, through the kernel, to a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import pandas as pd

from tradewind.backtest.amounts import Amounts
from tradewind.backtest.fitting import BarsLike
from tradewind.backtest.run import Run
from tradewind.backtest.stage import STRATEGY, Key, Order, Stage
from tradewind.errors import PlanError
from tradewind.kernel import door
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan

SYMBOL: Final = "SYMBOL"
"""The name of a single unnamed symbol."""


def run_plan(
    bars: BarsLike | Mapping[str, BarsLike],
    plan: Plan | Mapping[str, Plan] | Mapping[Key, Plan],
    *,
    limits: Limits | None = None,
    costs: Costs | None = None,
    instrument: Instrument | Mapping[str, Instrument] | None = None,
    initial_balance: float = 10_000.0,
    fine: BarsLike | Mapping[str, BarsLike] | None = None,
    flows: Amounts | None = None,
    funding: Amounts | Mapping[str, Amounts] | None = None,
    clusters: Mapping[str, int] | pd.DataFrame | None = None,
    priorities: Mapping[str, int] | None = None,
    order: Order = "pessimistic",
    close_at_end: bool = False,
    form: door.Form = "compiled",
) -> Run:
    """
    Carry out plans over bars and return what came of it.

    Whoever runs many plans over the same bars builds a `Stage` once instead.

    Args:
        bars: Bars of the plans' timeframe, of one symbol or by symbol.
        plan: One plan, or plans by symbol, or by (strategy, symbol); their order is the slot order.
        limits: Caps of the account.
        costs: Fees, slippage and spread.
        instrument: Venue rules, for all symbols or by symbol; those of BTCUSDT where none are given.
        initial_balance: Cash at the start, quote units.
        fine: Finer bars on which fills are evaluated, of the same symbols.
        flows: Deposits (positive) and withdrawals by moment, quote units.
        funding: Funding rates by moment, of one symbol or by symbol.
        clusters: Cluster id by symbol, or a frame of ids by UTC day and symbol; −1 stands alone.
        priorities: Rank by strategy, lower goes first; 0 where none is given.
        order: `pessimistic` takes stops before targets, `optimistic` targets before stops.
        close_at_end: Close what is open at the last close.
        form: `compiled`, or `uncompiled` for the same source as plain Python, to check the former.

    Raises:
        PlanError: TW-K005 when bars, finer bars and plans do not belong together.
        DataError: When a frame does not hold bars.
        UsageError: TW-U008 for an argument that cannot be used.
    """
    name = _only_name(plan, instrument)
    stage = Stage.of(
        bars if isinstance(bars, Mapping) else {name: bars},
        limits=limits,
        costs=costs,
        instrument=instrument,
        fine=_by_symbol(fine, bars, name),
        flows=flows,
        funding=funding,
        clusters=clusters,
        order=order,
    )
    return stage.run(plan, initial_balance=initial_balance, priorities=priorities, close_at_end=close_at_end, form=form)


def _only_name(plan: Any, instrument: Any) -> str:
    """Return the name of a single symbol whose bars name none: the instrument's, or the plan's."""
    if isinstance(instrument, Instrument):
        return instrument.symbol
    if isinstance(instrument, Mapping) and len(instrument) == 1:
        return str(next(iter(instrument)))
    if isinstance(plan, Mapping) and len({_symbol(key) for key in plan}) == 1:
        return _symbol(next(iter(plan)))
    return SYMBOL


def _symbol(key: Any) -> str:
    return key[1] if isinstance(key, tuple) else str(key)


def _by_symbol(fine: Any, bars: Any, name: str) -> Mapping[str, BarsLike] | None:
    if fine is None or isinstance(fine, Mapping):
        return fine
    names = list(bars) if isinstance(bars, Mapping) else [name]
    if len(names) > 1:
        raise PlanError(f"the finer bars were of one symbol, expected {', '.join(names)}.", code="TW-K005")
    return {names[0]: fine}


__all__ = ["STRATEGY", "SYMBOL", "run_plan"]
