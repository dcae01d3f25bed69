"""What people look at of sessions that run or ran, as plain values: read from the database and asked of the engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any, Final

from tradewind.config.redaction import redact
from tradewind.config.schema import Settings
from tradewind.errors import UsageError
from tradewind.live.board.books import book_findings
from tradewind.live.board.explaining import explain_session
from tradewind.live.board.rows import (
    command_row,
    halt_row,
    intent_row,
    live_row,
    order_rows,
    point_row,
    position_row,
    record_row,
    session_row,
    stop_row,
)
from tradewind.live.board.stress import stress_of
from tradewind.live.clock import system_clock
from tradewind.live.control.commands import PREFIX, command_of
from tradewind.live.health.health import Running, running
from tradewind.live.health.look import freshness
from tradewind.live.logs import HUMAN
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.store import viewing
from tradewind.store.accounts import Execution, Position, Session
from tradewind.store.address import address_of
from tradewind.store.opening import Store, open_store
from tradewind.store.queries import newest_sessions
from tradewind.store.records import Halt
from tradewind.store.sql_journal import SqlJournal

MOST_ROWS: Final = 500
MOST_POINTS: Final = 3_000
MOST_HALTS: Final = 100
SENT: Final = tuple(OUTCOME_CODES[name] for name in ("filled", "sent", "expired"))
"""Outcomes of what became an order."""
LOG_BYTES: Final = 64 * 1024
FRESH_NS: Final = 700_000_000
"""What engines said counts as the present for so long."""


class Board:
    """
    A view of all sessions of a state folder that changes nothing.

    Every answer holds plain values that strict JSON takes; money is text in full digits, times are ISO 8601 UTC and
    milliseconds. What asks for one session raises UsageError TW-U008 when there is no such session.

    Engines are asked at most about once a second, however many look.

    Args:
        settings: Where state, database and logs lie.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None
        self._clock = system_clock()
        self._asking = Lock()
        self._opening = Lock()
        self._heard = Running()
        self._heard_ns: int | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def sessions(self) -> list[dict[str, Any]]:
        """Return the newest session of each account, the newest first, with what its engine says of itself."""
        live = {str(status["account"]): status for status in self._engines().statuses}
        rows = self._read(newest_sessions) or ()
        found = [session_row(row, live.pop(row.account_fp, None)) for row in rows]
        return [*({"id": 0, **live_row(status)} for status in live.values()), *found]

    def session(self, session_id: int) -> dict[str, Any]:
        """Return one session: row, live status, newest point of its history, open positions, stress, halts."""
        row, ids = self._row(session_id)
        now, held = self._running(row), self._held(row, ids)
        point = self._read(lambda connection: viewing.newest_point(connection, ids))
        kept = 0.0 if point is None else float(point.equity)
        return {
            **session_row(row, now),
            "point": None if point is None else point_row(point),
            "positions": held,
            "stress": stress_of(held, kept if now is None else float(now["equity"])),
            "halts": [halt_row(one) for one in self._halts(row, only_commands=False)],
        }

    def equity(self, session_id: int, *, after_ms: int = -1) -> list[dict[str, Any]]:
        """Return the account's history after a moment, thinned out when it is long."""
        _, ids = self._row(session_id)
        points = self._read(lambda connection: viewing.equity_of(connection, ids, after_ms=after_ms, limit=MOST_POINTS))
        return [point_row(one) for one in points or ()]

    def trades(self, session_id: int, *, limit: int = 200) -> list[dict[str, Any]]:
        """Return the newest closed trades, the newest first."""
        _, ids = self._row(session_id)
        rows = self._read(lambda connection: viewing.trades_of(connection, ids, limit=min(limit, MOST_ROWS)))
        return [record_row(one) for one in rows or ()]

    def decisions(
        self, session_id: int, *, outcome: str = "", before_id: int | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """
        Return rows of the decision ledger, the newest first.

        Raises:
            UsageError: TW-U008 for an outcome that there is not.
        """
        _, ids = self._row(session_id)
        if outcome and outcome not in OUTCOME_CODES:
            raise UsageError(f"there is no outcome {outcome[:60]!r}.", code="TW-U008", hint=", ".join(OUTCOME_CODES))
        codes = (OUTCOME_CODES[outcome],) if outcome else ()
        return [record_row(one) for one in self._decided(ids, codes, before_id, limit)]

    def orders(self, session_id: int, *, limit: int = 100) -> list[dict[str, Any]]:
        """
        Return the newest orders, the newest first: those at a venue, or what a paper session carries out.

        On paper the stops of open positions come first; the rest are decisions that became orders.
        """
        row, ids = self._row(session_id)
        most = min(limit, MOST_ROWS)
        if row.at_venue:
            found = self._read(lambda connection: viewing.orders_of(connection, row.account_fp, limit=most))
            return order_rows(found or ())
        stops = [stop_row(one) for one in self._held(row, ids) if one["stop"] is not None]
        return [*stops, *(intent_row(one) for one in self._decided(ids, SENT, None, most))][:most]

    def commands(self, session_id: int) -> list[dict[str, Any]]:
        """Return what people asked of the account, the newest first: who, when, what, and what came of it."""
        row, _ = self._row(session_id)
        return [command_row(command_of(one)) for one in self._halts(row, only_commands=True)]

    def reconciliation(self, session_id: int) -> list[dict[str, Any]]:
        """Return how the books stand: findings with a level, words, and what to do."""
        row, _ = self._row(session_id)
        if self._store is None:
            return []
        return [one.to_dict() for one in book_findings(self.settings, SqlJournal(self._store), row, self._running(row))]

    def freshness(self, session_id: int) -> list[dict[str, Any]]:
        """Return how fresh is what the session decides on: bars, sentiment, the venue's clock; none when it ended."""
        row, _ = self._row(session_id)
        now = self._running(row)
        return [] if now is None else [one.to_dict() for one in freshness(Running(statuses=(now,)))]

    def explain(self, session_id: int, symbol: str, time_ms: int) -> str:
        """Return the words of a decision; raises what `explain_session` raises."""
        row, _ = self._row(session_id)
        if self._store is None:
            raise UsageError("there is no database.", code="TW-U008")
        return explain_session(self._store, row, symbol, time_ms)

    def log(self) -> str:
        """Return the end of the log for people, secrets taken out."""
        path = self.settings.logs.folder / HUMAN
        try:
            with path.open("rb") as file:
                file.seek(0, 2)
                file.seek(max(0, file.tell() - LOG_BYTES))
                text = file.read().decode("utf-8", "replace")
        except OSError:
            return ""
        return redact(text)

    def _row(self, session_id: int) -> tuple[Session, tuple[int, ...]]:
        row = self._read(lambda connection: viewing.session_of(connection, session_id))
        if row is None or row.mode == "backtest":
            raise UsageError(f"there is no session {session_id}.", code="TW-U008", hint="See the list of sessions.")
        ids = self._read(lambda connection: viewing.sessions_of(connection, row.account_fp)) or ()
        return row, tuple(one.id for one in ids)

    def _halts(self, row: Session, *, only_commands: bool) -> Sequence[Halt]:
        return (
            self._read(
                lambda connection: viewing.halts_of(
                    connection, row.account_fp, commands=PREFIX, only_commands=only_commands, limit=MOST_HALTS
                )
            )
            or ()
        )

    def _decided(
        self, ids: Sequence[int], codes: Sequence[int], before_id: int | None, limit: int
    ) -> Sequence[Execution]:
        return (
            self._read(
                lambda connection: viewing.decisions_seen(
                    connection, ids, outcomes=codes, before_id=before_id, limit=min(limit, MOST_ROWS)
                )
            )
            or ()
        )

    def _held(self, row: Session, ids: Sequence[int]) -> Sequence[dict[str, Any]]:
        now = self._running(row)
        return now["held"] if now is not None else [position_row(one) for one in self._positions(ids)]

    def _positions(self, ids: Sequence[int]) -> Sequence[Position]:
        return self._read(lambda connection: viewing.positions_of(connection, ids)) or ()

    def _running(self, row: Session) -> dict[str, Any] | None:
        return next((dict(one) for one in self._engines().statuses if one["account"] == row.account_fp), None)

    def _engines(self) -> Running:
        with self._asking:
            now_ns = self._clock.monotonic_ns()
            if self._heard_ns is None or now_ns - self._heard_ns > FRESH_NS:
                self._heard = running(self.settings.state_dir)
                self._heard_ns = self._clock.monotonic_ns()
            return self._heard

    def _read[T](self, question: Callable[[Any], T]) -> T | None:
        """Ask the database; None while there is none."""
        store = self._opened()
        if store is None:
            return None
        with store.snapshot() as connection:
            return question(connection)

    def _opened(self) -> Store | None:
        with self._opening:  # those who ask at one moment open one database
            if self._store is None:
                place = address_of(self.settings)
                if place.path is not None and not place.path.exists():
                    return None
                self._store = open_store(place, mode="read", pool_size=2)
            return self._store
