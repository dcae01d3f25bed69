"""Keep a session at a venue beside the order desk: positions, outcomes, history and figures."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from tradewind.live.orders.holding import DeskEvent, DeskEventKind, Holding
from tradewind.live.paper.keeping import performance_of, point_of
from tradewind.live.position.account import PlanRow, Step
from tradewind.live.position.entry_plan import EntryPlan
from tradewind.live.position.reel import SENT
from tradewind.live.session.figures import Figures
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.instrument import Instrument
from tradewind.store.accounts import Execution, Position
from tradewind.store.journal import Journal, Unit
from tradewind.store.records import ZERO, ChainState

if TYPE_CHECKING:
    from tradewind.live.engine import Engine
    from tradewind.live.orders.desk import OrderDesk

_FILLED: Final = OUTCOME_CODES["filled"]
_EXPIRED: Final = OUTCOME_CODES["expired"]
_LOOKED_AT: Final = 200
"""Chains that are looked through for what became of an entry."""


class VenueKeeper:
    """
    A recorder beside the order desk, which keeps decisions, orders, executions and trades itself.

    Args:
        journal: The desk's journal; the desk closes it.
        desk: The desk: what is held, by the ledger.
        account_fp: The account's fingerprint.
        session_id: The session's row.
        instruments: The pairs: less than a lot of one is no position.
    """

    def __init__(
        self, journal: Journal, desk: OrderDesk, account_fp: str, session_id: int, instruments: Sequence[Instrument]
    ) -> None:
        self._lots = {one.symbol: max(one.min_qty, one.lot_step) for one in instruments}
        self._journal = journal
        self._desk = desk
        self._account_fp = account_fp
        self._session_id = session_id
        self._figures: Figures | None = None
        self._written: dict[int, Position] = {}
        self._prices: dict[str, Decimal] = {}
        self._denied: dict[tuple[str, str], str] = {}
        with journal.begin(None) as unit:
            for session in unit.sessions(account_fp):
                for row in unit.positions(session.id):
                    unit.remove_position(row.id)
            self._settle(unit)

    def begin(self, equity: Decimal) -> None:
        """Write down what the account was worth at the start, quote units."""
        with self._journal.begin(None) as unit:
            session = unit.session(self._session_id)
            if session is not None:
                unit.save_session(attrs.evolve(session, initial_balance=equity))

    def hear(self, event: DeskEvent) -> None:
        """Take note of why the desk did not send an entry."""
        if event.kind is DeskEventKind.DENIED:
            self._denied[event.slot, event.symbol] = str(event.detail.get("reason", ""))

    def record(self, step: Step, rows: Sequence[PlanRow | None], engine: Engine) -> None:
        """Keep what is open; at the end of a row also where the account stands and what became of entries."""
        del rows
        self._figures = engine.figures
        for name, candle in zip(engine.feed.names, step.moment.bars, strict=True):
            if candle is not None and candle.is_sound:
                self._prices[name] = Decimal(str(candle.close))
        with self._journal.begin(None) as unit:
            self._follow(unit, self._desk.positions(), step.moment.close_ms)
            if step.moment.closes_row:
                self._settle(unit)
                unit.add_account_point(point_of(self._session_id, step))
                unit.save_performance(performance_of(self._session_id, engine.figures, step.moment.close_ms))

    def _follow(self, unit: Unit, holdings: Sequence[Holding], now_ms: int) -> None:
        """Make the open positions those of the ledger: a row for each chain that holds something."""
        held = {one.chain_id: one for one in holdings if one.quantity >= self._lots.get(one.symbol, ZERO) > 0}
        for chain_id in [one for one in self._written if one not in held]:
            unit.remove_position(self._written.pop(chain_id).id)
        for chain_id, one in held.items():
            row = position_of(one, self._prices.get(one.symbol, one.average_entry), self._session_id, now_ms)
            old = self._written.get(chain_id)
            if old is None:
                self._written[chain_id] = unit.add_position(row)
                continue
            self._written[chain_id] = attrs.evolve(row, id=old.id)
            unit.save_position(self._written[chain_id])

    def _settle(self, unit: Unit) -> None:
        """Write down what became of entries that were sent, by the chains that they opened."""
        waiting = unit.executions(self._account_fp, outcome=SENT)
        if not waiting:
            return
        chains = unit.chains(self._account_fp, limit=_LOOKED_AT)
        for row in waiting:
            own = [one for one in chains if (one.symbol, one.slot, one.bar_open_ms) == _key(row)]
            if any(unit.fills(one.id) for one in own):
                unit.save_execution(attrs.evolve(row, outcome=_FILLED))
            elif all(one.state is ChainState.CLOSED for one in own):
                why = row.reason if own else self._denied.pop((row.slot, row.symbol), row.reason)
                unit.save_execution(attrs.evolve(row, outcome=_EXPIRED, reason=why))

    def close(self, reason: str, now_ms: int) -> None:
        """Keep the last figures and outcomes; the desk ends the session."""
        del reason
        with self._journal.begin(None) as unit:
            self._follow(unit, self._desk.positions(), now_ms)
            self._settle(unit)
            if self._figures is not None:
                unit.save_performance(performance_of(self._session_id, self._figures, now_ms))


def _key(row: Execution) -> tuple[str, str, int]:
    return row.symbol, row.slot, row.bar_open_ms


def position_of(one: Holding, price: Decimal, session_id: int, now_ms: int) -> Position:
    """Return what a chain holds as a row, at this price."""
    return Position(
        session_id=session_id,
        strategy_name=one.slot,
        symbol=one.symbol,
        side="long",
        quantity=one.quantity,
        entry_time=one.entered_ms or one.opened_ms,
        entry_price=one.average_entry,
        current_price=price,
        unrealized_pnl=one.quantity * price - (one.cost if one.cost else ZERO),
        stop_price=one.stop_price,
        updated_ms=now_ms,
        chain_id=one.chain_id,
    )


def recalled(journal: Journal, account_fp: str, one: Holding) -> EntryPlan | None:
    """Return what the entry of a position fixed, as it was written down with its decision; None when it was not."""
    decision = journal.decision(account_fp, one.symbol, one.slot, one.bar_open_ms)
    stored = None if decision is None else decision.plan.get("entry")
    return None if stored is None else EntryPlan.from_plain(stored)
