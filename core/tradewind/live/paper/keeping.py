"""Keep a session in the journal: what was decided, what was traded, and where it can be gone on from."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs

from tradewind.live.feed.feed import Mark
from tradewind.live.paper.checkpoint import SCHEMA, Saved, digest
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.position.account import OpenPosition, PlanRow, Step
from tradewind.live.session.figures import DAY_MS, Figures
from tradewind.live.session.rows import bar_decision_of, execution_of, position_of, trade_of
from tradewind.store.accounts import AccountPoint, Execution, Performance, Position
from tradewind.store.journal import Journal, Unit
from tradewind.store.records import Checkpoint, Halt, Lease

if TYPE_CHECKING:
    from tradewind.live.engine import Engine

SCOPE: Final = "account"


class Keeper:
    """
    A recorder that writes to the journal.

    What one write holds becomes durable together with the checkpoint, so that a session which is cut off
    goes on exactly after what was written.

    Args:
        journal: The journal.
        lease: The right to write.
        session_id: The session's row.
        every: After how many moments it is written; 1 where bars are not to be had again.
        pending: Entries that an earlier run of the session left pending, for the decision ledger.
    """

    def __init__(
        self, journal: Journal, lease: Lease, session_id: int, *, every: int = 1, pending: Sequence[Execution] = ()
    ) -> None:
        self._journal = journal
        self._lease = lease
        self._session_id = session_id
        self._every = every
        self._rows: list[Any] = []
        self._pending = {(one.slot, one.symbol): one for one in pending}
        self._openers: dict[int, str] = {}
        self._written: dict[tuple[str, str], Position] = {}
        self._halts: tuple[str, ...] = ()
        self._since = 0
        self._engine: Engine | None = None
        self._last: Step | None = None
        self._day = -1

    @property
    def account_fp(self) -> str:
        """The account that it keeps."""
        return self._lease.account_fp

    @property
    def session_id(self) -> int:
        """The session's row."""
        return self._session_id

    def record(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        """
        Keep what one moment did; write it when it is time.

        Raises:
            StoreError: When the database refuses.
            LeaseError: When another process has taken over.
        """
        self._engine, self._last = engine, step
        names = [seat.strategy for seat in engine.seats]
        for fill in step.fills[step.fills["reason"] == 0]:
            self._openers[int(fill["position"])] = names[int(fill["slot"])]
        self._note_decisions(step, rows, engine)
        for trade in step.trades:
            k = int(trade["slot"])
            opener = self._openers.get(int(trade["position"]), names[k])
            self._rows.append(trade_of(trade, engine.seats[k].key, opener, self._session_id))
        if step.moment.closes_row:
            self._rows.append(point_of(self._session_id, step))
        self._since += 1
        if self._since >= self._every or step.halts != self._halts:
            self.write()

    def _note_decisions(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        for ask in step.settled:
            key = engine.seats[int(ask["slot"])].key
            waiting = self._pending.pop((key.name, key.symbol), None)
            if waiting is not None:
                self._rows.append(attrs.evolve(waiting, outcome=int(ask["outcome"])))
        asked = {int(ask["slot"]): ask for ask in step.decided}
        held = {position.slot: position.side for position in step.positions}
        for k, row in enumerate(rows):
            if row is None:
                continue
            seat = engine.seats[k]
            ask = asked.get(k)
            found = execution_of(row, ask, held.get(seat.key, 0), seat, self._session_id)
            if found is not None and ask is not None and found.is_pending:
                self._pending[seat.key.name, seat.key.symbol] = found.execution
            elif found is not None:
                self._rows.append(found.execution)
            fp = self._lease.account_fp
            self._rows.append(
                bar_decision_of(row, ask, held.get(seat.key, 0), seat, self._session_id, fp, step.moment.close_ms)
            )

    def write(self) -> None:
        """Write everything that was kept back, and the checkpoint, in one transaction."""
        engine, step = self._engine, self._last
        if engine is None or step is None:
            return
        with self._journal.begin(self._lease) as unit:
            for row in self._rows:
                _ADD[type(row).__name__](unit, row)
            self._follow_positions(unit, step.positions, step.moment.close_ms)
            self._follow_halts(unit, step.halts, step.moment.close_ms)
            self._write_checkpoint(unit, engine, step)
            if step.moment.close_ms // DAY_MS != self._day:
                unit.save_performance(performance_of(self._session_id, engine.figures, step.moment.close_ms))
                self._day = step.moment.close_ms // DAY_MS
        self._rows.clear()
        self._halts = step.halts
        self._since = 0

    def _write_checkpoint(self, unit: Unit, engine: Engine, step: Step) -> None:
        if not isinstance(engine.account, PaperAccount):
            return
        saved = Saved.of(
            engine.account,
            mark=Mark(anchor_ms=min(window.anchor_ms for window in engine.windows), last_ms=step.moment.open_ms),
            start_ms=engine.start_ms,
            figures=engine.figures,
            strategies=tuple(seat.strategy for seat in engine.seats),
            pending=tuple(self._pending.values()),
        )
        content = saved.to_bytes()
        unit.save_checkpoint(
            Checkpoint(
                session_id=self._session_id,
                bar_open_ms=step.moment.open_ms,
                kernel_state=content,
                sha256=digest(content),
                schema_version=SCHEMA,
            )
        )

    def _follow_positions(self, unit: Unit, positions: Sequence[OpenPosition], now_ms: int) -> None:
        open_now = {(one.slot.name, one.slot.symbol): one for one in positions}
        for place, row in list(self._written.items()):
            held = open_now.get(place)
            if held is None or held.entry_time != row.entry_time:
                unit.remove_position(row.id)
                del self._written[place]
        for place, one in open_now.items():
            old = self._written.get(place)
            opener = self._openers.get(one.position, one.slot.name)
            row = position_of(one, opener, self._session_id, now_ms)
            if old is None:
                self._written[place] = unit.add_position(row)
            else:
                self._written[place] = attrs.evolve(row, id=old.id)
                unit.save_position(self._written[place])

    def _follow_halts(self, unit: Unit, standing: tuple[str, ...], now_ms: int) -> None:
        fp = self._lease.account_fp
        raised = {halt.breaker: halt for halt in unit.active_halts(fp) if halt.scope == SCOPE}
        for name in standing:
            if name not in raised:
                unit.raise_halt(Halt(account_fp=fp, scope=SCOPE, breaker=name, raised_ms=now_ms))
        for name, halt in raised.items():
            if name not in standing:
                unit.clear_halt(halt.id, cleared_ms=now_ms, cleared_by="engine")

    def close(self, reason: str, now_ms: int) -> None:
        """Write what is left, the figures, why and when the session ended, and give the lease back."""
        if reason != "failed":
            self.write()
        with self._journal.begin(self._lease) as unit:
            if self._engine is not None:
                unit.save_performance(performance_of(self._session_id, self._engine.figures, now_ms))
            unit.end_session(self._session_id, ended_ms=now_ms, reason=reason)
        self._journal.release_lease(self._lease, now_ms=now_ms)
        self._journal.close()


def performance_of(session_id: int, figures: Figures, now_ms: int) -> Performance:
    """Return a session's figures as their row."""
    six = figures.summary()
    return Performance(
        session_id=session_id,
        total_return=figures.equity / figures.initial_balance - 1.0 if figures.initial_balance > 0.0 else None,
        sharpe_ratio=six["sharpe_ratio"],
        max_drawdown=figures.max_drawdown,
        win_rate=figures.won / figures.trades if figures.trades else None,
        total_trades=figures.trades,
        total_pnl=Decimal(str(six["total_pnl"])),
        figures=dict(six) | {"equity": figures.equity, "fees": figures.fees, "bars": figures.bars},
        computed_ms=now_ms,
    )


def point_of(session_id: int, step: Step) -> AccountPoint:
    """Return where the account stands after a moment as a row of its history."""
    return AccountPoint(
        session_id=session_id,
        timestamp=step.moment.close_ms,
        balance=Decimal(str(step.cash)),
        equity=Decimal(str(step.equity)),
        drawdown=step.drawdown,
    )


_ADD: Final = {
    "AccountPoint": lambda unit, row: unit.add_account_point(row),
    "BarDecision": lambda unit, row: unit.add_decision(row),
    "Execution": lambda unit, row: unit.add_execution(row),
    "Trade": lambda unit, row: unit.add_trade(row),
}
