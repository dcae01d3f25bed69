"""A strategy and a data provider joined for backtests, as scripts write it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tradewind.backtest.entry import backtest
from tradewind.backtest.result import Result
from tradewind.cache.provider import DataProvider, ProviderSource
from tradewind.errors import UsageError
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe


class Backtester:
    """
    Run a strategy on the history that a data provider gives.

    Args:
        strategy: A catalogue name, a strategy object or class; a `BaseStrategy` will do.
        data_provider: A `DataProvider`, or any bar source.
        settings: Settings, or a mapping with the same tables as a settings file.
    """

    def __init__(self, strategy: Any, data_provider: Any, *, settings: Mapping[str, Any] | None = None) -> None:
        self.strategy = strategy
        self.settings = dict(settings or {})
        self.source = ProviderSource(data_provider) if isinstance(data_provider, DataProvider) else data_provider

    def run(
        self,
        symbol: str | None = None,
        timeframe: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        initial_balance: float = 10_000.0,
    ) -> Result:
        """
        Backtest one symbol over [start, end).

        Args:
            symbol: The pair; by default the strategy's `trading_pair`.
            timeframe: The bar length; by default the strategy's.
            start: First bar open; a naive time is UTC.
            end: End; a naive time is UTC.
            initial_balance: Balance at the start, quote units.

        Raises:
            UsageError: TW-U008 without start or end.
            TradewindError: What the provider or the run raises.
        """
        if start is None or end is None:
            raise UsageError(
                "a backtest over a data provider needs start and end.",
                code="TW-U008",
                hint="Give run(start=datetime(2024, 1, 1), end=datetime(2025, 1, 1)).",
            )
        pair = symbol or str(getattr(self.strategy, "trading_pair", "BTCUSDT"))
        length = Timeframe(timeframe or str(getattr(self.strategy, "timeframe", "4h")))
        instrument = Instrument(symbol=pair)
        bars = self.source.bars(instrument, length, _utc(start), _utc(end))
        settings = {**self.settings, "initial_balance": initial_balance}
        return backtest(self.strategy, {pair: bars}, settings=settings, instrument=instrument)


def _utc(moment: datetime) -> Any:
    import pandas as pd

    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return pd.Timestamp(aware).tz_convert("UTC")
