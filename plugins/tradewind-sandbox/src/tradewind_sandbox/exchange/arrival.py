"""A request between the gateway and the engine: its parts, its timing, its parameters as sent."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote_plus

import attrs

from tradewind_sandbox.exchange.accounts import Account
from tradewind_sandbox.exchange.context import Endpoint
from tradewind_sandbox.exchange.messages import Response
from tradewind_sandbox.exchange.refusals import Refusal
from tradewind_sandbox.exchange.rules import ApiKey

_AHEAD_US: Final = 1_000_000
_DEFAULT_WINDOW_US: Final = 5_000_000


@attrs.define(kw_only=True, slots=True)
class Arrival:
    """
    A request that has passed the gateway, or been refused by it.

    `response` is set when it was refused; everything else is for the engine.
    """

    path: str
    endpoint: Endpoint | None = None
    params: dict[str, Any] = attrs.field(factory=dict)
    account: Account | None = None
    key: ApiKey | None = None
    ip: str = ""
    per: int = 1000
    sent_us: int | None = None
    window_us: int = _DEFAULT_WINDOW_US
    excess: Refusal | None = None
    response: Response | None = None


def check_timing(sent_us: int, window_us: int, now_us: int, scale: float = 1.0) -> None:
    """
    Refuse what is too old or too far ahead (rest-api.md, Timing security).

    Args:
        sent_us: The request's timestamp.
        window_us: Its recvWindow.
        now_us: The exchange's time.
        scale: What both bounds are multiplied by where the exchange's time runs faster than the network's.
    """
    if sent_us >= now_us + _AHEAD_US * scale:
        raise Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_us - sent_us > window_us * scale:
        raise Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def split(text: str, into: dict[str, Any]) -> None:
    """Add a query string's or form body's pairs that are not there yet; a name twice in one place is refused."""
    if not text:
        return
    here: dict[str, str] = {}
    for pair in text.split("&"):
        name, _, value = pair.partition("=")
        name = unquote_plus(name)
        if name in here:
            raise Refusal(-1101, "Duplicate values for a parameter detected.")
        here[name] = unquote_plus(value)
    for name, value in here.items():
        into.setdefault(name, value)
