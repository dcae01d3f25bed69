"""Bars and sentiment of one symbol for commands that are not a backtest."""

from __future__ import annotations

import attrs
import pandas as pd

from tradewind.backtest.desk import Request, cached_source
from tradewind.backtest.history import History, Window, load_histories
from tradewind.backtest.made_up import made_up
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.errors import DataError
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.catalog import Catalog
from tradewind.plugins.protocols import Need
from tradewind.sentiment.features import FEATURES
from tradewind.sentiment.loading import SENTIMENT, sentiment_sources, series_for


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


def bars_are_made_up(symbol: str, bars: Bars, settings: Settings, catalog: Catalog) -> bool:
    """Return whether bars come from a made-up market, the embedded sample's included."""
    if not len(bars):
        return False
    history = History(instrument=Instrument(symbol=symbol), bars=bars, start_ms=int(bars.time[0]))
    return made_up(settings.source, {symbol: history}, catalog)


def load_sentiment(symbol: str, bars: Bars, settings: Settings, catalog: Catalog) -> pd.DataFrame:
    """
    Return the eight sentiment features as known at the close of each bar, NaN where none was known.

    Args:
        symbol: The pair.
        bars: The bars.
        settings: The settings in force; `sentiment.sources` names who is asked.
        catalog: What the loaded plugins offer.

    Raises:
        DataError: TW-D002 when the sources have nothing for these bars.
        PluginError: When a source that the settings name is not on offer.
    """
    series = series_for([Need(SENTIMENT, kind="series", optional=True)], settings, catalog, build_source)[SENTIMENT]
    joined = series.of(symbol).joined(bars)
    if joined is None or not joined[list(FEATURES)].notna().any(axis=None):
        asked = ", ".join(sentiment_sources(settings, catalog))
        troubles = "; ".join(f"{name} says: {trouble}" for name, trouble in series.troubles.items())
        why = troubles or (f"{asked} has nothing for these bars" if asked else "no source of it is named")
        raise DataError(
            f"there is no sentiment for {symbol}: {why.rstrip('.')}.",
            code="TW-D002",
            hint='Name a source that has some, such as sentiment.sources = ["senticrypt"].',
        )
    return joined[list(FEATURES)]
