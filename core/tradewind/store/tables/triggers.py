"""What a constraint cannot say: an order that has ended stays as it is."""

from __future__ import annotations

from typing import Final

SQLITE: Final = (
    "CREATE TRIGGER order_fact_terminal BEFORE UPDATE ON order_fact WHEN OLD.terminal "
    "BEGIN SELECT RAISE(ABORT, 'a terminal order never changes'); END",
    "CREATE TRIGGER order_fact_kept BEFORE DELETE ON order_fact WHEN OLD.terminal "
    "BEGIN SELECT RAISE(ABORT, 'a terminal order is never removed'); END",
)

POSTGRESQL: Final = (
    "CREATE FUNCTION tradewind_refuse_terminal() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'a terminal order never changes' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER order_fact_terminal BEFORE UPDATE OR DELETE ON order_fact FOR EACH ROW WHEN (OLD.terminal) "
    "EXECUTE FUNCTION tradewind_refuse_terminal()",
)

DROP_SQLITE: Final = ("DROP TRIGGER order_fact_kept", "DROP TRIGGER order_fact_terminal")
DROP_POSTGRESQL: Final = (
    "DROP TRIGGER order_fact_terminal ON order_fact",
    "DROP FUNCTION tradewind_refuse_terminal()",
)
