"""
What goes into the exchange and what comes out of it.

Amounts are integers of 10^-8 (see `money`), times are microseconds UTC where a name ends in
`_us` and milliseconds UTC where it ends in `_ms`.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import attrs

_NOTHING: Mapping[str, str] = {}


@attrs.frozen(kw_only=True)
class Request:
    """
    One HTTP request as it was sent.

    Args:
        method: GET, POST, PUT or DELETE.
        path: The path alone, e.g. `/api/v3/order`.
        query: The query string without the question mark, percent-encoded as sent.
        body: The form body, percent-encoded as sent.
        headers: Header names in any case.
        ip: Whom limits and bans are charged to.
    """

    method: str
    path: str
    query: str = ""
    body: str = ""
    headers: Mapping[str, str] = _NOTHING
    ip: str = "127.0.0.1"


@attrs.frozen(kw_only=True)
class Call:
    """
    The same request without HTTP text and signature, for callers inside the process.

    Limits, permissions, parameters, `timestamp` and `recvWindow` (when given), filters and all
    that follows are those of `Request`.

    Args:
        method: GET, POST, PUT or DELETE.
        path: The path alone, e.g. `/api/v3/order`.
        params: Parameter values as text, whole numbers, Decimals or booleans.
        key: The API key; empty for public endpoints.
        ip: Whom limits and bans are charged to.
    """

    method: str
    path: str
    params: Mapping[str, Any] = _NOTHING
    key: str = ""
    ip: str = "127.0.0.1"


@attrs.frozen(kw_only=True)
class Response:
    """An answer: HTTP status, headers and a body of plain JSON values."""

    status: int
    headers: Mapping[str, str]
    body: Any


@attrs.frozen(kw_only=True)
class BookInput:
    """
    The market's own book, best level first; replaces what was there.

    Args:
        symbol: E.g. `BTCUSDT`.
        bids: `(price, quantity)` pairs in units, falling prices.
        asks: The same, rising prices.
    """

    symbol: str
    bids: tuple[tuple[int, int], ...]
    asks: tuple[tuple[int, int], ...]


@attrs.frozen(kw_only=True)
class TradeInput:
    """
    One trade of the market's own participants.

    It moves the last price, fires stops and fills resting orders that it trades through.

    Args:
        symbol: E.g. `BTCUSDT`.
        price: In units.
        quantity: In units; the most that resting orders receive from it.
        buyer_is_maker: True when the aggressor sold.
    """

    symbol: str
    price: int
    quantity: int
    buyer_is_maker: bool = False


@attrs.frozen(kw_only=True)
class KlineInput:
    """
    One bar, still growing or closed.

    Args:
        symbol: E.g. `BTCUSDT`.
        interval: As the venue writes it: `1m`, `4h`, `1M`.
        open_ms: First millisecond of the bar.
        close_ms: Last millisecond of the bar (`open_ms + duration - 1`).
        open: In units, as the following amounts.
        high: See above.
        low: See above.
        close: See above.
        volume: Base quantity.
        quote_volume: Quote amount.
        trades: Their number.
        taker_base: Base quantity bought by takers.
        taker_quote: Quote amount bought by takers.
        closed: True when the bar will not change any more.
        silent: Store it for queries without publishing it (history fed before a session).
    """

    symbol: str
    interval: str
    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    quote_volume: int = 0
    trades: int = 0
    taker_base: int = 0
    taker_quote: int = 0
    closed: bool = True
    silent: bool = False


@attrs.frozen(kw_only=True)
class StatusInput:
    """A symbol's trading status: TRADING, END_OF_DAY, HALT, BREAK or CANCEL_ONLY."""

    symbol: str
    status: str


@attrs.frozen(kw_only=True)
class ReferencePriceInput:
    """A symbol's reference price in units; None means that it has one but not at present."""

    symbol: str
    price: int | None


MarketInput = BookInput | TradeInput | KlineInput | StatusInput | ReferencePriceInput
"""What a driver feeds."""


class UserEvent(NamedTuple):
    """
    One event of an account's user data stream.

    `payload` is the venue's event object alone; a connection wraps it with its subscription id.
    """

    account: str
    time_ms: int
    payload: dict[str, Any]


class MarketEvent(NamedTuple):
    """
    One market event.

    `kind` is the part of a stream name after the `@`: `aggTrade`, `bookTicker`, `kline_1m`.
    """

    symbol: str
    kind: str
    time_ms: int
    payload: dict[str, Any]


class LedgerEntry(NamedTuple):
    """
    One line of the append-only truth.

    Kinds: ORDER (accepted, pending, amended, ended), TRADE, TRANSFER (deposit, withdrawal),
    LOCK (external), LIST, STATUS, RULES, KEY, SYMBOL. Amounts in `data` are units of 10^-8.
    """

    seq: int
    time_us: int
    kind: str
    account: str
    symbol: str
    data: dict[str, Any]
