"""What was asked of the venue and what it answered: chains, attempts, orders."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from tradewind.store.columns import MOMENT, MONEY, row_id
from tradewind.store.records import CLIENT_ID_LENGTH
from tradewind.store.tables.metadata import METADATA

CHAIN: Final = Table(
    "chain",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session that opened it"),
    Column("account_fp", Text, nullable=False, comment="fingerprint of the account"),
    Column("symbol", Text, nullable=False, comment="the pair"),
    Column("slot", Text, nullable=False, comment="the strategy's place"),
    Column("bar_open_ms", MOMENT, nullable=False, comment="the bar that decided the entry"),
    Column("tranche", Integer, nullable=False, comment="which part of the entry, from 0"),
    Column("state", Text, nullable=False, comment="where it stands"),
    Column("qty", MONEY, nullable=False, comment="base units held"),
    Column("stop_px", MONEY, comment="trigger of the resting stop"),
    Column("token_cid", Text, nullable=False, comment="client id of the resting order"),
    Column("k", Integer, nullable=False, comment="counts the changes of the token"),
    Column("fence_ms", MOMENT, nullable=False, comment="before this, no outcome is final"),
    Column("opened_ms", MOMENT, nullable=False, comment="when it was written down"),
    Column("closed_ms", MOMENT, comment="when it ended"),
    Column("pnl", MONEY, comment="profit after fees"),
    Column("detail", Text, nullable=False, comment="what the engine wants to find again"),
    UniqueConstraint("account_fp", "symbol", "slot", "bar_open_ms", "tranche"),
    Index(
        "uq_chain_open",
        "account_fp",
        "symbol",
        "slot",
        "tranche",
        unique=True,
        sqlite_where=text("closed_ms IS NULL"),
        postgresql_where=text("closed_ms IS NULL"),
    ),
    Index(None, "session_id"),
    comment="one position from entry to end, and the one order that protects it",
)

ATTEMPT: Final = Table(
    "attempt",
    METADATA,
    row_id(),
    Column("chain_id", ForeignKey("chain.id"), nullable=False, comment="the chain it is for"),
    Column("n", Integer, nullable=False, comment="its number within the chain"),
    Column("verb", Text, nullable=False, comment="enter, swap, place or cancel"),
    Column("client_id", Text, nullable=False, comment="our id of the order it creates, or of the cancel"),
    Column("list_client_id", Text, nullable=False, comment="our id of the order list of an entry"),
    Column("consumes_cid", Text, nullable=False, comment="client id of the order it takes away"),
    Column("payload_json", Text, nullable=False, comment="the request in full"),
    Column("payload_sha256", Text, nullable=False, comment="hash of the request"),
    Column("ts_signed_ms", MOMENT, nullable=False, comment="the time it is signed with"),
    Column("recv_window_ms", BigInteger, nullable=False, comment="how long the venue may act on it"),
    Column("epoch", BigInteger, nullable=False, comment="the writer's epoch"),
    Column("state", Text, nullable=False, comment="what became of it"),
    Column("code", BigInteger, comment="the venue's code"),
    Column("msg", Text, nullable=False, comment="the venue's words"),
    Column("http", Integer, comment="status of the transport"),
    Column("sent_ms", MOMENT, comment="when it left"),
    Column("answered_ms", MOMENT, comment="when the answer came"),
    UniqueConstraint("client_id", "verb"),
    UniqueConstraint("chain_id", "n"),
    CheckConstraint(f"length(client_id) <= {CLIENT_ID_LENGTH}", name="client_id_length"),
    comment="one mutating request, written down before it is sent",
)

ORDER_FACT: Final = Table(
    "order_fact",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("symbol", Text, primary_key=True, comment="the pair"),
    Column("order_id", BigInteger, primary_key=True, comment="the venue's id"),
    Column("client_id", Text, nullable=False, comment="our id"),
    Column("chain_id", ForeignKey("chain.id"), comment="the chain it belongs to"),
    Column("role", Text, nullable=False, comment="what it is to the chain"),
    Column("status", Text, nullable=False, comment="where it stands"),
    Column("executed_qty", MONEY, nullable=False, comment="base units traded so far"),
    Column("cum_quote", MONEY, nullable=False, comment="quote units traded so far"),
    Column("terminal", Boolean, nullable=False, comment="nothing can happen to it any more"),
    Column("expiry_reason", Text, nullable=False, comment="why it ended"),
    Column("first_source", Text, nullable=False, comment="how it was first heard of"),
    Column("exec_id", BigInteger, nullable=False, comment="the venue's number of the newest event"),
    Column("updated_ms", MOMENT, nullable=False, comment="when this was so"),
    Index(None, "chain_id"),
    Index(
        "ix_order_fact_open",
        "account_fp",
        "symbol",
        "order_id",
        sqlite_where=text("NOT terminal"),
        postgresql_where=text("NOT terminal"),
    ),
    comment="what is known of one order; a terminal row never changes",
)

FOREIGN_ORDER: Final = Table(
    "foreign_order",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("symbol", Text, primary_key=True, comment="the pair"),
    Column("order_id", BigInteger, primary_key=True, comment="the venue's id"),
    Column("client_id", Text, nullable=False, comment="its client id"),
    Column("side", Text, nullable=False, comment="buy or sell"),
    Column("status", Text, nullable=False, comment="where it stands"),
    Column("qty", MONEY, nullable=False, comment="base units asked"),
    Column("executed_qty", MONEY, nullable=False, comment="base units traded so far"),
    Column("first_seen_ms", MOMENT, nullable=False, comment="when it was first seen"),
    Column("updated_ms", MOMENT, nullable=False, comment="when it was last seen"),
    comment="orders on the account that we did not cause",
)
