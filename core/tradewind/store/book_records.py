"""Executions, the ledger, and what others did on the account: records of the journal."""

from __future__ import annotations

from decimal import Decimal

import attrs

from tradewind.model.orders import OrderStatus, Side
from tradewind.store.amounts import ZERO, decimal


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
