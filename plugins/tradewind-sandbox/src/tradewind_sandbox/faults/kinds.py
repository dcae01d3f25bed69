"""Every kind of fault that a script can ask for, and what each takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

import attrs

from tradewind_sandbox.faults.values import (
    amount,
    anything,
    choice,
    duration,
    flag,
    listed,
    number,
    table,
    whole,
    words,
)

REQUIRED: Final = object()
"""The default of a value that must be given."""

Reader = Callable[[object, str], Any]


class Point(StrEnum):
    """Where a fault acts."""

    REQUEST = "request"
    """On one call, REST or WebSocket API."""
    STREAM = "stream"
    """On one message of a stream, or on its connection."""
    MARKET = "market"
    """On what a pair's market is fed, for a while."""
    HAPPENING = "happening"
    """On the exchange, an account or the clock, at a moment."""


@attrs.frozen(kw_only=True)
class Kind:
    """
    One kind of fault.

    Args:
        point: Where it acts.
        says: What it does, in a line.
        takes: Its own values: how each is read, and its default.
        ends: It can end again, after the script's `lasts`.
        endpoint: Which calls it strikes when the script names none.
    """

    point: Point
    says: str
    takes: Mapping[str, tuple[Reader, Any]] = attrs.field(factory=dict)
    ends: bool = False
    endpoint: str = "*"


_ENDING: Final = (choice("reset", "silence"), "reset")
_EXECUTED: Final = (flag, False)


def _request(says: str, **takes: tuple[Reader, Any]) -> Kind:
    return Kind(point=Point.REQUEST, says=says, takes=takes)


def _stream(says: str, **takes: tuple[Reader, Any]) -> Kind:
    return Kind(point=Point.STREAM, says=says, takes=takes)


def _market(says: str, **takes: tuple[Reader, Any]) -> Kind:
    return Kind(point=Point.MARKET, says=says, takes=takes, ends=True)


def _happening(says: str, *, ends: bool = False, **takes: tuple[Reader, Any]) -> Kind:
    return Kind(point=Point.HAPPENING, says=says, takes=takes, ends=ends)


KINDS: Final[dict[str, Kind]] = {
    # calls
    "lose-request": _request("The request never reaches the exchange.", ending=_ENDING),
    "lose-response": _request("The request is carried out; its answer never arrives.", ending=_ENDING),
    "fail-before": _request(
        "An error is answered and nothing was carried out.",
        status=(whole, 503),
        code=(whole, -1006),
        message=(words, ""),
    ),
    "fail-after": _request(
        "The request is carried out and an error is answered.",
        status=(whole, 504),
        code=(whole, -1007),
        message=(words, ""),
    ),
    "duplicate-request": _request(
        "The request is delivered twice.", after=(duration, 0), answer=(choice("first", "second"), "first")
    ),
    "delay-request": _request("The request takes so long to arrive.", by=(duration, REQUIRED)),
    "hold-request": _request(
        "The gateway holds the request between its checks and the engine.", by=(duration, REQUIRED)
    ),
    "delay-response": _request("The answer takes so long to arrive.", by=(duration, REQUIRED)),
    "html": _request("An HTML page is answered.", status=(whole, 502), executed=_EXECUTED),
    "truncated": _request("The answer breaks off in the middle of its JSON.", executed=(flag, True)),
    "empty": _request("The answer has no body.", executed=(flag, True)),
    "corrupt-answer": _request(
        "A field of the answer has another value; a path such as `0.4` reaches into lists.",
        field=(words, REQUIRED),
        value=(anything, REQUIRED),
    ),
    "rate-limit": _request("429 with Retry-After, for this and every call until it is over.", retry=(duration, 10_000)),
    "ban": _request("418 with Retry-After, for this and every call until it is over.", retry=(duration, 120_000)),
    "bad-timestamp": _request("-1021 is answered and nothing was carried out."),
    "unknown-order": _request("-2013 is answered, as if the order were not known yet."),
    "stale-read": _request("The answer is what it was so long ago.", lag=(duration, REQUIRED)),
    "half-done": Kind(
        point=Point.REQUEST,
        says="A cancel-replace cancels and then refuses the new order: 409.",
        endpoint="*cancelReplace",
    ),
    # streams
    "stall": _stream("No message comes; pings go on."),
    "lose-event": _stream("The message is lost."),
    "duplicate-event": _stream("The message comes twice."),
    "reorder-event": _stream("The message comes after the next one."),
    "delay-event": _stream("The message comes so much later.", by=(duration, REQUIRED)),
    "corrupt-event": _stream(
        "A field of the message has another value, such as `k.c`.",
        field=(words, REQUIRED),
        value=(anything, REQUIRED),
    ),
    "close-stream": _stream("The connection is closed; 1006 cuts it without a word.", code=(whole, 1006)),
    "server-shutdown": _stream(
        "serverShutdown is told, and the connection closed after a while.", after=(duration, 10_000)
    ),
    "lose-subscription": _stream("The subscription is gone without a word; the connection lives."),
    "end-subscription": _stream("The subscription ends with eventStreamTerminated; the connection lives."),
    # markets
    "spike": _market("Prices are multiplied.", factor=(amount, REQUIRED)),
    "silence": _market("No print, no book, no bar."),
    "thin-book": _market("Quantities on the book are multiplied.", factor=(amount, REQUIRED)),
    # the exchange
    "status": _happening(
        "A pair's status changes.",
        ends=True,
        value=(choice("TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"), REQUIRED),
    ),
    "delist": _happening("A pair's delisting is announced; it goes after a while.", after=(duration, REQUIRED)),
    "remove-symbol": _happening("A pair is gone."),
    "change-filters": _happening("Filters of a pair change.", ends=True, filters=(listed, REQUIRED)),
    "change-rules": _happening(
        "Flags or order types of a pair change.", ends=True, flags=(table, {}), order_types=(listed, ())
    ),
    "maintenance": _happening(
        "system/status tells maintenance, and orders are refused: trading is not enabled.", ends=True
    ),
    "revise-kline": _happening(
        "A closed kline has other values from now on.",
        interval=(words, REQUIRED),
        back=(whole, 1),
        factor=(amount, REQUIRED),
    ),
    # accounts
    "deposit": _happening("Money arrives.", account=(words, ""), asset=(words, REQUIRED), amount=(amount, REQUIRED)),
    "withdraw": _happening("Money leaves.", account=(words, ""), asset=(words, REQUIRED), amount=(amount, REQUIRED)),
    "lock": _happening(
        "Money is locked from outside.",
        ends=True,
        account=(words, ""),
        asset=(words, REQUIRED),
        amount=(amount, REQUIRED),
    ),
    "manual-order": _happening(
        "Somebody trades on the account by hand.",
        account=(words, ""),
        side=(choice("BUY", "SELL"), REQUIRED),
        quantity=(amount, REQUIRED),
        price=(amount, None),
    ),
    "manual-cancel": _happening("Somebody cancels open orders by hand.", account=(words, "")),
    "commission": _happening(
        "Fees change.", ends=True, account=(words, ""), maker=(amount, REQUIRED), taker=(amount, REQUIRED)
    ),
    "discount": _happening("Paying fees in BNB is switched.", account=(words, ""), on=(flag, REQUIRED)),
    "no-trading": _happening("The account may not trade.", ends=True, account=(words, "")),
    "revoke-key": _happening("The API key is gone.", key=(words, "")),
    "key-permission": _happening("The API key may not trade.", ends=True, key=(words, "")),
    "key-address": _happening(
        "The API key may be used from these addresses only.", ends=True, key=(words, ""), ips=(listed, ("203.0.113.7",))
    ),
    # the clock
    "clock-jump": _happening("The exchange's clock jumps.", ends=True, by=(duration, REQUIRED)),
    "clock-drift": _happening(
        "The exchange's clock runs fast, or slow when negative.", ends=True, ppm=(number, REQUIRED)
    ),
}
"""By the name that a script uses."""
