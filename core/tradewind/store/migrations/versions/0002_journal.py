"""The write-ahead journal: leases, chains, attempts, orders, fills, the ledger, halts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

MONEY = sa.Text().with_variant(sa.Numeric(), "postgresql")
PLAIN = sa.JSON().with_variant(JSONB(), "postgresql")
ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


REFUSE_SQLITE = (
    """
    CREATE TRIGGER order_fact_terminal BEFORE UPDATE ON order_fact WHEN OLD.terminal
    BEGIN SELECT RAISE(ABORT, 'a terminal order never changes'); END
    """,
    """
    CREATE TRIGGER order_fact_kept BEFORE DELETE ON order_fact WHEN OLD.terminal
    BEGIN SELECT RAISE(ABORT, 'a terminal order is never removed'); END
    """,
)
REFUSE_POSTGRESQL = (
    """
    CREATE FUNCTION tradewind_refuse_terminal() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a terminal order never changes' USING ERRCODE = 'check_violation'; END $$
    """,
    """
    CREATE TRIGGER order_fact_terminal BEFORE UPDATE OR DELETE ON order_fact
    FOR EACH ROW WHEN (OLD.terminal) EXECUTE FUNCTION tradewind_refuse_terminal()
    """,
)


def upgrade() -> None:
    """Make the tables, and let trades and positions name their chain."""
    op.create_table(
        "account_lease",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("owner_uuid", sa.Text(), nullable=False, comment="the process that writes; empty when given back"),
        sa.Column("host", sa.Text(), nullable=False, comment="its machine"),
        sa.Column("pid", sa.BigInteger(), nullable=False, comment="its process id"),
        sa.Column("boot_id", sa.Text(), nullable=False, comment="the start of its machine"),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="grows by one with every owner"),
        sa.Column("acquired_ms", sa.BigInteger(), nullable=False, comment="since when"),
        sa.Column("heartbeat_ms", sa.BigInteger(), nullable=False, comment="when the owner last showed life"),
        sa.CheckConstraint("epoch > 0", name=op.f("ck_account_lease_epoch")),
        sa.PrimaryKeyConstraint("account_fp", name=op.f("pk_account_lease")),
        comment="the one writer of each account",
    )
    op.create_table(
        "foreign_order",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("order_id", sa.BigInteger(), nullable=False, comment="the venue's id"),
        sa.Column("client_id", sa.Text(), nullable=False, comment="its client id"),
        sa.Column("side", sa.Text(), nullable=False, comment="buy or sell"),
        sa.Column("status", sa.Text(), nullable=False, comment="where it stands"),
        sa.Column("qty", MONEY, nullable=False, comment="base units asked"),
        sa.Column("executed_qty", MONEY, nullable=False, comment="base units traded so far"),
        sa.Column("first_seen_ms", sa.BigInteger(), nullable=False, comment="when it was first seen"),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False, comment="when it was last seen"),
        sa.PrimaryKeyConstraint("account_fp", "symbol", "order_id", name=op.f("pk_foreign_order")),
        comment="orders on the account that we did not cause",
    )
    op.create_table(
        "foreign_transfer",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("transfer_id", sa.Text(), nullable=False, comment="the venue's id"),
        sa.Column("asset", sa.Text(), nullable=False, comment="the asset"),
        sa.Column("delta", MONEY, nullable=False, comment="signed change"),
        sa.Column("time_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what was said of it"),
        sa.PrimaryKeyConstraint("account_fp", "transfer_id", name=op.f("pk_foreign_transfer")),
        comment="coins that came or went without our orders",
    )
    op.create_table(
        "halt",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("scope", sa.Text(), nullable=False, comment="what it stops"),
        sa.Column("breaker", sa.Text(), nullable=False, comment="its name"),
        sa.Column("detail", sa.Text(), nullable=False, comment="why"),
        sa.Column("raised_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("cleared_ms", sa.BigInteger(), nullable=True, comment="when it was cleared"),
        sa.Column("cleared_by", sa.Text(), nullable=False, comment="who cleared it"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_halt")),
        comment="breakers that were raised",
    )
    op.create_index(
        "uq_halt_active",
        "halt",
        ["account_fp", "scope", "breaker"],
        unique=True,
        sqlite_where=sa.text("cleared_ms IS NULL"),
        postgresql_where=sa.text("cleared_ms IS NULL"),
    )
    op.create_table(
        "chain",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session that opened it"),
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("slot", sa.Text(), nullable=False, comment="the strategy's place"),
        sa.Column("bar_open_ms", sa.BigInteger(), nullable=False, comment="the bar that decided the entry"),
        sa.Column("tranche", sa.Integer(), nullable=False, comment="which part of the entry, from 0"),
        sa.Column("state", sa.Text(), nullable=False, comment="where it stands"),
        sa.Column("qty", MONEY, nullable=False, comment="base units held"),
        sa.Column("stop_px", MONEY, nullable=True, comment="trigger of the resting stop"),
        sa.Column("token_cid", sa.Text(), nullable=False, comment="client id of the resting order"),
        sa.Column("k", sa.Integer(), nullable=False, comment="counts the changes of the token"),
        sa.Column("fence_ms", sa.BigInteger(), nullable=False, comment="before this, no outcome is final"),
        sa.Column("opened_ms", sa.BigInteger(), nullable=False, comment="when it was written down"),
        sa.Column("closed_ms", sa.BigInteger(), nullable=True, comment="when it ended"),
        sa.Column("pnl", MONEY, nullable=True, comment="profit after fees"),
        sa.Column("detail", sa.Text(), nullable=False, comment="what the engine wants to find again"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_chain_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        sa.UniqueConstraint(
            "account_fp",
            "symbol",
            "slot",
            "bar_open_ms",
            "tranche",
            name=op.f("uq_chain_account_fp_symbol_slot_bar_open_ms_tranche"),
        ),
        comment="one position from entry to end, and the one order that protects it",
    )
    op.create_index(op.f("ix_chain_session_id"), "chain", ["session_id"], unique=False)
    op.create_index(
        "uq_chain_open",
        "chain",
        ["account_fp", "symbol", "slot", "tranche"],
        unique=True,
        sqlite_where=sa.text("closed_ms IS NULL"),
        postgresql_where=sa.text("closed_ms IS NULL"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session"),
        sa.Column("bar_open_ms", sa.BigInteger(), nullable=False, comment="the bar after which it was taken"),
        sa.Column("kernel_state", sa.LargeBinary(), nullable=False, comment="the kernel's state"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="hash of the state"),
        sa.Column("schema_version", sa.Integer(), nullable=False, comment="version of the state's form"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_checkpoint_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_checkpoint")),
        comment="the kernel's newest state, rebuilt from the ledger when it is missing or damaged",
    )
    op.create_table(
        "attempt",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("chain_id", ROW_ID, nullable=False, comment="the chain it is for"),
        sa.Column("n", sa.Integer(), nullable=False, comment="its number within the chain"),
        sa.Column("verb", sa.Text(), nullable=False, comment="enter, swap, place or cancel"),
        sa.Column("client_id", sa.Text(), nullable=False, comment="our id of the order it creates, or of the cancel"),
        sa.Column("list_client_id", sa.Text(), nullable=False, comment="our id of the order list of an entry"),
        sa.Column("consumes_cid", sa.Text(), nullable=False, comment="client id of the order it takes away"),
        sa.Column("payload_json", sa.Text(), nullable=False, comment="the request in full"),
        sa.Column("payload_sha256", sa.Text(), nullable=False, comment="hash of the request"),
        sa.Column("ts_signed_ms", sa.BigInteger(), nullable=False, comment="the time it is signed with"),
        sa.Column("recv_window_ms", sa.BigInteger(), nullable=False, comment="how long the venue may act on it"),
        sa.Column("epoch", sa.BigInteger(), nullable=False, comment="the writer's epoch"),
        sa.Column("state", sa.Text(), nullable=False, comment="what became of it"),
        sa.Column("code", sa.BigInteger(), nullable=True, comment="the venue's code"),
        sa.Column("msg", sa.Text(), nullable=False, comment="the venue's words"),
        sa.Column("http", sa.Integer(), nullable=True, comment="status of the transport"),
        sa.Column("sent_ms", sa.BigInteger(), nullable=True, comment="when it left"),
        sa.Column("answered_ms", sa.BigInteger(), nullable=True, comment="when the answer came"),
        sa.CheckConstraint("length(client_id) <= 36", name=op.f("ck_attempt_client_id_length")),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_attempt_chain_id_chain")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("chain_id", "n", name=op.f("uq_attempt_chain_id_n")),
        sa.UniqueConstraint("client_id", "verb", name=op.f("uq_attempt_client_id_verb")),
        comment="one mutating request, written down before it is sent",
    )
    op.create_table(
        "bar_decision",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("slot", sa.Text(), nullable=False, comment="the strategy's place"),
        sa.Column("bar_open_ms", sa.BigInteger(), nullable=False, comment="the bar"),
        sa.Column("session_id", ROW_ID, nullable=False, comment="the session that decided"),
        sa.Column("inputs_hash", sa.Text(), nullable=False, comment="hash of the frame that was looked at"),
        sa.Column("decision", sa.Text(), nullable=False, comment="the decision in one word"),
        sa.Column("chain_id", ROW_ID, nullable=True, comment="the first chain it opened"),
        sa.Column("decided_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("plan", PLAIN, nullable=False, comment="what the strategy said, beside the decision"),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_bar_decision_chain_id_chain")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["trading_sessions.id"], name=op.f("fk_bar_decision_session_id_trading_sessions")
        ),
        sa.PrimaryKeyConstraint("account_fp", "symbol", "slot", "bar_open_ms", name=op.f("pk_bar_decision")),
        comment="that a bar was decided: once, or not at all",
    )
    op.create_table(
        "fill",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("trade_id", sa.BigInteger(), nullable=False, comment="the venue's id"),
        sa.Column("order_id", sa.BigInteger(), nullable=False, comment="the order that traded"),
        sa.Column("client_id", sa.Text(), nullable=False, comment="its client id"),
        sa.Column("chain_id", ROW_ID, nullable=True, comment="the chain it belongs to"),
        sa.Column("side", sa.Text(), nullable=False, comment="buy or sell"),
        sa.Column("price", MONEY, nullable=False, comment="quote units per base unit"),
        sa.Column("qty", MONEY, nullable=False, comment="base units"),
        sa.Column("quote_qty", MONEY, nullable=False, comment="quote units"),
        sa.Column("commission", MONEY, nullable=False, comment="in units of its asset"),
        sa.Column("commission_asset", sa.Text(), nullable=False, comment="the asset it was taken in"),
        sa.Column("maker", sa.Boolean(), nullable=False, comment="the order rested"),
        sa.Column("time_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.Column("source", sa.Text(), nullable=False, comment="how it was first heard of"),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_fill_chain_id_chain")),
        sa.PrimaryKeyConstraint("account_fp", "symbol", "trade_id", name=op.f("pk_fill")),
        comment="executions; one row each, whatever how often they are reported",
    )
    op.create_index(op.f("ix_fill_chain_id"), "fill", ["chain_id"], unique=False)
    op.create_table(
        "ledger",
        sa.Column("id", ROW_ID, sa.Identity(always=False), nullable=False),
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("asset", sa.Text(), nullable=False, comment="the asset"),
        sa.Column("delta", MONEY, nullable=False, comment="signed change"),
        sa.Column("balance_after", MONEY, nullable=False, comment="sum of the asset's changes up to this one"),
        sa.Column("cause", sa.Text(), nullable=False, comment="fill or transfer"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the fill's pair"),
        sa.Column("ref", sa.Text(), nullable=False, comment="the fill's trade id, or the transfer's id"),
        sa.Column("leg", sa.Text(), nullable=False, comment="base, quote, commission or transfer"),
        sa.Column("chain_id", ROW_ID, nullable=True, comment="the chain it belongs to"),
        sa.Column("time_ms", sa.BigInteger(), nullable=False, comment="when"),
        sa.CheckConstraint("cause IN ('fill', 'transfer')", name=op.f("ck_ledger_cause")),
        sa.CheckConstraint("leg IN ('base', 'quote', 'commission', 'transfer')", name=op.f("ck_ledger_leg")),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_ledger_chain_id_chain")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint(
            "account_fp", "cause", "symbol", "ref", "leg", name=op.f("uq_ledger_account_fp_cause_symbol_ref_leg")
        ),
        comment="every change of every asset, with its one cause",
    )
    op.create_index(op.f("ix_ledger_chain_id"), "ledger", ["chain_id"], unique=False)
    op.create_index("ix_ledger_newest", "ledger", ["account_fp", "asset", "id"], unique=False)
    op.create_table(
        "order_fact",
        sa.Column("account_fp", sa.Text(), nullable=False, comment="fingerprint of the account"),
        sa.Column("symbol", sa.Text(), nullable=False, comment="the pair"),
        sa.Column("order_id", sa.BigInteger(), nullable=False, comment="the venue's id"),
        sa.Column("client_id", sa.Text(), nullable=False, comment="our id"),
        sa.Column("chain_id", ROW_ID, nullable=True, comment="the chain it belongs to"),
        sa.Column("role", sa.Text(), nullable=False, comment="what it is to the chain"),
        sa.Column("status", sa.Text(), nullable=False, comment="where it stands"),
        sa.Column("executed_qty", MONEY, nullable=False, comment="base units traded so far"),
        sa.Column("cum_quote", MONEY, nullable=False, comment="quote units traded so far"),
        sa.Column("terminal", sa.Boolean(), nullable=False, comment="nothing can happen to it any more"),
        sa.Column("expiry_reason", sa.Text(), nullable=False, comment="why it ended"),
        sa.Column("first_source", sa.Text(), nullable=False, comment="how it was first heard of"),
        sa.Column("exec_id", sa.BigInteger(), nullable=False, comment="the venue's number of the newest event"),
        sa.Column("updated_ms", sa.BigInteger(), nullable=False, comment="when this was so"),
        sa.ForeignKeyConstraint(["chain_id"], ["chain.id"], name=op.f("fk_order_fact_chain_id_chain")),
        sa.PrimaryKeyConstraint("account_fp", "symbol", "order_id", name=op.f("pk_order_fact")),
        comment="what is known of one order; a terminal row never changes",
    )
    op.create_index(op.f("ix_order_fact_chain_id"), "order_fact", ["chain_id"], unique=False)
    op.create_index(
        "ix_order_fact_open",
        "order_fact",
        ["account_fp", "symbol", "order_id"],
        unique=False,
        sqlite_where=sa.text("NOT terminal"),
        postgresql_where=sa.text("NOT terminal"),
    )
    for name in ("trades", "positions"):
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column("chain_id", ROW_ID, nullable=True, comment="the chain in the journal"))
            batch.create_foreign_key(f"fk_{name}_chain_id_chain", "chain", ["chain_id"], ["id"])
        op.create_index(f"ix_{name}_chain_id", name, ["chain_id"])
    for statement in REFUSE_POSTGRESQL if op.get_bind().dialect.name == "postgresql" else REFUSE_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Remove the tables and what they hold; sessions, trades and positions stay."""
    for name in ("trades", "positions"):
        op.drop_index(f"ix_{name}_chain_id", name)
        with op.batch_alter_table(name) as batch:
            batch.drop_constraint(f"fk_{name}_chain_id_chain", type_="foreignkey")
            batch.drop_column("chain_id")
    for name in (
        "bar_decision",
        "ledger",
        "fill",
        "order_fact",
        "attempt",
        "chain",
        "checkpoint",
        "halt",
        "foreign_transfer",
        "foreign_order",
        "account_lease",
    ):
        op.drop_table(name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION tradewind_refuse_terminal()")
