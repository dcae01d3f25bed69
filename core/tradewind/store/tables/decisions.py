"""What was decided on each bar, and what stopped it."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Double, ForeignKey, Index, Integer, Table, Text, text

from tradewind.store.columns import MOMENT, MONEY, PLAIN, row_id
from tradewind.store.tables.metadata import METADATA

BAR_DECISION: Final = Table(
    "bar_decision",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("symbol", Text, primary_key=True, comment="the pair"),
    Column("slot", Text, primary_key=True, comment="the strategy's place"),
    Column("bar_open_ms", MOMENT, primary_key=True, comment="the bar"),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session that decided"),
    Column("inputs_hash", Text, nullable=False, comment="hash of the frame that was looked at"),
    Column("decision", Text, nullable=False, comment="the decision in one word"),
    Column("chain_id", ForeignKey("chain.id"), comment="the first chain it opened"),
    Column("decided_ms", MOMENT, nullable=False, comment="when"),
    Column("plan", PLAIN, nullable=False, comment="what the strategy said, beside the decision"),
    comment="that a bar was decided: once, or not at all",
)

EXECUTION: Final = Table(
    "strategy_executions",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session"),
    Column("strategy_name", Text, nullable=False, comment="the strategy"),
    Column("symbol", Text, nullable=False, comment="the pair"),
    Column("slot", Text, nullable=False, comment="the strategy's place"),
    Column("bar_open_ms", MOMENT, nullable=False, comment="the bar"),
    Column("signal_type", Text, nullable=False, comment="what the strategy asked for"),
    Column("outcome", Integer, nullable=False, comment="what became of it, as a code"),
    Column("bits", BigInteger, nullable=False, comment="which named conditions held"),
    Column("requested_risk", Double, comment="fraction of equity asked to risk"),
    Column("effective_risk", Double, comment="fraction left after all limits"),
    Column("quantity", MONEY, comment="base units decided"),
    Column("price", MONEY, comment="price decided on"),
    Column("binding", Text, nullable=False, comment="which limit set the quantity"),
    Column("reason", Text, nullable=False, comment="why, in words"),
    Column("inputs_hash", Text, nullable=False, comment="hash of the frame that was looked at"),
    Column("indicators", PLAIN, nullable=False, comment="values of the indicators"),
    Column("sentiment_data", PLAIN, nullable=False, comment="values of the sentiment series"),
    Column("ml_predictions", PLAIN, nullable=False, comment="values of the models"),
    Index(None, "symbol", "bar_open_ms"),
    Index(None, "outcome", "bar_open_ms"),
    Index(None, "session_id", "bar_open_ms"),
    comment="the decision ledger: what was wanted on a bar and what became of it",
)

HALT: Final = Table(
    "halt",
    METADATA,
    row_id(),
    Column("account_fp", Text, nullable=False, comment="fingerprint of the account"),
    Column("scope", Text, nullable=False, comment="what it stops"),
    Column("breaker", Text, nullable=False, comment="its name"),
    Column("detail", Text, nullable=False, comment="why"),
    Column("raised_ms", MOMENT, nullable=False, comment="when"),
    Column("cleared_ms", MOMENT, comment="when it was cleared"),
    Column("cleared_by", Text, nullable=False, comment="who cleared it"),
    Index(
        "uq_halt_active",
        "account_fp",
        "scope",
        "breaker",
        unique=True,
        sqlite_where=text("cleared_ms IS NULL"),
        postgresql_where=text("cleared_ms IS NULL"),
    ),
    comment="breakers that were raised",
)
