"""Faults of the database in our own words, without anything secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Error as SqliteError
from typing import Final

from tradewind.errors import JournalError, StoreError, TradewindError, UsageError

RESTORE_HINT: Final = "Keep the file, and put a backup in its place: tradewind db restore FILE"
"""What to do about a damaged database."""

_DAMAGED: Final = ("malformed", "corrupt", "disk i/o error")
_RULES: Final = ("terminal order",)


@contextmanager
def translated(shown: str) -> Iterator[None]:
    """
    Turn what SQLAlchemy and its drivers raise into our errors.

    Args:
        shown: The database's place, without its password.

    Raises:
        JournalError: TW-B006 when a constraint forbids a row.
        StoreError: TW-B003 when the file is damaged, TW-B005 for every other refusal.
    """
    from sqlalchemy.exc import SQLAlchemyError  # plain files of SQLite do without

    try:
        yield
    except (SQLAlchemyError, SqliteError, UnicodeDecodeError) as error:
        raise fault(error, shown) from error


def fault(error: Exception, shown: str) -> TradewindError:
    """Return our error for one of SQLAlchemy's or of a driver's."""
    words = " ".join(str(getattr(error, "orig", None) or error).split()) or type(error).__name__
    low = words.lower()
    if type(error).__name__ == "IntegrityError" or any(rule in low for rule in _RULES):
        return JournalError(f"the row is refused: {words}.", code="TW-B006")
    if "not a database" in low:
        return UsageError(
            f"{shown} is no SQLite database.", code="TW-B004", hint="Name another file with `database_url`."
        )
    # What SQLite says of a torn file holds pieces of it, which its driver cannot always read as text.
    if isinstance(error, UnicodeDecodeError) or any(word in low for word in _DAMAGED):
        return StoreError(
            f"{shown} is damaged: {words}.",
            code="TW-B003",
            hint=RESTORE_HINT,
        )
    hint = "Another program holds it: end that, then try again." if "locked" in low else ""
    return StoreError(f"{shown} refused: {words}.", code="TW-B005", hint=hint)
