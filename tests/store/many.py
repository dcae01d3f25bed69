"""A great many decisions, made by the database itself, and how it finds some of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, insert, text

from store import samples
from store.samples import BAR
from tradewind.store.accounts import Session
from tradewind.store.fields import values_of
from tradewind.store.opening import Store
from tradewind.store.rows import TABLES

HOUR = 3_600_000
SYMBOLS = 20

_COLUMNS = (
    "session_id, strategy_name, symbol, slot, bar_open_ms, signal_type, outcome, bits, binding, reason, "
    "inputs_hash, indicators, sentiment_data, ml_predictions"
)
_VALUES = (
    ":session, 'adaptive', 'S' || (n % 20), 'adaptive', :bar + CAST(n / 20 AS BIGINT) * 3600000, 'enter_long', "
    "CASE WHEN n % 1000 = 0 THEN 26 ELSE n % 20 END, n % 32, '', '', '', '{}', '{}', '{}'"
)
_NUMBERS = {
    "sqlite": "WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < :count)",
    "postgresql": "WITH numbers(n) AS (SELECT generate_series(0, :count - 1))",
}


def fill(store: Store, count: int) -> int:
    """Write so many decisions of one session: 20 symbols, an hour between bars; return the session's id."""
    with store.transaction() as connection:
        key = connection.execute(insert(TABLES[Session]), values_of(samples.session())).inserted_primary_key
        session_id = 0 if key is None else int(key[0])
        values = _VALUES.replace("'{}'", "CAST('{}' AS jsonb)") if store.dialect == "postgresql" else _VALUES
        statement = (
            f"INSERT INTO strategy_executions ({_COLUMNS}) {_NUMBERS[store.dialect]} SELECT {values} FROM numbers"  # noqa: S608  # of our own words
        )
        connection.execute(text(statement), {"session": session_id, "bar": BAR, "count": count})
    with store.engine.connect() as plain, plain.execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE strategy_executions"))
    return session_id


def plan(connection: Connection, statement: Select[Any]) -> str:
    """Return how the database means to answer a question."""
    compiled = str(statement.compile(connection.engine, compile_kwargs={"literal_binds": True}))
    words = "EXPLAIN QUERY PLAN " if connection.dialect.name == "sqlite" else "EXPLAIN "
    return "\n".join(" ".join(map(str, row)) for row in connection.exec_driver_sql(words + compiled))
