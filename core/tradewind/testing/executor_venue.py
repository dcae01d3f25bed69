"""A venue that an executor is tried at, and the hand that lets things go wrong there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

import attrs


class Trouble(StrEnum):
    """What can happen to a request."""

    REQUEST_LOST = "request_lost"
    """It never arrives; the connection ends."""
    ANSWER_LOST = "answer_lost"
    """It is carried out; the connection ends without an answer."""
    FAILED = "failed"
    """It is not carried out; the venue answers that it failed (HTTP 503, or what its protocol has for that)."""
    FAILED_LATE = "failed_late"
    """It is carried out; the venue answers that it failed (HTTP 504, or the like)."""
    PAGE = "page"
    """It is not carried out; a proxy answers with an HTML page (403)."""
    CUT = "cut"
    """It is carried out; the answer breaks off in the middle."""
    EMPTY = "empty"
    """It is carried out; the answer has no body."""
    LIMITED = "limited"
    """Too many requests: refused, and all others too until the time that the answer names, two seconds at most."""


UNTOLD: tuple[Trouble, ...] = tuple(trouble for trouble in Trouble if trouble is not Trouble.LIMITED)
"""The troubles that leave open what became of the request."""


class VenueHand(Protocol):
    """
    What the contract does at the venue that the executor cannot do itself.

    The account holds enough quote units for some hundred of the smallest orders, and no other market
    moves the price by more than a few percent while a check runs.
    """

    async def spoil(self, trouble: Trouble, *, every: bool = False) -> None:
        """Let the next request that changes something meet this trouble; every request until `mend`, with `every`."""
        ...

    async def cut(self) -> None:
        """End every connection and let none be of use until `mend`."""
        ...

    async def mend(self) -> None:
        """Let all go well from now on: no trouble, the price and the clock as they were."""
        ...

    async def changes(self) -> int:
        """Return how many requests that change something have arrived so far, those in trouble included."""
        ...

    async def requests(self) -> int:
        """Return how many requests of any kind have arrived so far, those in trouble included."""
        ...

    async def price(self) -> Decimal:
        """Return the last price, quote units per base unit."""
        ...

    async def move(self, factor: Decimal) -> None:
        """Multiply the price; orders that are due by it trade."""
        ...

    async def thin(self) -> Decimal:
        """Make the market thin until `mend`; return a quantity that a market order can trade only in parts."""
        ...

    async def jump_clock(self, milliseconds: int) -> None:
        """Put the venue's clock so far ahead, until `mend`."""
        ...

    async def balances(self) -> Mapping[str, Decimal]:
        """Return what the account holds by asset, free and locked together, by the venue's own books."""
        ...


@attrs.frozen(kw_only=True)
class Venue:
    """
    A venue on this machine that an executor is tried at.

    Args:
        config: Settings that point the executor at it.
        secrets: What signs there, by the names of the record's `secrets`.
        symbol: The pair that is traded.
        address: Where it answers, such as `http://127.0.0.1:8390`.
        hand: Lets things go wrong.
    """

    config: Mapping[str, Any]
    secrets: Mapping[str, str] = attrs.field(factory=dict, repr=False)
    symbol: str
    address: str
    hand: VenueHand
