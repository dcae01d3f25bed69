"""Where money went: executions, the ledger, transfers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from tradewind.store.columns import MOMENT, MONEY, row_id
from tradewind.store.tables.metadata import METADATA

FILL: Final = Table(
    "fill",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("symbol", Text, primary_key=True, comment="the pair"),
    Column("trade_id", BigInteger, primary_key=True, comment="the venue's id"),
    Column("order_id", BigInteger, nullable=False, comment="the order that traded"),
    Column("client_id", Text, nullable=False, comment="its client id"),
    Column("chain_id", ForeignKey("chain.id"), comment="the chain it belongs to"),
    Column("side", Text, nullable=False, comment="buy or sell"),
    Column("price", MONEY, nullable=False, comment="quote units per base unit"),
    Column("qty", MONEY, nullable=False, comment="base units"),
    Column("quote_qty", MONEY, nullable=False, comment="quote units"),
    Column("commission", MONEY, nullable=False, comment="in units of its asset"),
    Column("commission_asset", Text, nullable=False, comment="the asset it was taken in"),
    Column("maker", Boolean, nullable=False, comment="the order rested"),
    Column("time_ms", MOMENT, nullable=False, comment="when"),
    Column("source", Text, nullable=False, comment="how it was first heard of"),
    Index(None, "chain_id"),
    comment="executions; one row each, whatever how often they are reported",
)

LEDGER: Final = Table(
    "ledger",
    METADATA,
    row_id(),
    Column("account_fp", Text, nullable=False, comment="fingerprint of the account"),
    Column("asset", Text, nullable=False, comment="the asset"),
    Column("delta", MONEY, nullable=False, comment="signed change"),
    Column("balance_after", MONEY, nullable=False, comment="sum of the asset's changes up to this one"),
    Column("cause", Text, nullable=False, comment="fill or transfer"),
    Column("symbol", Text, nullable=False, comment="the fill's pair"),
    Column("ref", Text, nullable=False, comment="the fill's trade id, or the transfer's id"),
    Column("leg", Text, nullable=False, comment="base, quote, commission or transfer"),
    Column("chain_id", ForeignKey("chain.id"), comment="the chain it belongs to"),
    Column("time_ms", MOMENT, nullable=False, comment="when"),
    UniqueConstraint("account_fp", "cause", "symbol", "ref", "leg"),
    CheckConstraint("cause IN ('fill', 'transfer')", name="cause"),
    CheckConstraint("leg IN ('base', 'quote', 'commission', 'transfer')", name="leg"),
    Index("ix_ledger_newest", "account_fp", "asset", "id"),
    Index(None, "chain_id"),
    comment="every change of every asset, with its one cause",
)

FOREIGN_TRANSFER: Final = Table(
    "foreign_transfer",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("transfer_id", Text, primary_key=True, comment="the venue's id"),
    Column("asset", Text, nullable=False, comment="the asset"),
    Column("delta", MONEY, nullable=False, comment="signed change"),
    Column("time_ms", MOMENT, nullable=False, comment="when"),
    Column("detail", Text, nullable=False, comment="what was said of it"),
    comment="coins that came or went without our orders",
)
