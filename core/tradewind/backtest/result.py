"""A finished run: its tables, its figures and what they are worth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.figures import figures
from tradewind.backtest.inputs import Inputs, result_hash
from tradewind.backtest.interval import Interval
from tradewind.backtest.rows import PlanRows
from tradewind.backtest.stored import as_dict, fields_of
from tradewind.backtest.tables import Tables
from tradewind.metrics.curve import Times
from tradewind.metrics.summary import Market, performance_summary
from tradewind.metrics.trades import Figure
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan
from tradewind.pipeline.certificate import Certificate

BarsLike = pd.DataFrame | Bars


def _told[T](value: T | Callable[[], T]) -> T:
    return value() if callable(value) else value


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@attrs.frozen(kw_only=True, eq=False)
class Result:
    """
    A run over history.

    What costs time is made when it is first asked for: tables, figures, hashes, interval and
    certificate; several may be given as functions without arguments.

    Args:
        strategy: The strategy's name.
        symbols: The symbols traded.
        timeframe: The strategy's timeframe, such as `4h`.
        start: Open of the first bar, UTC.
        end: Close of the last bar, UTC.
        initial_balance: Equity before the first bar, quote units.
        tables: The run itself, or the tables of one that was read back.
        inputs: What the run depended on.
        interval: The result under the other order of prices and other costs; None when not measured.
        certificate: The look-ahead and warm-up check; None when not made.
        metrics: The figures, when they are known already.
        rows: What the plans said row by row, for explanations.
        markets: Prices by symbol, for the comparison with holding them.
        bars: The bars of the run by symbol, for charts; none in a result that was read back.
        bar_ms: Length of the bars of the equity curve, milliseconds; None to infer it.
        settings: The effective settings; those of `inputs` are stored.
        conditions: Names of the bits in `decisions`, lowest first.
        warnings: Sentences to show with the result.
        quality: What was missing or masked, by symbol.
        trials: How often this data was looked at, and the Sharpe ratio deflated for it.
        synthetic: The bars are made up, not history.
        in_sample: A model that decided had seen every bar: the figures prove nothing.
    """

    strategy: str
    symbols: tuple[str, ...] = attrs.field(converter=_words)
    timeframe: str = attrs.field(converter=str)
    start: pd.Timestamp
    end: pd.Timestamp
    initial_balance: float
    tables: Tables = attrs.field(repr=False)
    _inputs: Inputs | Callable[[], Inputs] = attrs.field(repr=False)
    _interval: Interval | Callable[[], Interval | None] | None = attrs.field(default=None, repr=False)
    _certificate: Certificate | Callable[[], Certificate | None] | None = attrs.field(default=None, repr=False)
    _metrics: Mapping[str, Figure] | None = attrs.field(default=None, repr=False)
    _rows: tuple[PlanRows, ...] | Callable[[], tuple[PlanRows, ...]] = attrs.field(default=(), repr=False)
    markets: Mapping[str, Market] = attrs.field(factory=dict, repr=False)
    bars: Mapping[str, Bars] = attrs.field(factory=dict, repr=False)
    bar_ms: int | None = attrs.field(default=None, repr=False)
    _settings: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = attrs.field(default=None, repr=False)
    conditions: tuple[str, ...] = attrs.field(default=(), repr=False, converter=_words)
    warnings: tuple[str, ...] = attrs.field(default=(), repr=False, converter=_words)
    _quality: Mapping[str, Any] | Callable[[], Mapping[str, Any]] = attrs.field(factory=dict, repr=False)
    trials: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    synthetic: bool = False
    in_sample: bool = False

    @property
    def trades(self) -> pd.DataFrame:
        """Closed trades in order of exit, one row per tranche closed."""
        return self.tables.trades

    @property
    def fills(self) -> pd.DataFrame:
        """Executions in order of time."""
        return self.tables.fills

    @property
    def equity(self) -> pd.DataFrame:
        """Equity, cash, exposure, drawdown and flow at each close, by bar open (UTC)."""
        return self.tables.equity

    @property
    def decisions(self) -> pd.DataFrame:
        """One row per bar and slot that asked for an entry, with its outcome."""
        return self.tables.decisions

    @property
    def positions(self) -> pd.DataFrame:
        """Positions that are open at the end, with their mark."""
        return self.tables.positions

    @cached_property
    def inputs(self) -> Inputs:
        """What the run depended on."""
        return _told(self._inputs)

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The effective settings."""
        return self.inputs.settings if self._settings is None else _told(self._settings)

    @property
    def id(self) -> str:
        """The hash of the inputs, 12 hexadecimal digits: equal inputs have equal ids."""
        return self.inputs.id

    @cached_property
    def hash(self) -> str:
        """The hash of trades and equity: a run that is repeated must reach it."""
        return result_hash(self.trades, self.equity)

    @cached_property
    def quality(self) -> Mapping[str, Any]:
        """What was missing or masked in the bars, by symbol."""
        return _told(self._quality)

    @cached_property
    def interval(self) -> Interval | None:
        """The result under the other order of prices and other costs."""
        return _told(self._interval)

    @cached_property
    def certificate(self) -> Certificate | None:
        """The look-ahead and warm-up check."""
        return _told(self._certificate)

    @cached_property
    def rows(self) -> tuple[PlanRows, ...]:
        """What the plans said row by row."""
        return _told(self._rows)

    @cached_property
    def metrics(self) -> dict[str, Figure]:
        """Every figure of the reference page by name; None where a figure is not defined."""
        if self._metrics is not None:
            return dict(self._metrics)
        return figures(self.tables, self.initial_balance, self.bar_ms, self.markets)

    def performance_summary(self) -> dict[str, float]:
        """Return the six figures that people watch; win rate and drawdown in percent."""
        return performance_summary(self.metrics)

    def _repr_html_(self) -> str:
        """Return the report for a notebook, in a frame of its own."""
        from tradewind.backtest.pages.document import framed  # a script that shows nothing pays for no page

        return framed(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that strict JSON can hold."""
        return as_dict(self)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the result as strict JSON, without loss; see the reference of the command line."""
        return json.dumps(as_dict(self), indent=indent, allow_nan=False)

    @classmethod
    def from_json(cls, text: str | bytes) -> Result:
        """
        Return the result that `to_json` wrote.

        Raises:
            ResultError: TW-R002 when the text is no result, or of another version.
        """
        return cls(**fields_of(text))


def rows_of(plans: Mapping[tuple[str, str], Plan]) -> tuple[PlanRows, ...]:
    """Return what plans by (strategy, symbol) said row by row."""
    return tuple(PlanRows.of(strategy, symbol, one) for (strategy, symbol), one in plans.items())


def market_of(bars: Bars) -> Market:
    """Return the prices of bars for the comparison with holding them."""
    return Market(time=bars.time, open=bars.open, close=bars.close)


def span_of(time: Times, bar_ms: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the open of the first and the close of the last bar, UTC."""
    first, last = int(time[0]), int(time[-1]) + bar_ms
    return pd.Timestamp(first, unit="ms", tz="UTC"), pd.Timestamp(last, unit="ms", tz="UTC")
