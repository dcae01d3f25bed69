"""What was decided on one bar, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs
import numpy as np
import pandas as pd

from tradewind.backtest.result import Result
from tradewind.backtest.tables import iso_time, rows_of_table
from tradewind.errors import UsageError
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.words import Decision, decision_words


@attrs.frozen(kw_only=True)
class Round:
    """
    A position, or a tranche of one.

    Args:
        side: `long` or `short`.
        quantity: Base units.
        entry_ms: When it was opened, UTC milliseconds.
        entry_price: At what price.
        exit_ms: When it was closed; None while it is open.
        exit_price: At what price.
        exit_reason: Why.
        pnl: Profit after fees, quote units.
    """

    side: str
    quantity: float
    entry_ms: int
    entry_price: float
    exit_ms: int | None = None
    exit_price: float = 0.0
    exit_reason: str = ""
    pnl: float = 0.0

    @property
    def words(self) -> str:
        """What it is, in words."""
        return f"{self.side} {self.quantity:.8g} from {iso_time(self.entry_ms)} at {self.entry_price:,.8g}"


def told(
    symbol: str, opened: int, bar_ms: int, decided: Sequence[tuple[Decision, Sequence[str]]], rounds: Sequence[Round]
) -> str:
    """
    Return the words of what was decided on a bar, and of what was held: the same for a backtest and a session.

    Args:
        symbol: The pair.
        opened: Open of the bar, UTC milliseconds.
        bar_ms: Its length.
        decided: The decision of every strategy, with the names of its conditions; none when there is no bar.
        rounds: Every position of the symbol, in the order they were closed, open ones last.
    """
    texts = [decision_words(decision, conditions) for decision, conditions in decided]
    if not decided:
        texts = [f"{symbol} {iso_time(opened)}: there is no bar at this time, it is missing in the data"]
    closes = opened + bar_ms
    texts += [
        f"  closed      {one.words}: {one.exit_reason} at {one.exit_price:,.8g}, {one.pnl:+,.2f}"
        for one in rounds
        if one.exit_ms is not None and opened <= one.exit_ms < closes
    ]
    held = [one for one in rounds if one.entry_ms < closes and (one.exit_ms is None or one.exit_ms >= closes)]
    return "\n".join([*texts, *([f"  held        {one.words}" for one in held] or ["  held        nothing"])])


def moment_of(time: int | str | pd.Timestamp) -> int:
    """
    Return a moment as UTC milliseconds; without a zone it is UTC.

    Raises:
        UsageError: TW-U008 when it is no time.
    """
    if isinstance(time, int | np.integer):
        return int(time)
    try:
        stamp = pd.Timestamp(time)
    except ValueError as error:
        raise UsageError(f"the time was {time!r}, expected something like 2025-03-04T16:00.", code="TW-U008") from error
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return int(zoned.value // 1_000_000)


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
    opened = Timeframe(result.timeframe).floor(moment_of(time))
    start, end = result.start.value // 1_000_000, result.end.value // 1_000_000
    if not start <= opened < end:
        raise UsageError(
            f"the bar {iso_time(opened)} lies outside the run.",
            code="TW-U008",
            hint=f"The run goes from {iso_time(start)} to {iso_time(end)}.",
        )
    rounds = _rounds(result, symbol)
    decided = [(one, result.conditions) for one in decisions_at(result, symbol, opened)]
    return told(
        symbol, opened, Timeframe(result.timeframe).ms, decided if _has_bar(result, symbol, opened) else [], rounds
    )


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


def _has_bar(result: Result, symbol: str, opened: int) -> bool:
    times = pd.DatetimeIndex(result.equity.index).as_unit("ms").asi8
    first, last = np.searchsorted(times, (opened, opened + Timeframe(result.timeframe).ms))
    moment = pd.Timestamp(opened, unit="ms", tz="UTC")
    # Among several symbols the equity curve has a row where any of them has a bar.
    gaps = result.quality.get(symbol, {}).get("gaps", [])
    inside = any(pd.Timestamp(gap["first_missing"]) <= moment <= pd.Timestamp(gap["last_missing"]) for gap in gaps)
    return bool(first < last) and not inside


def _rounds(result: Result, symbol: str) -> list[Round]:
    """Return every position of a symbol, closed ones first."""
    tables = [table for table in (result.trades, result.positions) if len(table)]
    return [_round(row) for table in tables for row in rows_of_table(table[table["symbol"] == symbol])]


def _round(row: dict[str, Any]) -> Round:
    closed = "exit_time" in row
    return Round(
        side=str(row["side"]),
        quantity=float(row["quantity"]),
        entry_ms=row["entry_time"].value // 1_000_000,
        entry_price=float(row["entry_price"]),
        exit_ms=row["exit_time"].value // 1_000_000 if closed else None,
        exit_price=float(row["exit_price"]) if closed else 0.0,
        exit_reason=str(row["exit_reason"]) if closed else "",
        pnl=float(row["pnl"]) if closed else 0.0,
    )
