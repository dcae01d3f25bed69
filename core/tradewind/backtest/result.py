"""A finished run: its tables, its figures and what they are worth."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.inputs import Inputs, plain_value, result_hash
from tradewind.backtest.interval import Interval
from tradewind.backtest.tables import (
    EQUITY_COLUMNS,
    StoredTables,
    Tables,
    curve_of,
    iso_time,
    iso_times,
    plain,
    records,
    table,
    typed,
)
from tradewind.errors import ResultError
from tradewind.metrics.summary import Market, performance_summary, summarise
from tradewind.metrics.trades import ClosedTrades, Figure
from tradewind.pipeline.certificate import Certificate

VERSION: Final = 1
"""The version of the JSON form; a reader refuses others."""

_TABLES: Final = ("trades", "fills", "decisions", "positions")


def _told[T](value: T | Callable[[], T]) -> T:
    return value() if callable(value) else value


@attrs.frozen(kw_only=True, eq=False)
class Result:
    """
    A run over history.

    What costs time is made when it is first asked for: the tables, the figures, the hashes, the
    interval and the certificate; the last three may be given as functions without arguments.

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
        markets: Prices by symbol, for the comparison with holding them.
        bar_ms: Length of the bars of the equity curve, milliseconds; None to infer it.
        settings: The effective settings.
        conditions: Names of the bits in `decisions`, lowest first.
        warnings: Sentences to show with the result.
        quality: What was missing or masked, by symbol.
        trials: How often this data was looked at, and the Sharpe ratio deflated for it.
        synthetic: The bars are made up, not history.
    """

    strategy: str
    symbols: tuple[str, ...] = attrs.field(converter=tuple)
    timeframe: str = attrs.field(converter=str)
    start: pd.Timestamp
    end: pd.Timestamp
    initial_balance: float
    tables: Tables = attrs.field(repr=False)
    _inputs: Inputs | Callable[[], Inputs] = attrs.field(repr=False)
    _interval: Interval | Callable[[], Interval | None] | None = attrs.field(default=None, repr=False)
    _certificate: Certificate | Callable[[], Certificate | None] | None = attrs.field(default=None, repr=False)
    _metrics: Mapping[str, Figure] | None = attrs.field(default=None, repr=False)
    markets: Mapping[str, Market] = attrs.field(factory=dict, repr=False)
    bar_ms: int | None = attrs.field(default=None, repr=False)
    settings: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    conditions: tuple[str, ...] = attrs.field(default=(), repr=False, converter=tuple)
    warnings: tuple[str, ...] = attrs.field(default=(), repr=False, converter=tuple)
    quality: Mapping[str, Any] = attrs.field(factory=dict, repr=False)
    trials: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    synthetic: bool = False

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

    @property
    def id(self) -> str:
        """The hash of the inputs, 12 hexadecimal digits: equal inputs have equal ids."""
        return self.inputs.id

    @cached_property
    def hash(self) -> str:
        """The hash of trades and equity: a run that is repeated must reach it."""
        return result_hash(self.trades, self.equity)

    @cached_property
    def interval(self) -> Interval | None:
        """The result under the other order of prices and other costs."""
        return _told(self._interval)

    @cached_property
    def certificate(self) -> Certificate | None:
        """The look-ahead and warm-up check."""
        return _told(self._certificate)

    @cached_property
    def metrics(self) -> dict[str, Figure]:
        """Every figure of the reference page by name; None where a figure is not defined."""
        if self._metrics is not None:
            return dict(self._metrics)
        fills = self.fills
        return summarise(
            curve_of(self.equity, self.initial_balance, self.bar_ms),
            ClosedTrades.from_frame(self.trades),
            markets=self.markets,
            fees=float(fills["fee"].sum()) if "fee" in fills else None,
            traded_value=float((fills["price"] * fills["quantity"]).sum()) if "price" in fills else None,
        )

    def performance_summary(self) -> dict[str, float]:
        """Return the six figures that people watch; win rate and drawdown in percent."""
        return performance_summary(self.metrics)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the result as strict JSON, without loss; see the reference of the command line."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as values that strict JSON can hold."""
        equity = self.equity
        return {
            "version": VERSION,
            "id": self.id,
            "strategy": self.strategy,
            "symbols": list(self.symbols),
            "timeframe": self.timeframe,
            "start": iso_time(self.start.value // 1_000_000),
            "end": iso_time(self.end.value // 1_000_000),
            "initial_balance": self.initial_balance,
            "synthetic": self.synthetic,
            "metrics": plain_value(self.metrics),
            "interval": None if self.interval is None else self.interval.to_dict(),
            "certificate": None if self.certificate is None else self.certificate.to_dict(),
            "trades": records(self.trades),
            "equity": {
                "time": iso_times(equity.index),
                "value": plain(equity["equity"]),
                **{name: plain(equity[name]) for name in EQUITY_COLUMNS[1:] if name in equity},
            },
            "inputs": self.inputs.to_dict() | {"result": self.hash},
            "settings": plain_value(self.settings),
            "decisions": records(self.decisions),
            "fills": records(self.fills),
            "positions": records(self.positions),
            "columns": {name: list(getattr(self, name).columns) for name in _TABLES},
            "conditions": list(self.conditions),
            "quality": plain_value(self.quality),
            "trials": plain_value(self.trials),
            "warnings": list(self.warnings),
        }

    @classmethod
    def from_json(cls, text: str | bytes) -> Result:
        """
        Return the result that `to_json` wrote.

        Raises:
            ResultError: TW-R002 when the text is no result, or of another version.
        """
        try:
            values = json.loads(text, parse_constant=_refuse_constant)
            version = values["version"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ResultError(f"this is no stored result: {error}.", code="TW-R002") from error
        if version != VERSION:
            raise ResultError(
                f"the stored result has version {version!r}, expected {VERSION}.",
                code="TW-R002",
                hint="Run the backtest again.",
            )
        try:
            return cls._read(values)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ResultError(
                f"the stored result is damaged: {type(error).__name__} {error}.",
                code="TW-R002",
                hint="Run the backtest again.",
            ) from error

    @classmethod
    def _read(cls, values: Mapping[str, Any]) -> Result:
        curve = values["equity"]
        index = pd.DatetimeIndex(typed("time", curve["time"]), name="open_time")
        stored = {"equity": curve["value"]} | {name: curve[name] for name in EQUITY_COLUMNS[1:] if name in curve}
        equity = {name: typed(name, column) for name, column in stored.items()}
        columns = values["columns"]
        interval, certificate = values["interval"], values["certificate"]
        return cls(
            strategy=values["strategy"],
            symbols=values["symbols"],
            timeframe=values["timeframe"],
            start=pd.Timestamp(values["start"]).as_unit("ms"),
            end=pd.Timestamp(values["end"]).as_unit("ms"),
            initial_balance=float(values["initial_balance"]),
            tables=StoredTables(
                trades=table(values["trades"], columns["trades"]),
                fills=table(values["fills"], columns["fills"]),
                equity=pd.DataFrame(equity, index=index),
                decisions=table(values["decisions"], columns["decisions"]),
                positions=table(values["positions"], columns["positions"]),
            ),
            inputs=Inputs.from_dict(values["strategy"], values["inputs"], values["settings"]),
            interval=None if interval is None else Interval.from_dict(interval),
            certificate=None if certificate is None else Certificate.from_dict(certificate),
            metrics=values["metrics"],
            settings=values["settings"],
            conditions=values["conditions"],
            warnings=values["warnings"],
            quality=values["quality"],
            trials=values["trials"],
            synthetic=bool(values["synthetic"]),
        )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no strict JSON")


def market_of(bars: Any) -> Market:
    """Return the prices of bars for the comparison with holding them."""
    return Market(time=bars.time, open=bars.open, close=bars.close)


def span_of(time: np.ndarray[Any, np.dtype[np.int64]], bar_ms: int) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the open of the first and the close of the last bar, UTC."""
    first, last = int(time[0]), int(time[-1]) + bar_ms
    return pd.Timestamp(first, unit="ms", tz="UTC"), pd.Timestamp(last, unit="ms", tz="UTC")
