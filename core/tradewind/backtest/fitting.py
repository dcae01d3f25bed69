"""Whether bars, finer bars, plans and instruments belong together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tradewind.errors import PlanError
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.plan import Plan

BarsLike = pd.DataFrame | Bars


def bars_of(value: BarsLike, name: str) -> Bars:
    """
    Return the bars of a symbol.

    Args:
        value: Bars, or a frame of them indexed by open time (UTC).
        name: The symbol, for messages.

    Raises:
        PlanError: TW-K005 when there are none.
        DataError: When a frame does not hold bars.
    """
    bars = value if isinstance(value, Bars) else Bars.from_frame(value)
    if len(bars) == 0:
        raise PlanError(f"there were no bars of {name}.", code="TW-K005", hint="Load a range that has bars.")
    return bars


def finer_of(fine: Mapping[str, BarsLike], coarse: Mapping[str, Bars]) -> dict[str, Bars]:
    """
    Return the finer bars by symbol.

    Args:
        fine: The finer bars, of all symbols.
        coarse: The bars of the plans' timeframe.

    Raises:
        PlanError: TW-K005 when they are of other symbols, or a plan bar holds no whole number of them.
    """
    if set(fine) != set(coarse):
        raise PlanError(
            f"the finer bars were of {', '.join(map(str, fine))}, expected {', '.join(coarse)}.",
            code="TW-K005",
            hint="Finer bars are given for all symbols or for none.",
        )
    market = {name: bars_of(fine[name], name) for name in coarse}
    for name, bars in market.items():
        if not bars.timeframe.nests_in(coarse[name].timeframe):
            raise PlanError(
                f"the finer bars of {name} were {bars.timeframe} long, which does not fill {coarse[name].timeframe}.",
                code="TW-K005",
                hint="A plan bar must hold a whole number of finer bars.",
            )
    return market


def check_lengths(market: Mapping[str, Bars]) -> None:
    """
    Check that the market bars of all symbols have one length.

    Raises:
        PlanError: TW-K005 when they have several.
    """
    lengths = sorted({bars.timeframe for bars in market.values()})
    if len({length.ms for length in lengths}) > 1:
        raise PlanError(
            f"the market bars were of several lengths ({', '.join(map(str, lengths))}), expected one.",
            code="TW-K005",
            hint="Give finer bars of one length for all symbols.",
        )


def first_row(plan: Plan, bars: Bars, symbol: str) -> int:
    """
    Return which of the bars the first row of a plan is.

    Args:
        plan: The plan.
        bars: The bars of its symbol.
        symbol: Its name, for messages.

    Raises:
        PlanError: TW-K005 when its rows are no consecutive bars of these.
    """
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


def instruments_of(instrument: Any, names: Sequence[str]) -> tuple[Instrument, ...]:
    """Return the instrument of each symbol; one that was not given has the default rules."""
    if isinstance(instrument, Instrument):
        return (instrument,) * len(names)
    given = instrument or {}
    return tuple(given.get(name) or Instrument(symbol=name) for name in names)
