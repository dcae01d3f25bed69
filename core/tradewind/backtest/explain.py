"""What was decided on one bar, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from tradewind.backtest.result import Result
from tradewind.backtest.tables import iso_time, rows_of_table
from tradewind.errors import UsageError
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.words import Decision, decision_words


def explain(result: Result, symbol: str, time: int | str | pd.Timestamp) -> str:
    """
    Return the words of the decision at the close of one bar, and what was held then.

    Args:
        result: The result.
        symbol: One of its symbols.
        time: Any moment inside the bar: milliseconds UTC, or a time (UTC unless it says otherwise).

    Raises:
        UsageError: TW-U001 for a symbol that was not traded, TW-U008 for a time outside the run.
    """
    if symbol not in result.symbols:
        raise UsageError(
            f"{symbol} was not traded in this run.", code="TW-U001", hint=f"It traded {', '.join(result.symbols)}."
        )
    opened = Timeframe(result.timeframe).floor(_moment(time))
    start, end = result.start.value // 1_000_000, result.end.value // 1_000_000
    if not start <= opened < end:
        raise UsageError(
            f"the bar {iso_time(opened)} lies outside the run.",
            code="TW-U008",
            hint=f"The run goes from {iso_time(start)} to {iso_time(end)}.",
        )
    if _has_bar(result, symbol, opened):
        texts = [decision_words(decision, result.conditions) for decision in decisions_at(result, symbol, opened)]
    else:
        texts = [f"{symbol} {iso_time(opened)}: there is no bar at this time, it is missing in the data"]
    texts += [f"  {line}" for line in _held(result, symbol, opened)]
    return "\n".join(texts)


def decisions_at(result: Result, symbol: str, opened: int) -> list[Decision]:
    """Return the decision of every strategy of the run on the bar of a symbol that opened then (ms UTC)."""
    ledger = result.decisions
    moment = pd.Timestamp(opened, unit="ms", tz="UTC")
    asked = rows_of_table(ledger[(ledger["symbol"] == symbol) & (ledger["time"] == moment)])
    by_strategy = {str(row["strategy"]): row for row in asked}
    plans = {rows.strategy: rows.at(opened) for rows in result.rows if rows.symbol == symbol}
    names = list(dict.fromkeys([*plans, *by_strategy])) or [result.strategy]
    label = {"time": iso_time(opened), "symbol": symbol}
    return [
        Decision.from_row(plans.get(name, {}) | by_strategy.get(name, {}), **label, strategy=name) for name in names
    ]


def explain_all(result: Result) -> str:
    """Return one line per row of the decision ledger: every entry that was asked for, and what became of it."""
    lines = list(_lines(result))
    return "\n".join(lines) if lines else "No entry was asked for."


def _lines(result: Result) -> Iterator[str]:
    ledger = result.decisions
    times = ledger["time"].dt.strftime("%Y-%m-%dT%H:%MZ") if len(ledger) else []
    for row, time in zip(rows_of_table(ledger), times, strict=True):
        side = "long" if row["enter"] > 0 else "short"
        size = ""
        if row["quantity"] > 0.0:
            bound = f" ({row['binding']})" if row["binding"] else ""
            risk = f"risk {row['requested_risk']:.2%} -> {row['effective_risk']:.2%}"
            size = f"  {risk}  {row['quantity']:.8g} at {row['price']:.8g}{bound}"
        yield f"{time}  {row['symbol']} {row['strategy']} {side}  {row['outcome']}{size}"


def _moment(time: int | str | pd.Timestamp) -> int:
    if isinstance(time, int | np.integer):
        return int(time)
    try:
        stamp = pd.Timestamp(time)
    except ValueError as error:
        raise UsageError(f"the time was {time!r}, expected something like 2025-03-04T16:00.", code="TW-U008") from error
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return int(zoned.value // 1_000_000)


def _has_bar(result: Result, symbol: str, opened: int) -> bool:
    times = pd.DatetimeIndex(result.equity.index).as_unit("ms").asi8
    first, last = np.searchsorted(times, (opened, opened + Timeframe(result.timeframe).ms))
    moment = pd.Timestamp(opened, unit="ms", tz="UTC")
    # Among several symbols the equity curve has a row where any of them has a bar.
    gaps = result.quality.get(symbol, {}).get("gaps", [])
    inside = any(pd.Timestamp(gap["first_missing"]) <= moment <= pd.Timestamp(gap["last_missing"]) for gap in gaps)
    return bool(first < last) and not inside


def _held(result: Result, symbol: str, opened: int) -> list[str]:
    """Return what was open at the bar's close, and what was closed inside the bar."""
    closed = opened + Timeframe(result.timeframe).ms
    start, end = (pd.Timestamp(ms, unit="ms", tz="UTC") for ms in (opened, closed))
    trades = result.trades[result.trades["symbol"] == symbol]
    lines = [
        f"closed      {_position(trade)}: {trade['exit_reason']} at {trade['exit_price']:,.8g}, {trade['pnl']:+,.2f}"
        for trade in rows_of_table(trades[(trades["exit_time"] >= start) & (trades["exit_time"] < end)])
    ]
    later = rows_of_table(trades[(trades["entry_time"] < end) & (trades["exit_time"] >= end)])
    still = result.positions
    open_now = rows_of_table(still[(still["symbol"] == symbol) & (still["entry_time"] < end)]) if len(still) else []
    return lines + ([f"held        {_position(row)}" for row in (*later, *open_now)] or ["held        nothing"])


def _position(row: dict[str, Any]) -> str:
    opened = iso_time(row["entry_time"].value // 1_000_000)
    return f"{row['side']} {row['quantity']:.8g} from {opened} at {row['entry_price']:,.8g}"
