"""`tradewind parity`: whether a session decided as the backtester does, and where every cent of the rest went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.backtest.tables import iso_time
from tradewind.live.control.commands import CommandLog
from tradewind.live.paper.checkpoint import Saved
from tradewind.live.review.attribution import Attribution, BarKey, Case, Deal, attribute
from tradewind.live.review.recorded import Place, Record, Retold, place_of, unlike
from tradewind.model.timeframe import Timeframe
from tradewind.store.accounts import Position, Session, Trade
from tradewind.store.opening import Store
from tradewind.store.queries import decisions_of
from tradewind.store.records import BarDecision
from tradewind.store.sql_journal import SqlJournal

_SIDES: Final = {"long": 1, "short": -1}
_LEDGER: Final = (
    "strategy_name", "signal_type", "outcome", "bits", "requested_risk", "effective_risk", "quantity", "price",
    "binding", "reason", "inputs_hash",
)  # fmt: skip
_SAID: Final = ("hash", "bits", "regime", "exit_long", "exit_short", "veto", "enter", "strategy")
_MOST: Final = 20
"""Differences that are named."""


@attrs.frozen(kw_only=True)
class Parting:
    """
    How a session compares with its retelling.

    Args:
        session_id: The session.
        mode: `paper`, `practice` or `live`.
        decisions: Bars that were compared.
        differences: What was decided otherwise, in words, by bar; empty when all is equal to the last bit.
        revised: Bars whose data the source tells otherwise now.
        attribution: Where the money went.
        missed: Bars that closed while no process ran: nobody decided them.
    """

    session_id: int
    mode: str
    decisions: int
    differences: tuple[str, ...]
    revised: tuple[str, ...]
    attribution: Attribution
    missed: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Whether every decision is equal, and on paper every cent, too."""
        return not self.differences and not self.revised and (self.mode != "paper" or not self.attribution.parts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; amounts are text."""
        told = self.attribution
        return {
            "session": self.session_id,
            "mode": self.mode,
            "equal": self.is_equal,
            "decisions": self.decisions,
            "differences": list(self.differences),
            "revised": list(self.revised),
            "missed": list(self.missed),
            "ideal_pnl": text_of(told.ideal),
            "actual_pnl": text_of(told.actual),
            "difference": text_of(told.difference),
            "causes": {cause: text_of(amount) for cause, amount in told.totals().items()},
            "parts": [attrs.asdict(part) | {"amount": text_of(part.amount)} for part in told.parts],
        }


def text_of(amount: Decimal) -> str:
    """Return an amount as digits without zeros that say nothing."""
    return f"{amount.normalize():f}" if amount else "0"


def record_of(store: Store, session: Session) -> Record:
    """Return what is kept of a session and of all others of its account."""
    journal = SqlJournal(store)
    sessions = _run_of(session, journal.sessions(session.account_fp))
    with store.snapshot() as connection:
        bars, ledger = decisions_of(connection, session.account_fp, [row.id for row in sessions])
    saved = None
    for row in reversed(sessions):
        stored = journal.checkpoint(row.id)
        if stored is not None:
            saved = Saved.from_bytes(stored.kernel_state, sha256=stored.sha256, schema_version=stored.schema_version)
            break
    return Record(
        session=sessions[-1],
        decisions={place_of(row): row for row in bars},
        executions={place_of(row): row for row in ledger},
        trades=tuple(trade for row in sessions for trade in journal.trades(row.id)),
        positions=tuple(one for row in sessions for one in journal.positions(row.id)),
        commands=CommandLog(journal, session.account_fp).all(),
        saved=saved,
        balance=None if saved is not None or not sessions[0].initial_balance else sessions[0].initial_balance,
    )


def _run_of(session: Session, sessions: Sequence[Session]) -> list[Session]:
    """Return the sessions that are told as one: on paper an account's, at a venue those of one cast before this one."""
    if session.detail.get("executor") is None:
        return list(sessions)
    found: list[Session] = []
    for one in reversed([one for one in sessions if one.id <= session.id]):
        if (one.strategy_name, one.symbol, one.timeframe) != (session.strategy_name, session.symbol, session.timeframe):
            break
        found.insert(0, one)
    return found


def parted(record: Record, retold: Retold) -> Parting:
    """Compare a session with its retelling."""
    paper = record.saved is not None
    revised = {
        place
        for place, row in record.decisions.items()
        if place in retold.decisions and retold.decisions[place].inputs_hash != row.inputs_hash
    }
    bars = unlike(record.decisions, retold.decisions, _decided if paper else _said)
    missed = set() if paper else {place for place in bars if place not in record.decisions}
    words = {place: text for place, text in bars.items() if place not in revised | missed}
    if paper:
        ledger = unlike(
            record.executions, retold.executions, lambda row: {name: getattr(row, name) for name in _LEDGER}
        )
        words = {place: text for place, text in ledger.items() if place not in revised} | words
    timeframe = Timeframe(record.session.timeframe)
    case = Case(
        bar_ms=timeframe.ms,
        revised=_keys(revised),
        unlike=_keys(words),
        missed=_keys(missed),
        by_hand=_by_hand(record, timeframe.ms),
    )
    return Parting(
        session_id=record.session.id,
        mode=record.session.mode,
        decisions=len(record.decisions),
        differences=_lines(words),
        revised=_lines(
            dict.fromkeys(sorted(revised, key=lambda place: place[2]), "was made of other bars than today's")
        ),
        missed=_lines(dict.fromkeys(sorted(missed, key=lambda place: place[2]), "closed while no session ran")),
        attribution=attribute(_deals(retold.trades, retold.positions), _deals(record.trades, record.positions), case),
    )


def _decided(row: BarDecision) -> Mapping[str, Any]:
    return {"inputs_hash": row.inputs_hash, "decision": row.decision, **row.plan}


def _said(row: BarDecision) -> Mapping[str, Any]:
    # At a venue the ledger decides what becomes of a wish; the wish itself must be the same.
    return {"inputs_hash": row.inputs_hash} | {name: row.plan.get(name) for name in _SAID}


def _keys(places: Iterable[Place]) -> frozenset[BarKey]:
    return frozenset(places)


def _lines(words: Mapping[Place, str]) -> tuple[str, ...]:
    found = [f"{iso_time(bar)} {symbol} {slot}: {text}" for (slot, symbol, bar), text in words.items()]
    more = [f"and {len(found) - _MOST} more"] if len(found) > _MOST else []
    return (*found[:_MOST], *more)


def _by_hand(record: Record, bar_ms: int) -> Any:
    """Return whether entries were paused by a person at a time."""
    turns = sorted((one.bar_ms, one.verb) for one in record.commands if one.verb in ("pause", "resume", "flatten"))

    def paused(time_ms: int) -> bool:
        before = [verb for bar, verb in turns if bar <= time_ms + bar_ms]
        return bool(before) and before[-1] != "resume"

    return paused


def _deals(trades: Iterable[Trade], positions: Iterable[Position]) -> list[Deal]:
    closed = [
        Deal(
            strategy=one.strategy_name,
            symbol=one.symbol,
            side=_SIDES[one.side],
            quantity=one.quantity,
            entry_ms=one.entry_time,
            entry_price=one.entry_price,
            exit_ms=one.exit_time,
            exit_price=one.exit_price,
            pnl=one.pnl,
            reason=one.exit_reason,
        )
        for one in trades
    ]
    still = [
        Deal(
            strategy=one.strategy_name,
            symbol=one.symbol,
            side=_SIDES[one.side],
            quantity=one.quantity,
            entry_ms=one.entry_time,
            entry_price=one.entry_price,
            exit_ms=one.updated_ms,
            exit_price=one.current_price,
            pnl=one.unrealized_pnl,
            reason="open",
        )
        for one in positions
    ]
    return closed + still
