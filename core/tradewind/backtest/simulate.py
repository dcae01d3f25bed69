"""Plans over bars, through the kernel, to a run."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.backtest.run import Run
from tradewind.errors import PlanError, UsageError
from tradewind.kernel import door
from tradewind.kernel.grid import Grid
from tradewind.kernel.ledger import Ledger, Slot
from tradewind.kernel.rules import rules_of
from tradewind.kernel.state import Records, State
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import times_of

Order = Literal["pessimistic", "optimistic"]
BarsLike = pd.DataFrame | Bars
Key = tuple[str, str]
Amounts = Mapping[Any, float] | pd.Series

SYMBOL: Final = "SYMBOL"
"""The name of a single unnamed symbol."""
STRATEGY: Final = "plan"
"""The name of a strategy that was not named."""
DAY_MS: Final = 86_400_000
_FIRST_ROOM: Final = 1 << 16


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
    limits = limits or Limits()
    costs = costs or Costs()
    _check_account(initial_balance, order)
    names = _names(bars, plan, instrument)
    coarse = {name: _bars(one, name) for name, one in _by_symbol(bars, names, "bars").items()}
    market = coarse
    if fine is not None:
        market = {name: _bars(one, name) for name, one in _by_symbol(fine, names, "fine bars").items()}
        _check_fine(coarse, market)
    _check_lengths(market)
    slots, keys = _slots(plan, names, coarse, priorities or {})
    grid = Grid.of([market[name] for name in names])
    days, first_day = _clusters(clusters, names, grid)
    ledger = Ledger.of(slots, grid, names, days)
    instruments = _instruments(instrument, names)
    tape = grid.market(_funding(funding, names), _amounts(flows, "flows"))
    rules = rules_of(
        limits,
        costs,
        instruments,
        bar_ms=grid.bar_ms,
        optimistic=order == "optimistic",
        exit_long_step=ledger.exit_long_step,
        exit_short_step=ledger.exit_short_step,
        ladder_step=ledger.ladder_step,
        first_day=first_day,
    )
    end = len(grid.time)
    least = len(slots) * (2 * ledger.rungs + 3)
    wished = len(ledger.table.asks) * (ledger.rungs + 2)
    state = State.fresh(
        balance=initial_balance,
        symbols=[slot.symbol for slot in slots],
        bases=ledger.bases,
        limits=limits,
        start_ms=int(grid.time[0]),
        records=Records.empty(end, least + min(wished, _FIRST_ROOM)),
    )
    door.advance(state, tape, ledger.table, rules, 0, end, form=form)
    door.prepare(ledger.table, rules, state, range(len(ledger.table.ask_bars), len(ledger.table.asks)))
    if close_at_end:
        door.finish(state, tape, ledger.table, rules, end - 1)
    return Run(
        slots=tuple(keys),
        linear=tuple(each.kind == "linear" for each in instruments),
        conditions=slots[0].plan.conditions,
        plan_times=tuple(slot.plan.time for slot in slots),
        initial_balance=initial_balance,
        state=state,
        market=tape,
        table=ledger.table,
    )


def _check_account(initial_balance: float, order: str) -> None:
    if not (math.isfinite(initial_balance) and initial_balance > 0.0):
        raise UsageError(
            f"the initial balance was {initial_balance!r}, expected a finite amount above 0.", code="TW-U008"
        )
    if order not in ("pessimistic", "optimistic"):
        raise UsageError(f"the order was {order!r}, expected 'pessimistic' or 'optimistic'.", code="TW-U008")


def _names(bars: Any, plan: Any, instrument: Any) -> list[str]:
    if isinstance(bars, Mapping):
        names = [str(name) for name in bars]
    elif isinstance(instrument, Instrument):
        names = [instrument.symbol]
    elif isinstance(instrument, Mapping) and len(instrument) == 1:
        names = [str(next(iter(instrument)))]
    elif isinstance(plan, Mapping) and len({_symbol(key) for key in plan}) == 1:
        names = [_symbol(next(iter(plan)))]
    else:
        names = [SYMBOL]
    if not names:
        raise PlanError("there were no bars to simulate on.", code="TW-K005", hint="Give at least one symbol's bars.")
    return names


def _symbol(key: Any) -> str:
    return key[1] if isinstance(key, tuple) else str(key)


def _by_symbol(bars: Any, names: list[str], what: str) -> dict[str, Any]:
    if not isinstance(bars, Mapping):
        if len(names) > 1:
            raise PlanError(f"the {what} were of one symbol, expected {', '.join(names)}.", code="TW-K005")
        return {names[0]: bars}
    if set(bars) != set(names):
        raise PlanError(
            f"the {what} were of {', '.join(map(str, bars))}, expected {', '.join(names)}.",
            code="TW-K005",
            hint="Finer bars are given for all symbols or for none.",
        )
    return {name: bars[name] for name in names}


def _bars(value: BarsLike, name: str) -> Bars:
    bars = value if isinstance(value, Bars) else Bars.from_frame(value)
    if len(bars) == 0:
        raise PlanError(f"there were no bars of {name}.", code="TW-K005", hint="Load a range that has bars.")
    return bars


def _check_fine(coarse: Mapping[str, Bars], fine: Mapping[str, Bars]) -> None:
    for name, bars in fine.items():
        if not bars.timeframe.nests_in(coarse[name].timeframe):
            raise PlanError(
                f"the finer bars of {name} were {bars.timeframe} long, which does not fill {coarse[name].timeframe}.",
                code="TW-K005",
                hint="A plan bar must hold a whole number of finer bars.",
            )


def _check_lengths(market: Mapping[str, Bars]) -> None:
    lengths = {bars.timeframe.name for bars in market.values() if bars.timeframe.ms}
    if len({bars.timeframe.ms for bars in market.values()}) > 1:
        raise PlanError(
            f"the market bars were of several lengths ({', '.join(sorted(lengths))}), expected one.",
            code="TW-K005",
            hint="Give finer bars of one length for all symbols.",
        )


def _slots(
    plan: Any, names: list[str], bars: Mapping[str, Bars], priorities: Mapping[str, int]
) -> tuple[list[Slot], list[Key]]:
    plans: dict[Key, Plan] = {}
    for key, one in plan.items() if isinstance(plan, Mapping) else [(names[0], plan)]:
        plans[key if isinstance(key, tuple) else (STRATEGY, str(key))] = one
    if not plans:
        raise PlanError("there was no plan to carry out.", code="TW-K005", hint="Give a plan for at least one symbol.")
    slots: list[Slot] = []
    for (strategy, symbol), one in plans.items():
        if symbol not in bars:
            raise PlanError(
                f"there was a plan for {symbol}, but bars of {', '.join(names)} only.",
                code="TW-K005",
                hint="Name plans by the symbols of the bars.",
            )
        if not isinstance(one, Plan):
            raise PlanError(
                f"the plan of {symbol} was {type(one).__name__}, expected a Plan.",
                code="TW-K005",
                hint="Make one with Plan.from_signals or Plan.from_arrays.",
            )
        first = _first_row(one, bars[symbol], symbol)
        rank = int(priorities.get(strategy, 0))
        slots.append(Slot(symbol=names.index(symbol), plan=one, bars=bars[symbol], first=first, priority=rank))
    return slots, list(plans)


def _first_row(plan: Plan, bars: Bars, symbol: str) -> int:
    if plan.time is bars.time or len(plan) == 0:
        return 0
    first = int(np.searchsorted(bars.time, plan.time[0]))
    own = bars.time[first : first + len(plan)]
    if not np.array_equal(own, plan.time):
        raise PlanError(
            f"the plan of {symbol} has {len(plan)} rows that are not {len(plan)} consecutive bars of the {len(bars)} "
            "it was given.",
            code="TW-K005",
            hint="Make the plan on the index of the bars it is simulated on.",
            symbol=symbol,
        )
    return first


def _instruments(instrument: Any, names: list[str]) -> list[Instrument]:
    if isinstance(instrument, Instrument):
        return [instrument] * len(names)
    given = instrument or {}
    return [given.get(name) or Instrument(symbol=name) for name in names]


def _amounts(values: Any, what: str) -> dict[int, float]:
    if values is None:
        return {}
    if isinstance(values, pd.Series):
        moments, amounts = times_of(values.index).tolist(), values.tolist()
    else:
        moments, amounts = [_moment(key) for key in values], list(values.values())
    if not all(math.isfinite(amount) for amount in amounts):
        raise UsageError(f"the {what} held an amount that is not finite.", code="TW-U008")
    return dict(zip(moments, map(float, amounts), strict=True))


def _moment(key: Any) -> int:
    if isinstance(key, int | np.integer):
        return int(key)
    stamp = pd.Timestamp(key)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return int(times_of(pd.DatetimeIndex([zoned]))[0])


def _funding(funding: Any, names: list[str]) -> list[dict[int, float] | None]:
    if funding is None:
        return [None] * len(names)
    if isinstance(funding, Mapping) and set(funding) <= set(names):
        return [_amounts(funding.get(name), f"funding of {name}") for name in names]
    if len(names) > 1:
        raise UsageError("the funding was of one symbol, expected rates by symbol.", code="TW-U008")
    return [_amounts(funding, "funding")]


def _clusters(clusters: Any, names: list[str], grid: Grid) -> tuple[npt.NDArray[np.int32], int]:
    """Return the ids per UTC day from the first market bar on, and that day since the epoch (D11)."""
    none = np.zeros((0, len(names)), dtype=np.int32)
    if clusters is None:
        return none, 0
    first = int(grid.time[0]) // DAY_MS
    if isinstance(clusters, Mapping):
        ids = np.array([[clusters.get(name, -1) for name in names]], dtype=np.int32)
        return ids, first
    last = (int(grid.time[-1]) + grid.bar_ms) // DAY_MS
    days = times_of(clusters.index) // DAY_MS
    known = clusters.reindex(columns=names, fill_value=-1).to_numpy(dtype=np.int32)
    at = np.searchsorted(days, np.arange(first, last + 1), side="right") - 1
    ids = np.where((at >= 0)[:, None], known[np.maximum(at, 0)], np.int32(-1)) if len(days) else none
    return np.ascontiguousarray(ids, dtype=np.int32), first


__all__ = ["STRATEGY", "SYMBOL", "run_plan"]
