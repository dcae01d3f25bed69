"""Column types that keep money exact and times whole on SQLite and PostgreSQL alike."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Column, Dialect, Identity, Integer, Numeric, Text
from sqlalchemy.types import TypeDecorator, TypeEngine

from tradewind.store.sums import decimal_text


class Money(TypeDecorator[Decimal]):
    """
    An exact amount: text of decimal digits on SQLite, which has no such type, and NUMERIC on PostgreSQL.

    Floats are refused: they have lost digits before they arrive here.
    """

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database stores."""
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """Return what is stored of an amount."""
        if value is None:
            return None
        if type(value) is not Decimal or not value.is_finite():
            raise TypeError(f"an amount was {value!r}, expected a finite Decimal")
        return value if dialect.name == "postgresql" else decimal_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the amount that was stored."""
        return None if value is None else Decimal(decimal_text(value) if dialect.name == "postgresql" else value)


class Plain(TypeDecorator[Any]):
    """Values of strict JSON; JSONB on PostgreSQL."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the type that the database stores."""
        if dialect.name == "postgresql":
            from sqlalchemy.dialects.postgresql import JSONB  # 80 ms that users of SQLite do not pay

            return dialect.type_descriptor(JSONB())
        return dialect.type_descriptor(JSON())


MONEY: Final = Money()
MOMENT: Final = BigInteger()
"""UTC milliseconds."""
PLAIN: Final = Plain()
ROW_ID: Final = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite numbers rows by itself only when the key is called INTEGER."""


def row_id() -> Column[int]:
    """Return the column of ids that the database gives."""
    return Column("id", ROW_ID, Identity(), primary_key=True)
