"""The figures of a run, straight from the kernel's records where these are at hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tradewind.backtest.run import Run
from tradewind.backtest.tables import Tables, curve_of
from tradewind.metrics.curve import Curve, Floats
from tradewind.metrics.returns import total_return
from tradewind.metrics.summary import Market, summarise
from tradewind.metrics.sums import total
from tradewind.metrics.trades import ClosedTrades, Figure


def figures(
    tables: Tables, initial_balance: float, bar_ms: int | None, markets: Mapping[str, Market]
) -> dict[str, Figure]:
    """
    Return every figure of the reference page by name; None where a figure is not defined.

    Args:
        tables: A run, or its tables read back.
        initial_balance: Equity before the first bar, quote units.
        bar_ms: Length of the equity's bars in milliseconds; None to infer it.
        markets: Prices by symbol, for the comparison with holding them.
    """
    if isinstance(tables, Run):
        fills = tables.fill_records
        curve, trades = curve_of_run(tables, bar_ms), trades_of_run(tables)
        fees, traded = total(fills["fee"]), traded_value(fills["price"], fills["quantity"])
    else:
        curve, trades = curve_of(tables.equity, initial_balance, bar_ms), ClosedTrades.from_frame(tables.trades)
        table = tables.fills
        fees, traded = (
            total(table["fee"].to_numpy()),
            traded_value(table["price"].to_numpy(), table["quantity"].to_numpy()),
        )
    return summarise(curve, trades, markets=markets, fees=fees, traded_value=traded)


def traded_value(price: Floats, quantity: Floats) -> float:
    """
    Return the sum of price times quantity, the same on every machine.

    Args:
        price: Prices, quote units.
        quantity: Base units.
    """
    # `dot` adds up in another order on another processor
    return total(price * quantity)


def curve_of_run(run: Run, bar_ms: int | None = None) -> Curve:
    """Return a run's equity curve without building a table."""
    time, records = run.market.time, run.state.records
    if bar_ms is None:
        bar_ms = int(np.diff(time).min()) if len(time) > 1 else 0
    return Curve(
        time=time,
        equity=records.equity,
        initial_balance=run.initial_balance,
        bar_ms=bar_ms,
        flow=run.flow if len(run.market.flow_bars) else None,
        exposure=records.exposure,
    )


def trades_of_run(run: Run) -> ClosedTrades:
    """Return a run's closed trades without building a table; the kernel writes them in order of exit."""
    records = run.trade_records
    return ClosedTrades(
        pnl=np.ascontiguousarray(records["pnl"]),
        pnl_pct=np.ascontiguousarray(records["pnl_pct"]),
        r_multiple=np.ascontiguousarray(records["r_multiple"]),
        fees=np.ascontiguousarray(records["fees"]),
        value=records["quantity"] * (records["entry_price"] + records["exit_price"]),
        bars_held=records["bars_held"].astype(np.float64),
        position=np.ascontiguousarray(records["position"]),
        ambiguous=records["ambiguous"].astype(np.bool_),
    )


def total_return_of(tables: Tables, initial_balance: float) -> float:
    """Return the time-weighted total return of a run, a fraction."""
    # A total return does not depend on the length of bars, so none is inferred.
    if isinstance(tables, Run):
        return total_return(curve_of_run(tables, 0))
    return total_return(curve_of(tables.equity, initial_balance, 0))
