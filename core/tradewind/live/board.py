"""What people look at of sessions that run or ran, as plain values: read from the database and asked of the engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import attrs

from tradewind.backtest.library import Library
from tradewind.backtest.tables import iso_time
from tradewind.config.redaction import redact
from tradewind.config.schema import Settings
from tradewind.errors import UsageError
from tradewind.live.explaining import explain_session
from tradewind.live.health import Running, running
from tradewind.live.logs import HUMAN
from tradewind.model.decisions import OUTCOMES
from tradewind.store import viewing
from tradewind.store.accounts import Session
from tradewind.store.address import address_of
from tradewind.store.opening import Store, open_store
from tradewind.store.queries import newest_sessions

MOST_ROWS: Final = 500
MOST_POINTS: Final = 3_000
GAPS: Final = (0.05, 0.10, 0.20)
"""Falls of all prices at once for which the loss is told: stops then fill below their trigger."""
LOG_BYTES: Final = 64 * 1024


class Board:
    """
    A view of all sessions of a state folder that changes nothing.

    Every answer holds plain values that strict JSON takes; money is text in full digits, times are ISO 8601 UTC and
    milliseconds.

    Args:
        settings: Where state, database and logs lie.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._store: Store | None = None

    def close(self) -> None:
        """Let go of the database."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def sessions(self) -> list[dict[str, Any]]:
        """Return the newest session of each account, the newest first, with what its engine says of itself."""
        live = {str(status["account"]): status for status in running(self.settings.state_dir).statuses}
        rows = self._read(newest_sessions) or ()
        found = [_session(row, live.pop(row.account_fp, None)) for row in rows]
        return [*({"id": 0, **_live(status)} for status in live.values()), *found]

    def session(self, session_id: int) -> dict[str, Any]:
        """
        Return one session: row, live status, open positions, stress, halts.

        Raises:
            UsageError: TW-U008 when there is no such session.
        """
        row, ids = self._row(session_id)
        now = self._running(row)
        held = now["held"] if now is not None else [_position(one) for one in self._positions(ids)]
        equity = float(now["equity"]) if now is not None else self._equity(ids)
        halts = self._read(lambda connection: viewing.halts_of(connection, row.account_fp, limit=MOST_ROWS)) or ()
        return {
            **_session(row, now),
            "positions": held,
            "stress": stress_of(held, equity),
            "halts": [_halt(one) for one in halts],
        }

    def equity(self, session_id: int, *, after_ms: int = -1) -> list[dict[str, Any]]:
        """Return the account's history after a moment, thinned out when it is long."""
        _, ids = self._row(session_id)
        points = self._read(lambda connection: viewing.equity_of(connection, ids, after_ms=after_ms, limit=MOST_POINTS))
        return [
            {"time_ms": one.timestamp, "equity": str(one.equity), "balance": str(one.balance), "drawdown": one.drawdown}
            for one in points or ()
        ]

    def trades(self, session_id: int, *, limit: int = 200) -> list[dict[str, Any]]:
        """Return the newest closed trades, the newest first."""
        _, ids = self._row(session_id)
        rows = self._read(lambda connection: viewing.trades_of(connection, ids, limit=min(limit, MOST_ROWS)))
        return [_plain(one) for one in rows or ()]

    def decisions(
        self, session_id: int, *, outcome: str = "", before_id: int | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        """
        Return rows of the decision ledger, the newest first.

        Raises:
            UsageError: TW-U008 for an outcome that there is not.
        """
        _, ids = self._row(session_id)
        code = None if not outcome else next((code for code, name in OUTCOMES.items() if name == outcome), -1)
        if code == -1:
            raise UsageError(
                f"there is no outcome {outcome[:60]!r}.", code="TW-U008", hint=", ".join(OUTCOMES.values())
            )
        rows = self._read(
            lambda connection: viewing.decisions_seen(
                connection, ids, outcome=code, before_id=before_id, limit=min(limit, MOST_ROWS)
            )
        )
        return [_plain(one) | {"outcome": OUTCOMES.get(one.outcome, "")} for one in rows or ()]

    def explain(self, session_id: int, symbol: str, time_ms: int) -> str:
        """Return the words of a decision; raises what `explain_session` raises."""
        row, _ = self._row(session_id)
        if self._store is None:
            raise UsageError("there is no database.", code="TW-U008")
        return explain_session(self._store, row, symbol, time_ms)

    def backtests(self) -> list[dict[str, Any]]:
        """Return the stored results, the newest last."""
        return Library(self.settings.state_dir).summaries()

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

    def _positions(self, ids: Sequence[int]) -> Sequence[Any]:
        return self._read(lambda connection: viewing.positions_of(connection, ids)) or ()

    def _equity(self, ids: Sequence[int]) -> float:
        points = self._read(lambda connection: viewing.equity_of(connection, ids, limit=1)) or ()
        return float(points[-1].equity) if points else 0.0

    def _running(self, row: Session) -> dict[str, Any] | None:
        now: Running = running(self.settings.state_dir)
        return next((dict(one) for one in now.statuses if one["account"] == row.account_fp), None)

    def _read[T](self, question: Callable[[Any], T]) -> T | None:
        """Ask the database; None while there is none."""
        if self._store is None:
            place = address_of(self.settings)
            if place.path is not None and not place.path.exists():
                return None
            self._store = open_store(place, mode="read", pool_size=2)
        with self._store.snapshot() as connection:
            return question(connection)


def stress_of(positions: Sequence[Mapping[str, Any]], equity: float) -> dict[str, Any]:
    """
    Return the loss if every stop fills at its trigger, and if all prices gap against every position at once.

    Args:
        positions: Open positions as an engine tells them: `side`, `quantity`, `mark`, `stop`.
        equity: Equity now, quote units.

    Returns:
        Losses in quote units and as fractions of equity; a position without a stop counts whole when stops fill.
    """

    def loss(gap: float | None) -> float:
        total = 0.0
        for one in positions:
            side = 1.0 if one["side"] == "long" else -1.0
            mark, stop = float(one["mark"]), one["stop"]
            stopped = (mark - float(stop)) * side if stop is not None else mark
            # A gap beyond the stop fills where the price is, one that ends before it leaves the stop to be reached.
            reached = stopped if gap is None else max(stopped, gap * mark)
            total += float(one["quantity"]) * max(0.0, reached)
        return total

    losses = {"stops": loss(None), **{f"gap_{round(gap * 100)}": loss(gap) for gap in GAPS}}
    share = {name: value / equity if equity > 0.0 else None for name, value in losses.items()}
    return {"loss": losses, "share": share, "unprotected": sum(one["stop"] is None for one in positions)}


def _session(row: Session, now: Mapping[str, Any] | None) -> dict[str, Any]:
    shown = {
        "id": row.id,
        "account": row.account_fp,
        "strategies": row.strategy_name.split(", "),
        "symbols": row.symbol.split(","),
        "mode": row.mode,
        "timeframe": row.timeframe,
        "initial_balance": str(row.initial_balance),
        "started": iso_time(row.start_time),
        "ended": iso_time(row.ended_ms) if row.ended_ms is not None else None,
        "end_reason": row.end_reason,
        "runs": now is not None,
    }
    return shown | ({"live": _live(now)} if now is not None else {"live": None})


def _live(status: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in status.items() if name != "held"}


def _position(one: Any) -> dict[str, Any]:
    return {
        "slot": one.strategy_name,
        "symbol": one.symbol,
        "side": one.side,
        "quantity": float(one.quantity),
        "entry_price": float(one.entry_price),
        "entry_time": iso_time(one.entry_time),
        "mark": float(one.current_price),
        "stop": None if one.stop_price is None else float(one.stop_price),
        "unrealised_pnl": float(one.unrealized_pnl),
    }


def _halt(one: Any) -> dict[str, Any]:
    return {
        "breaker": one.breaker,
        "scope": one.scope,
        "detail": redact(one.detail),
        "raised": iso_time(one.raised_ms),
        "cleared": iso_time(one.cleared_ms) if one.cleared_ms is not None else None,
        "cleared_by": one.cleared_by,
    }


def _plain(record: Any) -> dict[str, Any]:
    """Return a row as plain values: amounts as text, and ISO 8601 beside every moment."""
    found: dict[str, Any] = {}
    for name, value in attrs.asdict(record).items():
        found[name] = str(value) if isinstance(value, Decimal) else value
        if name in {"entry_time", "exit_time", "bar_open_ms"}:
            found[f"{name}_iso"] = iso_time(value)
    return found


__all__ = ["Board", "stress_of"]
