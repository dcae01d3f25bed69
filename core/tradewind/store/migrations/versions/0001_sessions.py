"""Sessions and what they leave behind: trades, positions, equity, figures, the decision ledger."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PLAIN = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "trading_sessions",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("strategy_name", sa.Text(), nullable=False, comment="the strategy"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair, or several joined by commas"),
        sa.Column("mode", sa.Text(), nullable=False, comment="backtest, paper, practice or live"),
        sa.Column("timeframe", sa.Text(), nullable=False, comment="the strategy's timeframe"),
        sa.Column("initial_balance", MONEY, nullable=False, comment="balance at the start"),
        sa.Column(
            "start_time", sa.BigInteger(), nullable=False, comment="start; of a backtest, the open of its first bar"
        ),
        sa.Column("ended_ms", sa.BigInteger(), nullable=True, comment="end; of a backtest, the close of its last bar"),
        sa.Column("end_reason", sa.Text(), nullable=False, comment="why it ended"),
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account; empty for a backtest"),
        sa.Column("result_id", sa.Text(), nullable=False, comment="id of the stored result of a backtest"),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="hash of the code"),
        sa.Column("config_hash", sa.Text(), nullable=False, comment="hash of the settings"),
        sa.Column("plugin_lock_hash", sa.Text(), nullable=False, comment="hash of the plugins"),
        sa.Column("detail", PLAIN, nullable=False, comment="what was true at the start"),
        sa.CheckConstraint("mode IN ('backtest', 'paper', 'practice', 'live')", name=op.f("ck_trading_sessions_mode")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trading_sessions")),
        comment="one run of an engine with one configuration",
    )
    op.create_index(op.f("ix_trading_sessions_account_fp"), "trading_sessions", ["account_fp"], unique=False)
    op.create_index(op.f("ix_trading_sessions_result_id"), "trading_sessions", ["result_id"], unique=False)
    op.create_index(
        op.f("ix_trading_sessions_strategy_name_start_time"),
        "trading_sessions",
        ["strategy_name", "start_time"],
        unique=False,
    )
    op.create_table(
        "account_history",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("timestamp", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("balance", MONEY, nullable=False, comment="cash"),
        sa.Column("equity", MONEY, nullable=False, comment="cash and positions"),
        sa.Column("drawdown", sa.Double(), nullable=False, comment="fall from the highest equity, a fraction"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_account_history_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_history")),
        comment="the account over time",
    )
    op.create_index(
        op.f("ix_account_history_session_id_timestamp"), "account_history", ["session_id", "timestamp"], unique=False
    )
    op.create_table(
        "performance_metrics",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("period", sa.Text(), nullable=False, comment="all, or a day or month"),
        sa.Column("total_return", sa.Double(), nullable=True, comment="fraction"),
        sa.Column("sharpe_ratio", sa.Double(), nullable=True, comment="annualised"),
        sa.Column("max_drawdown", sa.Double(), nullable=True, comment="fraction"),
        sa.Column("win_rate", sa.Double(), nullable=True, comment="fraction of trades with profit"),
        sa.Column("total_trades", sa.Integer(), nullable=False, comment="how many"),
        sa.Column("total_pnl", MONEY, nullable=False, comment="profit after fees"),
        sa.Column("figures", PLAIN, nullable=False, comment="every other figure by name"),
        sa.Column("computed_ms", sa.BigInteger(), nullable=False, comment="when they were reckoned"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_performance_metrics_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_metrics")),
        sa.UniqueConstraint("session_id", "period", name=op.f("uq_performance_metrics_session_id_period")),
        comment="the figures of a session over a period",
    )
    op.create_table(
        "strategy_executions",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("strategy_name", sa.Text(), nullable=False, comment="the strategy"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("slot", sa.Text(), nullable=False, comment="the strategy's place"),
        sa.Column("bar_open_ms", sa.BigInteger(), nullable=False, comment="the bar"),
        sa.Column("signal_type", sa.Text(), nullable=False, comment="what the strategy asked for"),
        sa.Column("outcome", sa.Integer(), nullable=False, comment="what became of it, as a code"),
        sa.Column("bits", sa.BigInteger(), nullable=False, comment="which named conditions held"),
        sa.Column("requested_risk", sa.Double(), nullable=True, comment="fraction of equity asked to risk"),
        sa.Column("effective_risk", sa.Double(), nullable=True, comment="fraction left after all limits"),
        sa.Column("quantity", MONEY, nullable=True, comment="base units decided"),
        sa.Column("price", MONEY, nullable=True, comment="price decided on"),
        sa.Column("binding", sa.Text(), nullable=False, comment="which limit set the quantity"),
        sa.Column("reason", sa.Text(), nullable=False, comment="why, in words"),
        sa.Column("inputs_hash", sa.Text(), nullable=False, comment="hash of the frame that was looked at"),
        sa.Column("indicators", PLAIN, nullable=False, comment="values of the indicators"),
        sa.Column("sentiment_data", PLAIN, nullable=False, comment="values of the sentiment series"),
        sa.Column("ml_predictions", PLAIN, nullable=False, comment="values of the models"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_strategy_executions_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_executions")),
        comment="the decision ledger: what was wanted on a bar and what became of it",
    )
    op.create_index(
        op.f("ix_strategy_executions_outcome_bar_open_ms"),
        "strategy_executions",
        ["outcome", "bar_open_ms"],
        unique=False,
    )
    op.create_index(
        op.f("ix_strategy_executions_session_id_bar_open_ms"),
        "strategy_executions",
        ["session_id", "bar_open_ms"],
        unique=False,
    )
    op.create_index(
        op.f("ix_strategy_executions_symbol_bar_open_ms"),
        "strategy_executions",
        ["symbol", "bar_open_ms"],
        unique=False,
    )
    op.create_table(
        "positions",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("strategy_name", sa.Text(), nullable=False, comment="the strategy"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("side", sa.Text(), nullable=False, comment="long or short"),
        sa.Column("quantity", MONEY, nullable=False, comment="base units"),
        sa.Column("entry_time", sa.BigInteger(), nullable=False, comment="when it was opened"),
        sa.Column("entry_price", MONEY, nullable=False, comment="at what price"),
        sa.Column("current_price", MONEY, nullable=False, comment="the last price seen"),
        sa.Column("unrealized_pnl", MONEY, nullable=False, comment="profit at that price"),
        sa.Column("stop_price", MONEY, nullable=True, comment="where it is protected"),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False, comment="when price and profit were written"),
        sa.CheckConstraint("side IN ('long', 'short')", name=op.f("ck_positions_side")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_positions_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positions")),
        comment="positions that are open, or were at the end of a backtest",
    )
    op.create_index(op.f("ix_positions_session_id"), "positions", ["session_id"], unique=False)
    op.create_table(
        "trades",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("strategy_name", sa.Text(), nullable=False, comment="the strategy"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("side", sa.Text(), nullable=False, comment="long or short"),
        sa.Column("quantity", MONEY, nullable=False, comment="base units"),
        sa.Column("entry_time", sa.BigInteger(), nullable=False, comment="when it was opened"),
        sa.Column("entry_price", MONEY, nullable=False, comment="at what price"),
        sa.Column("exit_time", sa.BigInteger(), nullable=False, comment="when it was closed"),
        sa.Column("exit_price", MONEY, nullable=False, comment="at what price"),
        sa.Column("fees", MONEY, nullable=False, comment="what both ways cost"),
        sa.Column("pnl", MONEY, nullable=False, comment="profit after fees"),
        sa.Column("pnl_pct", sa.Double(), nullable=True, comment="the same as a fraction of the value at entry"),
        sa.Column("exit_reason", sa.Text(), nullable=False, comment="why it was closed"),
        sa.CheckConstraint("side IN ('long', 'short')", name=op.f("ck_trades_side")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_trades_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trades")),
        comment="closed positions, or tranches of them",
    )
    op.create_index(op.f("ix_trades_session_id_exit_time"), "trades", ["session_id", "exit_time"], unique=False)
    op.create_index(op.f("ix_trades_symbol_exit_time"), "trades", ["symbol", "exit_time"], unique=False)


def downgrade() -> None:
    """Remove the tables and what they hold."""
    for name in (
        "strategy_executions",
        "performance_metrics",
        "account_history",
        "positions",
        "trades",
        "trading_sessions",
    ):
        op.drop_table(name)
