"""
What a venue can do, what it says of an account, and what it reports without being asked.

All amounts are exact decimals; times are UTC milliseconds of the venue's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradewind.model.orders import FillReport, OrderReport


class Guarantee(StrEnum):
    """What is promised about protection and duplicates."""

    A = "A"
    """Entry and stop are one request, every change consumes a named order, requests expire by themselves."""
    B = "B"
    """Every change consumes a named order, but the stop follows the entry: a bare moment at entry."""
    C = "C"
    """Orders are changed by cancel and place: bare moments at entry and at every change."""


class Conditional(StrEnum):
    """How an entry brings its stop."""

    SIZED = "sized"
    """The stop protects exactly what was received."""
    FIXED = "fixed"
    """The stop's quantity is stated beforehand: a little less than what will be received."""
    NONE = "none"
    """The stop is a request of its own."""


@attrs.frozen(kw_only=True)
class Capabilities:
    """
    What a venue can do for one symbol.

    Args:
        conditional_entry: How an entry brings its stop.
        swap_token: One resting order can be replaced by another in one request.
        request_fence: A request that arrives late is refused by the venue.
        unique_open_ids: No two open orders have the same client id.
        stop_market: A stop can be a market order once triggered.
        stop_orders: A stop can rest at all.
        order_slots: Protective orders that may rest at once; 0 for no limit.
    """

    conditional_entry: Conditional = Conditional.NONE
    swap_token: bool = False
    request_fence: bool = False
    unique_open_ids: bool = False
    stop_market: bool = False
    stop_orders: bool = True
    order_slots: int = 0

    @property
    def guarantee(self) -> Guarantee:
        """The guarantee level that follows."""
        if not (self.swap_token and self.request_fence and self.unique_open_ids):
            return Guarantee.C
        return Guarantee.B if self.conditional_entry is Conditional.NONE else Guarantee.A


@attrs.frozen(kw_only=True)
class Balance:
    """
    One asset of an account.

    Args:
        free: Can be spent.
        locked: Reserved by open orders.
    """

    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        """Free and locked together."""
        return self.free + self.locked


@attrs.frozen(kw_only=True)
class AccountSnapshot:
    """
    An account as the venue shows it.

    Args:
        balances: By asset; assets without any are left out.
        can_trade: Orders are taken.
        time_ms: When.
    """

    balances: Mapping[str, Balance]
    can_trade: bool = True
    time_ms: int = 0


@attrs.frozen(kw_only=True)
class Permissions:
    """
    What a key may do; None where the venue does not tell.

    Args:
        trade: Place orders.
        withdraw: Send coins away.
        transfer: Move coins to other accounts.
        ip_bound: Only known addresses can use it.
        derivatives: Margin or futures.
        expires_ms: When it ends, UTC milliseconds; None for never or not told.
    """

    trade: bool | None = None
    withdraw: bool | None = None
    transfer: bool | None = None
    ip_bound: bool | None = None
    derivatives: bool | None = None
    expires_ms: int | None = None


class Probe(StrEnum):
    """What the venue's matching engine, not a copy of its books, says of an order."""

    RESTS = "rests"
    ABSENT = "absent"
    """No such order is open now. It may have traded, ended, or never come."""
    UNKNOWN = "unknown"


@attrs.frozen(kw_only=True)
class OrderEvent:
    """
    News of an order, with the execution that caused it when there was one.

    Args:
        order: As it stands now.
        fill: The execution.
        execution_id: Grows with every event of the account.
    """

    order: OrderReport
    fill: FillReport | None = None
    execution_id: int = 0


@attrs.frozen(kw_only=True)
class BalanceEvent:
    """Balances as they stand now, of the assets that changed."""

    balances: Mapping[str, Balance]
    time_ms: int = 0


@attrs.frozen(kw_only=True)
class TransferEvent:
    """Coins that came or went without a trade; `delta` is signed."""

    asset: str
    delta: Decimal
    time_ms: int = 0


@attrs.frozen(kw_only=True)
class StreamEvent:
    """The stream of reports began (`live`) or ended: what happened in between was not reported."""

    live: bool
    reason: str = ""


@attrs.frozen(kw_only=True)
class StatusEvent:
    """A symbol's status changed: `trading`, `halted`, `cancel_only` or `delisted`."""

    symbol: str
    status: str
    time_ms: int = 0


VenueEvent = OrderEvent | BalanceEvent | TransferEvent | StreamEvent | StatusEvent
"""What an executor reports without being asked."""

NO_PERMISSIONS: Final = Permissions()
"""A venue that says nothing of its keys."""
