"""Bars of one symbol for commands that are not a backtest."""

from __future__ import annotations

import attrs

from tradewind.backtest.desk import Request, cached_source
from tradewind.backtest.history import Window, load_histories
from tradewind.config.schema import Settings
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.catalog import Catalog


def load_bars(
    symbol: str,
    timeframe: str,
    settings: Settings,
    catalog: Catalog,
    *,
    now_ms: int,
    start_ms: int | None = None,
    end_ms: int | None = None,
    days: float | None = None,
) -> Bars:
    """
    Return the closed bars of a symbol from the source that the settings name.

    Args:
        symbol: The pair.
        timeframe: The bar length, such as `4h`.
        settings: The settings in force.
        catalog: What the loaded plugins offer.
        now_ms: The wall clock, UTC milliseconds, for the age of cached history.
        start_ms: First bar open; None for the start of the data.
        end_ms: The bars end before this open; None for the end of the data.
        days: Length before the end, in place of a start.

    Raises:
        DataError: TW-D001 for an unknown symbol, TW-D002 without bars in the range.
        UsageError: TW-U003 when the end is not after the start.
    """
    source = cached_source(Request(strategy=""), settings, catalog, now_ms)
    coarse = attrs.evolve(settings, use_finer_bars=False)
    window = Window(start_ms=start_ms, end_ms=end_ms, days=days)
    return load_histories(source, (symbol,), Timeframe(timeframe), window, 0, coarse)[symbol].run_bars
