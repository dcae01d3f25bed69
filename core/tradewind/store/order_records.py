"""Chains, the requests that were made for them, and what is known of their orders: records of the journal."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from tradewind.model.orders import OrderStatus, Verb
from tradewind.store.amounts import ZERO, decimal
from tradewind.store.book_records import Fill

CLIENT_ID_LENGTH: Final = 36
"""The venue takes no longer ids of ours."""


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
class OpenChain:
    """A chain with everything that was written down for it, each in the order of writing."""

    chain: Chain
    attempts: tuple[Attempt, ...] = ()
    facts: tuple[OrderFact, ...] = ()
    fills: tuple[Fill, ...] = ()
