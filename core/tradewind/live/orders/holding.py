"""What the order desk tells the engine: positions, the account, how a start went, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs

from tradewind.model.venue import Guarantee
from tradewind.store.records import ChainState


@attrs.frozen(kw_only=True)
class Holding:
    """
    One chain as the engine sees it: a position, or an entry on its way.

    Args:
        chain_id: The chain in the journal.
        symbol: The venue's name of the pair.
        slot: The strategy's place.
        bar_open_ms: The bar that decided its entry.
        tranche: Which part of the entry.
        quantity: Base units held: bought, less what was sold and what commission took.
        average_entry: Quote units paid for a unit, without commission; 0 before the first execution.
        cost: Quote units paid for what is held, commission in quote or base included.
        stop_price: Trigger of the resting stop; None while none rests.
        token: Client id of the resting stop; empty while none rests.
        state: Where the chain stands.
        exiting: It was asked to close.
        opened_ms: When it was decided, venue time.
        sold: Base units sold already, while the chain is not closed yet.
        entered_ms: When the first unit was bought, venue time; 0 before.
    """

    chain_id: int
    symbol: str
    slot: str
    bar_open_ms: int
    tranche: int
    quantity: Decimal
    average_entry: Decimal
    cost: Decimal
    stop_price: Decimal | None
    token: str
    state: ChainState
    exiting: bool
    opened_ms: int
    sold: Decimal = Decimal(0)
    entered_ms: int = 0


@attrs.frozen(kw_only=True)
class AccountState:
    """
    The account by the ledger, in quote units.

    Args:
        cash: Quote units, spent and locked ones left out of what is free only by open entries.
        equity: Cash and positions.
        peak: Highest equity so far; deposits and withdrawals move it along.
        day_start: Equity at 00:00 UTC; deposits and withdrawals move it along.
        drawdown: Fall from the peak, a fraction.
        exposure: Value of the positions, entries on their way at full size.
        time_ms: When, venue time.
    """

    cash: Decimal
    equity: Decimal
    peak: Decimal
    day_start: Decimal
    drawdown: Decimal
    exposure: Decimal
    time_ms: int


@attrs.frozen(kw_only=True)
class StartReport:
    """
    How a start went.

    Args:
        session_id: The session in the journal.
        epoch: The lease's epoch.
        guarantees: Level of every symbol.
        refused: Symbols that are not traded, and why.
        holdings: What was found open.
        notes: What was found and done, in words.
    """

    session_id: int
    epoch: int
    guarantees: Mapping[str, Guarantee]
    refused: Mapping[str, str]
    holdings: tuple[Holding, ...]
    notes: tuple[str, ...] = ()


class DeskEventKind(StrEnum):
    """What can happen at the desk."""

    STARTED = "started"
    ENTERING = "entering"
    PROTECTED = "protected"
    BARE = "bare"
    STOP_MOVED = "stop_moved"
    STOP_KEPT = "stop_kept"
    """A move was not made: looser, too near the market, or the second of its bar."""
    EXITING = "exiting"
    FILLED = "filled"
    CLOSED = "closed"
    MISSED = "missed"
    """An entry ended without an execution."""
    DENIED = "denied"
    """An entry was not sent."""
    HALTED = "halted"
    RESUMED = "resumed"
    FOREIGN = "foreign"
    """An order or a transfer that we did not cause."""
    STREAM = "stream"
    TROUBLE = "trouble"
    LOST = "lost"
    """Another process owns the account: this one must exit with 75."""


@attrs.frozen(kw_only=True)
class DeskEvent:
    """
    What happened, for logs and observers.

    Args:
        kind: What.
        time_ms: Venue time.
        symbol: The pair, when it concerns one.
        slot: The slot, when it concerns one.
        chain_id: The chain, 0 for none.
        detail: The facts, plain values.
    """

    kind: DeskEventKind
    time_ms: int
    symbol: str = ""
    slot: str = ""
    chain_id: int = 0
    detail: Mapping[str, Any] = attrs.field(factory=dict)
