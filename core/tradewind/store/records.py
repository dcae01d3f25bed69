"""
What the write-ahead journal holds: one record per row, the same for every form of the store.

Records are values: `attrs.evolve` makes the next one, a unit of work writes it. Amounts are exact
decimals (`Decimal`, never float), prices in quote units, quantities in base units, times UTC
milliseconds. An `id` of 0 is given by the store when the row is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

import attrs

from tradewind.model.orders import OrderStatus, Side, Verb

ZERO: Final = Decimal(0)

CLIENT_ID_LENGTH: Final = 36
"""The venue takes no longer ids of ours."""


def decimal(_: object, attribute: attrs.Attribute[Any], value: Any) -> None:
    """Refuse what is not an exact, finite decimal: a float has lost money before it arrives here."""
    if value is not None and (type(value) is not Decimal or not value.is_finite()):
        raise TypeError(f"{attribute.name} was {value!r}, expected a finite Decimal")


class ChainState(StrEnum):
    """Where a position and its protection stand."""

    ENTERING = "entering"
    PROTECTED = "protected"
    SWAPPING = "swapping"
    EXITING = "exiting"
    BARE = "bare"
    """Something is held and nothing rests."""
    UNCERTAIN = "uncertain"
    QUARANTINED = "quarantined"
    """A breaker stopped it; a person goes on."""
    CLOSED = "closed"


class AttemptState(StrEnum):
    """What became of a request that was written down."""

    JOURNALLED = "journalled"
    """May or may not have been sent."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Refused, not final before the fence."""
    EXPIRED = "expired"
    """Expired, not final before the fence."""
    UNKNOWN = "unknown"
    DUPLICATE = "duplicate"
    DONE = "done"
    """Past its fence, its facts known."""
    ABSENT = "absent"
    """Past its fence, never seen by the venue."""


@attrs.frozen(kw_only=True)
class LeaseOwner:
    """
    A process that wants to be the one writer of an account.

    Args:
        uuid: Made anew by every process.
        host: Name of the machine.
        pid: Process id.
        boot_id: Changes with every start of the machine.
    """

    uuid: str
    host: str
    pid: int
    boot_id: str


@attrs.frozen(kw_only=True)
class Lease:
    """
    The right to write for one account; a row of `account_lease`.

    Args:
        account_fp: Fingerprint of the account.
        owner_uuid: Who holds it; empty when it was given back.
        host: The holder's machine.
        pid: The holder's process.
        boot_id: The start of the holder's machine.
        epoch: Grows by one with every owner; a commit with another epoch fails.
        acquired_ms: Since when.
        heartbeat_ms: When the holder last showed life.
    """

    account_fp: str
    owner_uuid: str
    host: str
    pid: int
    boot_id: str
    epoch: int
    acquired_ms: int
    heartbeat_ms: int


@attrs.frozen(kw_only=True)
class Chain:
    """
    One position from its entry to its end, and the one order that protects it.

    Args:
        id: Given by the store.
        session_id: The session that opened it.
        account_fp: The account.
        symbol: The pair.
        slot: The strategy's place; one strategy on one account.
        bar_open_ms: The bar that decided the entry.
        tranche: Which part of the entry, from 0; every part has its own entry and its own stop.
        state: Where it stands.
        qty: Base units held.
        stop_px: Trigger of the resting stop; None while there is none.
        token_cid: Client id of the resting order; empty while there is none.
        k: Counts the changes of the token; never goes back.
        fence_ms: Venue time before which no outcome is final.
        opened_ms: When it was written down.
        closed_ms: When it ended; None while it is open.
        pnl: Profit after fees, quote units; None while it is open.
        detail: What the engine itself wants to find again, JSON text.
    """

    id: int = 0
    session_id: int
    account_fp: str
    symbol: str
    slot: str
    bar_open_ms: int
    tranche: int = 0
    state: ChainState = attrs.field(default=ChainState.ENTERING, converter=ChainState)
    qty: Decimal = attrs.field(default=ZERO, validator=decimal)
    stop_px: Decimal | None = attrs.field(default=None, validator=decimal)
    token_cid: str = ""
    k: int = 0
    fence_ms: int = 0
    opened_ms: int
    closed_ms: int | None = None
    pnl: Decimal | None = attrs.field(default=None, validator=decimal)
    detail: str = ""


@attrs.frozen(kw_only=True)
class Attempt:
    """
    One mutating request, written down before it is sent.

    Args:
        id: Given by the store.
        chain_id: The chain it is for.
        n: Its number within the chain, from 1.
        verb: What it does.
        client_id: Our id of the order it creates, or of the cancel; at most 36 characters.
        list_client_id: Our id of the order list of an entry.
        consumes_cid: Client id of the order it takes away.
        payload_json: The request in full.
        payload_sha256: Its hash.
        ts_signed_ms: The time it is signed with, venue time.
        recv_window_ms: How long the venue may act on it after that.
        epoch: The writer's epoch.
        state: What became of it.
        code: The venue's code of the answer; None while there is none.
        msg: The venue's words.
        http: Status of the transport; None while there is none.
        sent_ms: When it left.
        answered_ms: When the answer came.
    """

    id: int = 0
    chain_id: int
    n: int
    verb: Verb = attrs.field(converter=Verb)
    client_id: str
    list_client_id: str = ""
    consumes_cid: str = ""
    payload_json: str
    payload_sha256: str
    ts_signed_ms: int
    recv_window_ms: int
    epoch: int
    state: AttemptState = attrs.field(default=AttemptState.JOURNALLED, converter=AttemptState)
    code: int | None = None
    msg: str = ""
    http: int | None = None
    sent_ms: int | None = None
    answered_ms: int | None = None


@attrs.frozen(kw_only=True)
class OrderFact:
    """
    What is known of one order at the venue; once terminal it never changes.

    Args:
        account_fp: The account.
        symbol: The pair.
        order_id: The venue's id.
        client_id: Ours.
        chain_id: The chain it belongs to.
        role: What it is to the chain: `L`, `E`, `S`, `X`, `R` or `C`.
        status: Where it stands.
        executed_qty: Base units traded so far; never decreases.
        cum_quote: Quote units traded so far.
        terminal: Nothing can happen to it any more.
        expiry_reason: Why it ended, in the venue's words.
        first_source: How we first heard of it.
        exec_id: The venue's number of the newest event taken in.
        updated_ms: When this was so, venue time.
    """

    account_fp: str
    symbol: str
    order_id: int
    client_id: str
    chain_id: int | None = None
    role: str = ""
    status: OrderStatus = attrs.field(converter=OrderStatus)
    executed_qty: Decimal = attrs.field(default=ZERO, validator=decimal)
    cum_quote: Decimal = attrs.field(default=ZERO, validator=decimal)
    terminal: bool = False
    expiry_reason: str = ""
    first_source: str = ""
    exec_id: int = 0
    updated_ms: int = 0


@attrs.frozen(kw_only=True)
class Fill:
    """
    One execution at the venue.

    Args:
        account_fp: The account.
        symbol: The pair.
        trade_id: The venue's id, growing within the symbol.
        order_id: The order that traded.
        client_id: Its client id.
        chain_id: The chain it belongs to.
        side: Which way.
        price: Quote units per base unit.
        qty: Base units.
        quote_qty: Quote units.
        commission: In units of its asset.
        commission_asset: The asset it was taken in.
        maker: The order rested.
        time_ms: Venue time.
        source: How we first heard of it.
    """

    account_fp: str
    symbol: str
    trade_id: int
    order_id: int
    client_id: str = ""
    chain_id: int | None = None
    side: Side = attrs.field(converter=Side)
    price: Decimal = attrs.field(validator=decimal)
    qty: Decimal = attrs.field(validator=decimal)
    quote_qty: Decimal = attrs.field(validator=decimal)
    commission: Decimal = attrs.field(default=ZERO, validator=decimal)
    commission_asset: str = ""
    maker: bool = False
    time_ms: int
    source: str = ""


@attrs.frozen(kw_only=True)
class LedgerEntry:
    """
    One change of one asset, with its one cause.

    Args:
        id: Given by the store.
        account_fp: The account.
        asset: The asset.
        delta: Signed change.
        balance_after: Sum of all changes of the asset up to this one; reckoned by the store.
        cause: `fill` or `transfer`.
        symbol: The fill's pair; empty for a transfer.
        ref: The fill's trade id, or the transfer's id.
        leg: `base`, `quote` or `commission` of a fill; `transfer`.
        chain_id: The chain it belongs to.
        time_ms: Venue time.
    """

    id: int = 0
    account_fp: str
    asset: str
    delta: Decimal = attrs.field(validator=decimal)
    balance_after: Decimal = attrs.field(default=ZERO, validator=decimal)
    cause: str
    symbol: str = ""
    ref: str
    leg: str
    chain_id: int | None = None
    time_ms: int


@attrs.frozen(kw_only=True)
class ForeignOrder:
    """
    An order on our account that we did not cause.

    Args:
        account_fp: The account.
        symbol: The pair.
        order_id: The venue's id.
        client_id: Its client id.
        side: Which way.
        status: Where it stands.
        qty: Base units asked.
        executed_qty: Base units traded so far.
        first_seen_ms: When we first saw it.
        updated_ms: When we last did.
    """

    account_fp: str
    symbol: str
    order_id: int
    client_id: str = ""
    side: Side = attrs.field(converter=Side)
    status: OrderStatus = attrs.field(converter=OrderStatus)
    qty: Decimal = attrs.field(default=ZERO, validator=decimal)
    executed_qty: Decimal = attrs.field(default=ZERO, validator=decimal)
    first_seen_ms: int
    updated_ms: int


@attrs.frozen(kw_only=True)
class ForeignTransfer:
    """
    Coins that came or went without our orders.

    Args:
        account_fp: The account.
        transfer_id: The venue's id, or one made of asset, time and amount.
        asset: The asset.
        delta: Signed change.
        time_ms: Venue time.
        detail: What was said of it.
    """

    account_fp: str
    transfer_id: str
    asset: str
    delta: Decimal = attrs.field(validator=decimal)
    time_ms: int
    detail: str = ""


@attrs.frozen(kw_only=True)
class BarDecision:
    """
    That a bar was decided, and how; there is one for each bar, or none.

    Args:
        account_fp: The account.
        symbol: The pair.
        slot: The strategy's place.
        bar_open_ms: The bar.
        session_id: The session that decided.
        inputs_hash: SHA-256 of the frame that was looked at.
        decision: The decision in one word, such as `enter`, `hold` or an outcome of the decision ledger.
        chain_id: The first chain it opened; None when it opened none.
        decided_ms: When.
        plan: What the strategy said on the bar, beside the decision: regime, conditions, wishes, the plan row's hash.
    """

    account_fp: str
    symbol: str
    slot: str
    bar_open_ms: int
    session_id: int
    inputs_hash: str
    decision: str
    chain_id: int | None = None
    decided_ms: int
    plan: Plain = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Halt:
    """
    A breaker that was raised.

    Args:
        id: Given by the store.
        account_fp: The account.
        scope: What it stops: `account`, or a symbol, or a slot.
        breaker: Its name, such as `DAILY_LOSS`.
        detail: Why.
        raised_ms: When.
        cleared_ms: When it was cleared; None while it is active.
        cleared_by: Who cleared it.
    """

    id: int = 0
    account_fp: str
    scope: str
    breaker: str
    detail: str = ""
    raised_ms: int
    cleared_ms: int | None = None
    cleared_by: str = ""


@attrs.frozen(kw_only=True)
class Checkpoint:
    """
    The kernel's state after a bar: a cache, rebuilt from the ledger when it is missing or damaged.

    Args:
        session_id: The session.
        bar_open_ms: The bar.
        kernel_state: Bytes.
        sha256: Their hash.
        schema_version: Version of their form.
    """

    session_id: int
    bar_open_ms: int
    kernel_state: bytes
    sha256: str
    schema_version: int


@attrs.frozen(kw_only=True)
class OpenChain:
    """A chain with everything that was written down for it, each in the order of writing."""

    chain: Chain
    attempts: tuple[Attempt, ...] = ()
    facts: tuple[OrderFact, ...] = ()
    fills: tuple[Fill, ...] = ()


Plain = Mapping[str, Any]
"""Values that strict JSON can hold."""
