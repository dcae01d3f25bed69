"""What sessions leave behind for people: trades, positions, equity, figures."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Double, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from tradewind.store.columns import MOMENT, MONEY, PLAIN, row_id
from tradewind.store.tables.metadata import METADATA

TRADE: Final = Table(
    "trades",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session"),
    Column("strategy_name", Text, nullable=False, comment="the strategy"),
    Column("symbol", Text, nullable=False, comment="the pair"),
    Column("side", Text, nullable=False, comment="long or short"),
    Column("quantity", MONEY, nullable=False, comment="base units"),
    Column("entry_time", MOMENT, nullable=False, comment="when it was opened"),
    Column("entry_price", MONEY, nullable=False, comment="at what price"),
    Column("exit_time", MOMENT, nullable=False, comment="when it was closed"),
    Column("exit_price", MONEY, nullable=False, comment="at what price"),
    Column("fees", MONEY, nullable=False, comment="what both ways cost"),
    Column("pnl", MONEY, nullable=False, comment="profit after fees"),
    Column("pnl_pct", Double, comment="the same as a fraction of the value at entry"),
    Column("exit_reason", Text, nullable=False, comment="why it was closed"),
    Column("chain_id", ForeignKey("chain.id"), comment="the chain in the journal"),
    CheckConstraint("side IN ('long', 'short')", name="side"),
    Index(None, "session_id", "exit_time"),
    Index(None, "symbol", "exit_time"),
    Index(None, "chain_id"),
    comment="closed positions, or tranches of them",
)

POSITION: Final = Table(
    "positions",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session"),
    Column("strategy_name", Text, nullable=False, comment="the strategy"),
    Column("symbol", Text, nullable=False, comment="the pair"),
    Column("side", Text, nullable=False, comment="long or short"),
    Column("quantity", MONEY, nullable=False, comment="base units"),
    Column("entry_time", MOMENT, nullable=False, comment="when it was opened"),
    Column("entry_price", MONEY, nullable=False, comment="at what price"),
    Column("current_price", MONEY, nullable=False, comment="the last price seen"),
    Column("unrealized_pnl", MONEY, nullable=False, comment="profit at that price"),
    Column("stop_price", MONEY, comment="where it is protected"),
    Column("updated_ms", MOMENT, nullable=False, comment="when price and profit were written"),
    Column("chain_id", ForeignKey("chain.id"), comment="the chain in the journal"),
    CheckConstraint("side IN ('long', 'short')", name="side"),
    Index(None, "session_id"),
    Index(None, "chain_id"),
    comment="positions that are open, or were at the end of a backtest",
)

ACCOUNT_HISTORY: Final = Table(
    "account_history",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session"),
    Column("timestamp", MOMENT, nullable=False, comment="when"),
    Column("balance", MONEY, nullable=False, comment="cash"),
    Column("equity", MONEY, nullable=False, comment="cash and positions"),
    Column("drawdown", Double, nullable=False, comment="fall from the highest equity, a fraction"),
    Index(None, "session_id", "timestamp"),
    comment="the account over time",
)

PERFORMANCE: Final = Table(
    "performance_metrics",
    METADATA,
    row_id(),
    Column("session_id", ForeignKey("trading_sessions.id"), nullable=False, comment="the session"),
    Column("period", Text, nullable=False, comment="all, or a day or month"),
    Column("total_return", Double, comment="fraction"),
    Column("sharpe_ratio", Double, comment="annualised"),
    Column("max_drawdown", Double, comment="fraction"),
    Column("win_rate", Double, comment="fraction of trades with profit"),
    Column("total_trades", Integer, nullable=False, comment="how many"),
    Column("total_pnl", MONEY, nullable=False, comment="profit after fees"),
    Column("figures", PLAIN, nullable=False, comment="every other figure by name"),
    Column("computed_ms", MOMENT, nullable=False, comment="when they were reckoned"),
    UniqueConstraint("session_id", "period"),
    comment="the figures of a session over a period",
)
