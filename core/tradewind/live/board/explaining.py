"""What a session decided on one bar, in the words of a backtest."""

from __future__ import annotations

import math
from typing import Any

from tradewind.backtest.explain import Round, moment_of, told
from tradewind.backtest.tables import iso_time
from tradewind.errors import UsageError
from tradewind.model.decisions import OUTCOME_CODES, OUTCOMES
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.words import Decision
from tradewind.store.accounts import Execution, Session
from tradewind.store.journal import Journal
from tradewind.store.opening import Store
from tradewind.store.queries import decided_span, decisions_at, executions_at
from tradewind.store.records import BarDecision
from tradewind.store.sql_journal import SqlJournal

_SIDES = {"enter_long": 1, "enter_short": -1}


def explain_session(store: Store, session: Session, symbol: str, time: int | str) -> str:
    """
    Return the words of the decision at the close of one bar, and what was held then.

    All sessions of the account count: one that was resumed has several.

    Args:
        store: The database.
        session: A session of the account.
        symbol: One of its symbols.
        time: Any moment inside the bar: milliseconds UTC, or a time (UTC unless it says otherwise).

    Raises:
        UsageError: TW-U001 for a symbol that was not traded, TW-U008 for a time outside the sessions.
    """
    symbols = session.symbol.split(",")
    if symbol not in symbols:
        raise UsageError(
            f"{symbol} was not traded in session {session.id}.", code="TW-U001", hint=f"It traded {', '.join(symbols)}."
        )
    timeframe = Timeframe(session.timeframe)
    opened = timeframe.floor(moment_of(time))
    with store.snapshot() as connection:
        span = decided_span(connection, session.account_fp, symbol)
        bars = decisions_at(connection, session.account_fp, symbol, opened)
        asked = [row for bar in bars for row in executions_at(connection, symbol, opened, session_id=bar.session_id)]
    if span is None or not span[0] <= opened <= span[1]:
        raise UsageError(
            f"the bar {iso_time(opened)} lies outside the session.",
            code="TW-U008",
            hint="Nothing was decided yet."
            if span is None
            else f"It decided the bars from {iso_time(span[0])} to {iso_time(span[1])}.",
        )
    names = session.strategy_name.split(", ")
    ranked = sorted(bars, key=lambda bar: names.index(bar.slot) if bar.slot in names else len(names))
    executions = {row.slot: row for row in asked}
    decided = [
        (_decision(bar, executions.get(bar.slot), iso_time(opened)), tuple(bar.plan.get("conditions", ())))
        for bar in ranked
    ]
    text = told(symbol, opened, timeframe.ms, decided, _rounds(SqlJournal(store), session.account_fp, symbol))
    silent = [f"  not asked   {row.slot}: {row.reason}" for row in asked if row.reason]
    return "\n".join([text, *silent])


def _decision(bar: BarDecision, row: Execution | None, time: str) -> Decision:
    plan: dict[str, Any] = dict(bar.plan)
    label = {"symbol": bar.symbol, "time": time, "strategy": plan.get("strategy", bar.slot)}
    if row is None or row.signal_type not in _SIDES:
        # An entry whose outcome was not known when the session was cut off has its bar's row alone.
        outcome = bar.decision if bar.decision in OUTCOME_CODES else "no_signal"
        return Decision.from_row(plan, **label, outcome=outcome)
    return Decision.from_row(
        plan,
        **label,
        enter=_SIDES[row.signal_type],
        outcome=OUTCOMES[row.outcome],
        requested_risk=math.nan if row.requested_risk is None else row.requested_risk,
        effective_risk=math.nan if row.effective_risk is None else row.effective_risk,
        quantity=math.nan if row.quantity is None else float(row.quantity),
        price=math.nan if row.price is None else float(row.price),
        binding=row.binding,
    )


def _rounds(journal: Journal, account_fp: str, symbol: str) -> list[Round]:
    sessions = journal.sessions(account_fp)
    closed = [
        Round(
            side=one.side,
            quantity=float(one.quantity),
            entry_ms=one.entry_time,
            entry_price=float(one.entry_price),
            exit_ms=one.exit_time,
            exit_price=float(one.exit_price),
            exit_reason=one.exit_reason,
            pnl=float(one.pnl),
        )
        for session in sessions
        for one in journal.trades(session.id)
        if one.symbol == symbol
    ]
    still = [
        Round(
            side=one.side,
            quantity=float(one.quantity),
            entry_ms=one.entry_time,
            entry_price=float(one.entry_price),
        )
        for session in sessions
        for one in journal.positions(session.id)
        if one.symbol == symbol
    ]
    return closed + still
