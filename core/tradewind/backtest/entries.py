"""What every entry that a strategy asked for would have made, each as if it had been the only one."""

from __future__ import annotations

from typing import Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from tradewind.backtest.assembly import assemble
from tradewind.backtest.entry import installed_catalog
from tradewind.backtest.planned import simulate
from tradewind.backtest.strategy import choose_strategy
from tradewind.config.schema import Settings
from tradewind.model.bars import Bars
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.plan import Plan
from tradewind.model.signals import Signals
from tradewind.plugins.catalog import Catalog

Floats = npt.NDArray[np.float64]

_BALANCE: Final = 1e9
"""So much that no lot and no least order size matters."""

_INVESTED: Final = 0.5


@attrs.frozen(kw_only=True, eq=False)
class Entries:
    """
    Entries and what became of them, in order of time.

    Args:
        row: The bar at whose close each was decided.
        gain: Its profit or loss after costs, a fraction of the value bought or sold.
    """

    row: npt.NDArray[np.intp]
    gain: Floats


def entries_of(strategy: str, bars: Bars, *, apart: int, settings: Settings, catalog: Catalog | None = None) -> Entries:
    """
    Return what every entry of a strategy would have made, as of `each_entry`.

    Args:
        strategy: Its catalogue name.
        bars: The bars of the settings' first symbol, warm-up included.
        apart: Bars after which a position is surely closed.
        settings: The settings in force: the strategy's own, risk policies, costs.
        catalog: Where components are found; by default all installed plugins.

    Raises:
        TradewindError: What a backtest of it raises.
    """
    found = catalog or installed_catalog()
    pipeline = assemble(choose_strategy(strategy, settings, found), settings, found).pipeline
    plan = pipeline.on(settings.symbols[0])(bars).plan
    return each_entry(bars, plan, apart=apart, costs=settings.costs)


def each_entry(bars: Bars, wishes: Signals | Plan, *, apart: int, costs: Costs | None = None) -> Entries:
    """
    Return what every entry would have made, stops before targets within a bar.

    An account that holds a position passes over the entries that come meanwhile: which of a cluster it takes is
    chance. So several accounts are kept, each of which takes every n-th bar's entry only, and all entries are
    carried out by the kernel, at equal values, with the exits and stops that were asked for.

    Args:
        bars: The bars.
        wishes: What a strategy asks for on them, before or after risk policies.
        apart: Bars after which a position is surely closed, such as the `max_bars` of the wishes.
        costs: Fees, slippage and spread.
    """
    count = apart + 1
    plan = wishes if isinstance(wishes, Plan) else Plan.from_signals(wishes)
    turn = np.arange(len(bars)) % count
    names = [f"TURN{place}USDT" for place in range(count)]
    plans = {
        name: plan.replaced(
            enter=np.where(turn == place, plan.enter, 0).astype(np.int8), qty_fraction=_INVESTED / count
        )
        for place, name in enumerate(names)
    }
    result = simulate(
        dict.fromkeys(names, bars),
        plans,
        limits=Limits.open(),
        costs=costs,
        instrument={name: Instrument(symbol=name) for name in names},
        initial_balance=_BALANCE,
    )
    trades = result.trades
    # the tranches of one position are one entry
    value = trades["entry_price"] * trades["quantity"]
    each = trades.assign(value=value).groupby(["entry_time", "symbol"], sort=True)[["pnl", "value"]].sum()
    opened = pd.DatetimeIndex(each.index.get_level_values("entry_time")).as_unit("ms").asi8
    row = np.searchsorted(bars.time, opened) - 1
    return Entries(row=row, gain=(each["pnl"] / each["value"]).to_numpy(dtype=np.float64))
