"""
Orders as a venue knows them: what is asked, what is answered, what is reported.

All amounts are exact decimals, prices in quote units, quantities in base units; times are UTC milliseconds.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


class OrderKind(StrEnum):
    """When and at what price an order trades."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    """A market order once the price trades through its trigger."""
    STOP_LIMIT = "stop_limit"


class OrderStatus(StrEnum):
    """Where an order stands."""

    NEW = "new"
    """Decided and written down, not sent."""
    SUBMITTED = "submitted"
    """Sent; no word of it yet."""
    HELD = "held"
    """The venue keeps it until the order it depends on has filled."""
    ACCEPTED = "accepted"
    """It rests or works at the venue."""
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    REJECTED = "rejected"
    """The venue refused it."""
    DENIED = "denied"
    """We refused it before it was sent."""
    EXPIRED = "expired"
    """The venue ended it, perhaps after a part of it filled."""
    IN_DOUBT = "in_doubt"
    """Sent, and its outcome is unknown until it is reconciled."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can happen to the order any more."""
        return self in TERMINAL

    def may_become(self, other: OrderStatus) -> bool:
        """Tell whether news of `other` can follow this; the same status again always may."""
        return self is other or other in TRANSITIONS[self]


TERMINAL: Final = frozenset(
    {OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.REJECTED, OrderStatus.DENIED, OrderStatus.EXPIRED}
)

_LATER: Final = frozenset(
    {
        OrderStatus.ACCEPTED,
        OrderStatus.PARTIALLY_FILLED,
        OrderStatus.FILLED,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.EXPIRED,
    }
)
TRANSITIONS: Final[dict[OrderStatus, frozenset[OrderStatus]]] = {
    OrderStatus.NEW: frozenset({OrderStatus.SUBMITTED, OrderStatus.DENIED}),
    OrderStatus.SUBMITTED: _LATER | {OrderStatus.HELD, OrderStatus.IN_DOUBT},
    OrderStatus.IN_DOUBT: _LATER | {OrderStatus.HELD},
    OrderStatus.HELD: _LATER,
    OrderStatus.ACCEPTED: _LATER - {OrderStatus.REJECTED},
    OrderStatus.PARTIALLY_FILLED: frozenset({OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}),
} | {status: frozenset() for status in TERMINAL}
"""What may follow what. Reports can be lost, so states can be skipped; nothing follows a terminal one."""


class Verb(StrEnum):
    """What a mutating request does."""

    ENTER = "enter"
    """Buy, and let a protective stop rest for what was bought: one request."""
    SWAP = "swap"
    """Take one resting order away that has not traded and, only if that worked, place another: one request."""
    PLACE = "place"
    """Place a single order."""
    CANCEL = "cancel"
    """Take one resting order away."""


@attrs.frozen(kw_only=True)
class OrderRequest:
    """
    One mutating request, whole: what is written down before it is sent, and can be sent again unchanged.

    Args:
        verb: What it does.
        symbol: The venue's name of the pair.
        client_id: Our id of the order it creates; of a cancel, the id of the cancel itself.
        timestamp_ms: The time it is signed with, venue time.
        recv_window_ms: How long after `timestamp_ms` the venue may still act on it.
        side: Of the order created.
        kind: Of the order created.
        quantity: Base units; 0 for a cancel.
        price: Limit price.
        stop_price: Trigger of a stop.
        time_in_force: `GTC`, `IOC` or `FOK` for limit orders.
        consumes: Client id of the resting order that a swap or cancel takes away.
        list_id: Client id of the order list of an entry.
        stop_id: Client id of the protective leg of an entry.
        stop_quantity: What the protective leg sells, where the venue must be told; 0 for what was received.
        stop_limit: Limit price of the protective leg, where the venue has no stop-market order. The
            leg's trigger is `stop_price`.
    """

    verb: Verb
    symbol: str
    client_id: str
    timestamp_ms: int
    recv_window_ms: int
    side: Side = Side.SELL
    kind: OrderKind = OrderKind.MARKET
    quantity: Decimal = Decimal(0)
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: str = ""
    consumes: str = ""
    list_id: str = ""
    stop_id: str = ""
    stop_quantity: Decimal = Decimal(0)
    stop_limit: Decimal | None = None


@attrs.frozen(kw_only=True)
class OrderReport:
    """
    An order as the venue shows it, in an answer, a look-up or an event.

    Args:
        symbol: The venue's name of the pair.
        order_id: The venue's id.
        client_id: Ours, or another's.
        side: Which way it trades.
        kind: When it trades.
        status: Where it stands.
        quantity: Base units asked.
        executed: Base units traded so far.
        quote: Quote units traded so far.
        price: Limit price, None for none.
        stop_price: Trigger, None for none.
        list_id: Client id of its list, empty for none.
        reason: Why it expired or was refused, in the venue's words.
        time_ms: When this was so, venue time.
    """

    symbol: str
    order_id: int
    client_id: str
    side: Side
    kind: OrderKind
    status: OrderStatus
    quantity: Decimal
    executed: Decimal = Decimal(0)
    quote: Decimal = Decimal(0)
    price: Decimal | None = None
    stop_price: Decimal | None = None
    list_id: str = ""
    reason: str = ""
    time_ms: int = 0


@attrs.frozen(kw_only=True)
class FillReport:
    """
    One execution at the venue; it never changes.

    Args:
        symbol: The venue's name of the pair.
        trade_id: The venue's id, unique and growing within the symbol.
        order_id: Of the order that traded.
        side: Which way.
        price: Quote units per base unit.
        quantity: Base units.
        quote: Quote units.
        commission: In units of its asset.
        commission_asset: The asset it was taken in.
        maker: The order rested.
        time_ms: Venue time.
        client_id: Of the order, when the venue says it; empty otherwise.
    """

    symbol: str
    trade_id: int
    order_id: int
    side: Side
    price: Decimal
    quantity: Decimal
    quote: Decimal
    commission: Decimal
    commission_asset: str
    maker: bool
    time_ms: int
    client_id: str = ""


class ReplyKind(StrEnum):
    """What an answer to a mutating request says, whatever the venue's words."""

    DONE = "done"
    """Carried out; the reports say how."""
    UNKNOWN = "unknown"
    """No answer, or one that does not tell: the request may or may not act, now or until its fence."""
    REFUSED = "refused"
    """Refused; final only after the fence, for a copy may still act."""
    DUPLICATE = "duplicate"
    """An open order has the id already: ours rests."""
    GONE = "gone"
    """The order to take away is not open: a swap did nothing at all."""
    HALF_DONE = "half_done"
    """The old order was taken away, the new one refused: nothing protects."""
    VENUE_DOWN = "venue_down"
    """The venue does not trade now."""
    LIMITED = "limited"
    """Too many requests; wait as long as `retry_after_ms` says."""
    UNAUTHORISED = "unauthorised"
    """Key, signature or permission was refused."""


@attrs.frozen(kw_only=True)
class Reply:
    """
    The answer to a mutating request.

    Args:
        kind: What it says.
        orders: The orders it shows.
        fills: The executions it shows.
        code: The venue's code, 0 for none.
        message: The venue's words.
        http: Status of the transport, 0 for none.
        retry_after_ms: How long to send nothing at all.
    """

    kind: ReplyKind
    orders: tuple[OrderReport, ...] = ()
    fills: tuple[FillReport, ...] = ()
    code: int = 0
    message: str = ""
    http: int = 0
    retry_after_ms: int = 0
