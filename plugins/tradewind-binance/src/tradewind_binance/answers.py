"""Answers of the venue as plain data: numbers exact, size and depth bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, Final, NoReturn

import attrs

from tradewind.api import VenueError

LARGEST: Final = 8 * 1024 * 1024
"""Most characters of an answer; the table of all symbols is allowed eight times as many."""
DEEPEST: Final = 32


@attrs.frozen(kw_only=True)
class Answer:
    """
    An answer as it came.

    Args:
        status: Of HTTP.
        headers: By lower-case name.
        text: The body.
    """

    status: int
    headers: dict[str, str]
    text: str

    def number(self, header: str) -> int | None:
        """Return a header as a whole number, None when it is missing or none."""
        try:
            return int(self.headers[header.lower()])
        except (KeyError, ValueError):
            return None


def parsed(text: str, *, largest: int = LARGEST) -> Any:
    """
    Return JSON as plain data, numbers with a point as `Decimal`.

    Raises:
        ValueError: It is no JSON, too large, too deep, or holds NaN or an infinity.
    """
    if len(text) > largest:
        raise ValueError(f"the answer has {len(text)} characters, expected at most {largest}")
    depth = most = 0
    inside = escaped = False
    for character in text if len(text) < 65_536 else ():
        if inside:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                inside = False
        elif character == '"':
            inside = True
        elif character in "[{":
            depth += 1
            most = max(most, depth)
        elif character in "]}":
            depth -= 1
    if most > DEEPEST:
        raise ValueError(f"the answer is {most} levels deep, expected at most {DEEPEST}")
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError:
        raise ValueError("the answer is too deep") from None


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"the answer holds {word}")


def decimal(value: Any, name: str) -> Decimal:
    """
    Return a number of an answer exactly.

    Raises:
        ValueError: It is no finite number.
    """
    try:
        number = Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"{name} was {value!r}, expected a number") from None
    if not number.is_finite():
        raise ValueError(f"{name} was {value!r}, expected a finite number")
    return number


def fault_of(answer: Answer) -> tuple[int, str]:
    """Return the venue's code and words of an answer that is no success; 0 and what was there when it has none."""
    try:
        body = parsed(answer.text)
        return int(body.get("code", 0)), str(body.get("msg", ""))
    except (ValueError, AttributeError, TypeError):
        return 0, f"HTTP {answer.status} with {answer.text[:80]!r}"


def unreadable(what: str, error: Exception) -> VenueError:
    """Return the error for an answer that cannot be read."""
    return VenueError(
        f"Binance's answer to {what} could not be read: {error}.",
        code="TW-V001",
        hint="It is asked again; if it stays so, look at the venue's status page.",
    )


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Take an answer apart; what is missing or of another shape raises VenueError TW-V001."""
    try:
        yield
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise unreadable(what, error) from error
