"""The tables of a run as DataFrames and as strict JSON, without loss."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import attrs
import numpy as np
import pandas as pd

from tradewind.metrics.curve import Curve

TRADE_COLUMNS: Final = (
    "symbol",
    "strategy",
    "side",
    "entry_time",
    "entry_price",
    "exit_time",
    "exit_price",
    "quantity",
    "fees",
    "pnl",
    "pnl_pct",
    "r_multiple",
    "exit_reason",
    "bars_held",
    "mae",
    "mfe",
    "ambiguous",
)
"""What every trade states; `position` and others may follow."""

EQUITY_COLUMNS: Final = ("equity", "cash", "exposure", "drawdown", "flow")

_TIMES: Final = frozenset({"time", "entry_time", "exit_time"})
_WORDS: Final = frozenset(
    {"symbol", "strategy", "side", "exit_reason", "outcome", "binding", "kind", "reason", "liquidity"}
)
_FLAGS: Final = frozenset({"ambiguous", "maker", "open"})
_COUNTS: Final = frozenset({"bars_held", "position", "enter", "bits", "slot", "tranche", "row"})
_BEYOND: Final = {"inf": math.inf, "-inf": -math.inf}


class Tables(Protocol):
    """What a run leaves behind; the columns are named in the reference."""

    @property
    def trades(self) -> pd.DataFrame:
        """Closed trades in order of exit, one row per tranche."""
        ...

    @property
    def fills(self) -> pd.DataFrame:
        """Executions in order of time."""
        ...

    @property
    def equity(self) -> pd.DataFrame:
        """Equity, cash, exposure, drawdown and flow by bar open (UTC)."""
        ...

    @property
    def decisions(self) -> pd.DataFrame:
        """One row per bar and slot that asked for an entry."""
        ...

    @property
    def positions(self) -> pd.DataFrame:
        """Positions that are open at the end."""
        ...


@attrs.frozen(kw_only=True, eq=False)
class StoredTables:
    """The tables of a run that was read back."""

    trades: pd.DataFrame
    fills: pd.DataFrame
    equity: pd.DataFrame
    decisions: pd.DataFrame
    positions: pd.DataFrame


def iso_times(values: Any) -> list[str]:
    """
    Return times as ISO 8601 in UTC, such as `2025-03-04T16:00:00Z`.

    Args:
        values: A DatetimeIndex with a zone, or int64 milliseconds UTC.
    """
    if isinstance(values, pd.DatetimeIndex):
        values = values.tz_convert("UTC").as_unit("ms").asi8
    stamps = np.asarray(values, dtype=np.int64).view("datetime64[ms]")
    fine = bool((stamps[~np.isnat(stamps)].astype(np.int64) % 1000).any())
    return [str(text) for text in np.datetime_as_string(stamps, unit="ms" if fine else "s", timezone="UTC")]


def iso_time(time_ms: int) -> str:
    """Return milliseconds UTC as ISO 8601."""
    return iso_times(np.array([time_ms], dtype=np.int64))[0]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as one mapping per row that strict JSON can hold."""
    names = [str(name) for name in frame.columns]
    columns = [plain(frame[name]) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def rows_of_table(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return a table as one mapping per row, values as they are."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def plain(column: pd.Series[Any]) -> list[Any]:
    """Return a column as JSON values: times as ISO 8601, NaN as null, infinity as a word."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return [None if text == "NaT" else text for text in iso_times(pd.DatetimeIndex(column))]
    values: list[Any] = column.tolist()
    if any(isinstance(value, float) and not math.isfinite(value) for value in values):
        return [_finite(value) for value in values]
    return values


def _finite(value: Any) -> Any:
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else ("inf" if value > 0 else "-inf")


def table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str]) -> pd.DataFrame:
    """
    Return the table that `records` wrote.

    Args:
        rows: One mapping per row.
        columns: The columns of the table, also when it has no rows.
    """
    return pd.DataFrame({name: typed(name, [row[name] for row in rows]) for name in columns})


def typed(name: str, values: Sequence[Any]) -> Any:
    """Return JSON values as an array of the dtype that the column of this name has."""
    if name in _TIMES:
        return pd.DatetimeIndex(pd.to_datetime(list(values), utc=True)).as_unit("ms")
    if name in _WORDS:
        return pd.array(list(values), dtype="str")
    if name in _FLAGS:
        return np.array(values, dtype=np.bool_)
    if name in _COUNTS:
        return np.array(values, dtype=np.int64)
    return np.array([_number(value) for value in values], dtype=np.float64)


def _number(value: Any) -> float:
    if value is None:
        return math.nan
    return _BEYOND[value] if isinstance(value, str) else float(value)


def curve_of(equity: pd.DataFrame, initial_balance: float, bar_ms: int | None = None) -> Curve:
    """
    Return the equity table as the arrays that figures are made of.

    Args:
        equity: Equity by bar open (UTC), with what is there of cash, exposure, drawdown and flow.
        initial_balance: Equity before the first bar, quote units.
        bar_ms: Length of a bar in milliseconds; None takes the smallest step of the index.
    """
    time = pd.DatetimeIndex(equity.index).as_unit("ms").asi8
    if bar_ms is None:
        bar_ms = int(np.diff(time).min()) if len(time) > 1 else 0
    arrays = {name: equity[name].to_numpy(np.float64) for name in ("equity", "exposure", "flow") if name in equity}
    return Curve(time=time, initial_balance=initial_balance, bar_ms=bar_ms, **arrays)
