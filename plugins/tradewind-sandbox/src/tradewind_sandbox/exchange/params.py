"""Parameter text to values, with the venue's errors for what is malformed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from tradewind_sandbox.exchange.money import UNIT, units
from tradewind_sandbox.exchange.refusals import Refusal, invalid, missing
from tradewind_sandbox.exchange.rules import ORDER_TYPES, STP_MODES

Parser = Callable[[str, Any], Any]

_DECIMAL: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,20})?")
_WHOLE: Final = re.compile(r"[0-9]{1,20}")
_CLIENT_ID: Final = re.compile(r"[a-zA-Z0-9-_]{1,36}")
_WINDOW: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")


def _illegal(name: str, pattern: re.Pattern[str]) -> Refusal:
    return Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '^{pattern.pattern}$'.")


def amount(name: str, value: Any) -> int:
    """Parse a positive decimal number into units; at most eight decimals (-1111)."""
    if isinstance(value, int):
        found = value * UNIT
    else:
        text = format(value, "f") if isinstance(value, Decimal) else str(value)
        if not _DECIMAL.fullmatch(text):
            raise _illegal(name, _DECIMAL)
        try:
            found = units(text)
        except ValueError:
            raise Refusal(-1111, f"Parameter '{name}' has too much precision.") from None
    if found <= 0:
        raise invalid(name)
    return found


def whole(name: str, value: Any) -> int:
    """Parse a whole number."""
    text = str(value)
    if not _WHOLE.fullmatch(text):
        raise _illegal(name, _WHOLE)
    found = int(text)
    if found >= 1 << 63:
        raise Refusal(-1108, f"Parameter '{name}' overflowed.")
    return found


def client_id(name: str, value: Any) -> str:
    """Parse a client id: letters, digits, dash and underscore, at most 36 (fix-api.md)."""
    if not _CLIENT_ID.fullmatch(str(value)):
        raise _illegal(name, _CLIENT_ID)
    return str(value)


def text(name: str, value: Any) -> str:  # noqa: ARG001  # every parser is called alike
    """Take text as it is."""
    return str(value)


def flag(name: str, value: Any) -> bool:
    """Parse `true` or `false`."""
    found = {"true": True, "false": False}.get(str(value).lower())
    if found is None:
        raise invalid(name)
    return found


def window(name: str, value: Any) -> int:
    """Parse `recvWindow` milliseconds, up to three decimals and 60,000, into microseconds."""
    spelled = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not _WINDOW.fullmatch(spelled):
        raise _illegal(name, _WINDOW)
    found = units(spelled) // (UNIT // 1000)
    if found > 60_000_000:
        raise Refusal(-1102, f"'{name}' contains unexpected value. Cannot be greater than '60000'.")
    return found


def choice(options: tuple[str, ...], code: int, message: str) -> Parser:
    """Return a parser of one of some words."""

    def parse(name: str, value: Any) -> str:  # noqa: ARG001  # every parser is called alike
        if value not in options:
            raise Refusal(code, message)
        return str(value)

    return parse


def names(name: str, value: Any) -> tuple[str, ...]:
    """Parse a JSON array of symbols as `["BTCUSDT","ETHUSDT"]`."""
    if isinstance(value, (list, tuple)):
        return tuple(str(one) for one in value)
    inner = re.fullmatch(r'\[\s*("[^"]+"(\s*,\s*"[^"]+")*)?\s*\]', str(value))
    if inner is None:
        raise invalid(name)
    return tuple(re.findall(r'"([^"]+)"', str(value)))


SIDE: Final = choice(("BUY", "SELL"), -1117, "Invalid side.")
TYPE: Final = choice(ORDER_TYPES, -1116, "Invalid orderType.")
TIF: Final = choice(("GTC", "IOC", "FOK"), -1115, "Invalid timeInForce.")
STP: Final = choice(STP_MODES, -1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.")
RESPONSE: Final = choice(("ACK", "RESULT", "FULL"), -1130, "Data sent for parameter 'newOrderRespType' is not valid.")
RESTRICTIONS: Final = choice(("ONLY_NEW", "ONLY_PARTIALLY_FILLED"), -1145, "Invalid cancelRestrictions")
REPLACE_MODE: Final = choice(
    ("STOP_ON_FAILURE", "ALLOW_FAILURE"), -1130, "Data sent for parameter 'cancelReplaceMode' is not valid."
)
EXCESS_MODE: Final = choice(
    ("DO_NOTHING", "CANCEL_ONLY"), -1130, "Data sent for parameter 'orderRateLimitExceededMode' is not valid."
)

_EMPTY: Final = {
    "newClientOrderId": (-1118, "New client order ID was empty."),
    "origClientOrderId": (-1119, "Original client order ID was empty."),
}


def parse(
    given: Mapping[str, Any], known: Mapping[str, Parser], required: tuple[str, ...], always: Mapping[str, Parser]
) -> dict[str, Any]:
    """
    Return the values of a request's parameters.

    Args:
        given: As they were sent.
        known: What the endpoint reads.
        required: What it cannot do without.
        always: What every signed request may carry.

    Raises:
        Refusal: -1105 empty, -1104 not read, -1102 missing, and what each parser raises.
    """
    found: dict[str, Any] = {}
    unread = 0
    for name, value in given.items():
        parser = known.get(name) or always.get(name)
        if parser is None:
            unread += 1
            continue
        if value == "":
            raise Refusal(*_EMPTY.get(name, (-1105, f"Parameter '{name}' was empty.")))
        found[name] = parser(name, value)
    if unread:
        sent = len(given)
        raise Refusal(
            -1104, f"Not all sent parameters were read; read '{sent - unread}' parameter(s) but was sent '{sent}'."
        )
    for name in required:
        if name not in found:
            raise missing(name)
    return found
