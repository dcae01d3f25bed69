"""A result as strict JSON and back, without loss."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from tradewind.backtest.inputs import Inputs, plain_value
from tradewind.backtest.interval import Interval
from tradewind.backtest.rows import PlanRows
from tradewind.backtest.tables import EQUITY_COLUMNS, StoredTables, iso_time, iso_times, plain, records, table, typed
from tradewind.errors import ResultError
from tradewind.pipeline.certificate import Certificate

if TYPE_CHECKING:
    from tradewind.backtest.result import Result

VERSION: Final = 1
"""The version of the JSON form; a reader refuses others."""

_TABLES: Final = ("trades", "fills", "decisions", "positions")


def as_dict(result: Result) -> dict[str, Any]:
    """Return a result as values that strict JSON can hold; the first keys are the public form."""
    equity = result.equity
    return {
        "version": VERSION,
        "id": result.id,
        "strategy": result.strategy,
        "symbols": list(result.symbols),
        "timeframe": result.timeframe,
        "start": iso_time(result.start.value // 1_000_000),
        "end": iso_time(result.end.value // 1_000_000),
        "initial_balance": result.initial_balance,
        "synthetic": result.synthetic,
        "in_sample": result.in_sample,
        "metrics": plain_value(result.metrics),
        "interval": None if result.interval is None else result.interval.to_dict(),
        "certificate": None if result.certificate is None else result.certificate.to_dict(),
        "trades": records(result.trades),
        "equity": {
            "time": iso_times(equity.index),
            "value": plain(equity["equity"]),
            **{name: plain(equity[name]) for name in EQUITY_COLUMNS[1:] if name in equity},
        },
        "inputs": result.inputs.to_dict() | {"result": result.hash},
        "settings": plain_value(result.inputs.settings),
        "decisions": records(result.decisions),
        "fills": records(result.fills),
        "positions": records(result.positions),
        "columns": {name: list(getattr(result, name).columns) for name in _TABLES},
        "conditions": list(result.conditions),
        "rows": [rows.to_dict() for rows in result.rows],
        "quality": plain_value(result.quality),
        "trials": plain_value(result.trials),
        "warnings": list(result.warnings),
    }


def fields_of(text: str | bytes) -> dict[str, Any]:
    """
    Return the fields of the result that `as_dict` wrote.

    Raises:
        ResultError: TW-R002 when the text is no result, or of another version.
    """
    try:
        values = json.loads(text, parse_constant=_refuse_constant)
        version = values["version"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ResultError(
            f"this is no stored result: {_why(error)}.", code="TW-R002", hint="Run the backtest again."
        ) from error
    if version != VERSION:
        raise ResultError(
            f"the stored result has version {version!r}, expected {VERSION}.",
            code="TW-R002",
            hint="Run the backtest again.",
        )
    try:
        return _fields(values)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
        raise ResultError(
            f"the stored result is damaged: {_why(error)}.",
            code="TW-R002",
            hint="Run the backtest again.",
        ) from error


def _why(error: Exception) -> str:
    """Return what is wrong with a text, in words; messages of Python alone would name neither text nor place."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is no whole JSON from line {error.lineno}, column {error.colno} on"
    if isinstance(error, UnicodeDecodeError):
        return "it is no UTF-8 text"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, KeyError):
        return f"it has no entry {error.args[0]!r}"
    if isinstance(error, (TypeError, AttributeError)):
        return "an entry is of another kind than was written"
    return f"an entry cannot be read ({error})"


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    interval, certificate, columns = values["interval"], values["certificate"], values["columns"]
    return {
        "strategy": values["strategy"],
        "symbols": values["symbols"],
        "timeframe": values["timeframe"],
        "start": pd.Timestamp(values["start"]).as_unit("ms"),
        "end": pd.Timestamp(values["end"]).as_unit("ms"),
        "initial_balance": float(values["initial_balance"]),
        "tables": StoredTables(
            equity=_equity(values["equity"]),
            **{name: table(values[name], columns[name]) for name in _TABLES},
        ),
        "inputs": Inputs.from_dict(values["strategy"], values["inputs"], values["settings"]),
        "interval": None if interval is None else Interval.from_dict(interval),
        "certificate": None if certificate is None else Certificate.from_dict(certificate),
        "metrics": values["metrics"],
        "conditions": values["conditions"],
        "rows": tuple(PlanRows.from_dict(rows) for rows in values["rows"]),
        "warnings": values["warnings"],
        "quality": values["quality"],
        "trials": values["trials"],
        "synthetic": bool(values["synthetic"]),
        "in_sample": bool(values.get("in_sample", False)),
    }


def _equity(curve: Mapping[str, Any]) -> pd.DataFrame:
    stored = {"equity": curve["value"]} | {name: curve[name] for name in EQUITY_COLUMNS[1:] if name in curve}
    index = pd.DatetimeIndex(typed("time", curve["time"]), name="open_time")
    return pd.DataFrame({name: typed(name, column) for name, column in stored.items()}, index=index)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no strict JSON")
