"""Values in a fault script: durations, moments, amounts, and what is said when they are none."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from tradewind.api import UsageError

_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"^(-?[0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)$")


def refuse(where: str, what: str, expected: str) -> UsageError:
    """Return the error of a value that cannot be meant."""
    return UsageError(
        f"{where} was {what}, expected {expected}.",
        code="TW-U007",
        hint="The README of tradewind-sandbox lists every kind of fault and what it takes.",
    )


def duration(value: object, where: str) -> int:
    """Return milliseconds of a duration: a whole number of them, or text such as `250ms`, `30s`, `10m`, `2h`, `1d`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DURATION.match(value) if isinstance(value, str) else None
    if match is None:
        raise refuse(where, repr(value), "milliseconds or a duration such as '30s'")
    return int(Decimal(match[1]) * _UNITS[match[2]])


def moment(value: object, where: str, start_ms: int) -> int:
    """Return a moment in UTC milliseconds: a date, or a duration since the start."""
    if isinstance(value, dt.datetime):
        aware = value if value.tzinfo is not None else value.replace(tzinfo=dt.UTC)
        return int(aware.timestamp() * 1000)
    if isinstance(value, dt.date):
        return int(dt.datetime(value.year, value.month, value.day, tzinfo=dt.UTC).timestamp()) * 1000
    if isinstance(value, str) and not _DURATION.match(value):
        try:
            return moment(dt.datetime.fromisoformat(value), where, start_ms)
        except ValueError:
            raise refuse(where, repr(value), "a date, or a duration since the start such as '10m'") from None
    return start_ms + duration(value, where)


def amount(value: object, where: str) -> Decimal:
    """Return an exact amount, written as text or as a whole number."""
    try:
        found = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
    except InvalidOperation:
        found = None
    if found is None or not found.is_finite():
        raise refuse(where, repr(value), "an amount as text, such as '0.5'")
    return found


def number(value: object, where: str) -> float:
    """Return a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise refuse(where, repr(value), "a number")
    return float(value)


def whole(value: object, where: str) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise refuse(where, repr(value), "a whole number")
    return value


def flag(value: object, where: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise refuse(where, repr(value), "true or false")
    return value


def words(value: object, where: str) -> str:
    """Return text."""
    if not isinstance(value, str):
        raise refuse(where, repr(value), "text")
    return value


def table(value: object, where: str) -> Mapping[str, Any]:
    """Return a table."""
    if not isinstance(value, Mapping):
        raise refuse(where, repr(value), "a table")
    return value


def listed(value: object, where: str) -> tuple[Any, ...]:
    """Return a list as a tuple."""
    if not isinstance(value, list | tuple):
        raise refuse(where, repr(value), "a list")
    return tuple(value)


def anything(value: object, where: str) -> object:  # noqa: ARG001  # every reader is called alike
    """Return any value."""
    return value


def choice(*known: str) -> Callable[[object, str], str]:
    """Return a reader of one of these words."""

    def read(value: object, where: str) -> str:
        if value not in known:
            raise refuse(where, repr(value), f"one of {', '.join(known)}")
        return str(value)

    return read
