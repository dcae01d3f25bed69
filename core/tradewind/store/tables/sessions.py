"""Who writes, and in which run: leases, sessions, checkpoints."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from tradewind.store.columns import MOMENT, MONEY, PLAIN, row_id
from tradewind.store.tables.metadata import METADATA

LEASE: Final = Table(
    "account_lease",
    METADATA,
    Column("account_fp", Text, primary_key=True, comment="fingerprint of the account"),
    Column("owner_uuid", Text, nullable=False, comment="the process that writes; empty when given back"),
    Column("host", Text, nullable=False, comment="its machine"),
    Column("pid", BigInteger, nullable=False, comment="its process id"),
    Column("boot_id", Text, nullable=False, comment="the start of its machine"),
    Column("epoch", BigInteger, nullable=False, comment="grows by one with every owner"),
    Column("acquired_ms", MOMENT, nullable=False, comment="since when"),
    Column("heartbeat_ms", MOMENT, nullable=False, comment="when the owner last showed life"),
    CheckConstraint("epoch > 0", name="epoch"),
    comment="the one writer of each account",
)

SESSION: Final = Table(
    "trading_sessions",
    METADATA,
    row_id(),
    Column("strategy_name", Text, nullable=False, comment="the strategy"),
    Column("symbol", Text, nullable=False, comment="the pair, or several joined by commas"),
    Column("mode", Text, nullable=False, comment="backtest, paper, practice or live"),
    Column("timeframe", Text, nullable=False, comment="the strategy's timeframe"),
    Column("initial_balance", MONEY, nullable=False, comment="balance at the start"),
    Column("start_time", MOMENT, nullable=False, comment="start; of a backtest, the open of its first bar"),
    Column("ended_ms", MOMENT, comment="end; of a backtest, the close of its last bar"),
    Column("end_reason", Text, nullable=False, comment="why it ended"),
    Column("account_fp", Text, nullable=False, comment="fingerprint of the account; empty for a backtest"),
    Column("result_id", Text, nullable=False, comment="id of the stored result of a backtest"),
    Column("code_hash", Text, nullable=False, comment="hash of the code"),
    Column("config_hash", Text, nullable=False, comment="hash of the settings"),
    Column("plugin_lock_hash", Text, nullable=False, comment="hash of the plugins"),
    Column("detail", PLAIN, nullable=False, comment="what was true at the start"),
    CheckConstraint("mode IN ('backtest', 'paper', 'practice', 'live')", name="mode"),
    Index(None, "account_fp"),
    Index(None, "strategy_name", "start_time"),
    Index(None, "result_id"),
    comment="one run of an engine with one configuration",
)

CHECKPOINT: Final = Table(
    "checkpoint",
    METADATA,
    Column("session_id", ForeignKey("trading_sessions.id"), primary_key=True, comment="the session"),
    Column("bar_open_ms", MOMENT, nullable=False, comment="the bar after which it was taken"),
    Column("kernel_state", LargeBinary, nullable=False, comment="the kernel's state"),
    Column("sha256", Text, nullable=False, comment="hash of the state"),
    Column("schema_version", Integer, nullable=False, comment="version of the state's form"),
    comment="the kernel's newest state, rebuilt from the ledger when it is missing or damaged",
)
