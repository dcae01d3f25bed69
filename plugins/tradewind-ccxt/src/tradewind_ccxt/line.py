"""The line to a venue: each request once, nothing while the venue wants none, errors without what was signed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import aiohttp
import attrs
import ccxt

from tradewind.api import VenueError

_PAUSE_S: Final = 60.0
"""How long nothing is sent when the venue does not say how long."""


class LostAnswerError(aiohttp.ClientConnectionError):
    """The connection ended before an answer came."""


async def sent_once(request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """
    Send a request, and no second time.

    aiohttp repeats PUT and DELETE by itself when the connection breaks, though the first may have arrived: it
    knows the breaks that it repeats after by their class.

    Raises:
        LostAnswerError: The connection broke.
    """
    try:
        return await send(request)
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise LostAnswerError(type(error).__name__) from error


@attrs.define(eq=False)
class Line:
    """
    The way to one venue.

    Args:
        venue: ccxt's asynchronous object of it.
        name: ccxt's name of it.
    """

    venue: Any = attrs.field(repr=False)
    name: str
    _closed_until: float = attrs.field(default=0.0, init=False)

    def open(self) -> None:
        """Open the library's connections, which then repeat nothing."""
        self.venue.open()
        first = self.venue.session
        self.venue.session = aiohttp.ClientSession(
            connector=self.venue.tcp_connector, trust_env=self.venue.aiohttp_trust_env, middlewares=(sent_once,)
        )
        first.detach()

    def wait_ms(self) -> int:
        """Return how long nothing may be sent, milliseconds; 0 when it may."""
        return max(0, math.ceil((self._closed_until - asyncio.get_running_loop().time()) * 1000))

    def limited(self) -> int:
        """Send nothing for as long as the venue's last answer says; return milliseconds."""
        headers = {str(name).lower(): value for name, value in (self.venue.last_response_headers or {}).items()}
        told = str(headers.get("retry-after", ""))
        seconds = float(told) if told.isdigit() and int(told) else _PAUSE_S
        self._closed_until = max(self._closed_until, asyncio.get_running_loop().time() + seconds)
        return self.wait_ms()

    async def read(self, what: str, method: str, *arguments: Any) -> Any:
        """
        Ask for something that changes nothing.

        Raises:
            VenueError: TW-V001 without a usable answer, TW-V002 for a refused key, TW-V003 while nothing may be asked.
        """
        if self.wait_ms():
            raise self._not_now(what)
        try:
            return await getattr(self.venue, method)(*arguments)
        except ccxt.AuthenticationError:
            raise VenueError(
                f"{self.name} refused the key when asked for {what}.",
                code="TW-V002",
                hint="Check key, secret, password and permissions.",
            ) from None
        except (ccxt.RateLimitExceeded, ccxt.DDoSProtection):
            self.limited()
            raise self._not_now(what) from None
        except Exception as error:  # noqa: BLE001  # the library takes answers apart that are none
            raise self._unread(what, error) from None

    @contextmanager
    def reading(self, what: str) -> Iterator[None]:
        """Take an answer apart; what is missing or of another shape raises VenueError TW-V001."""
        try:
            yield
        except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            raise self._unread(what, error) from None

    def _unread(self, what: str, error: Exception) -> VenueError:
        # The library's own words can hold the signed request.
        return VenueError(
            f"{self.name} did not answer to {what} in a way that can be read: {type(error).__name__}.",
            code="TW-V001",
            hint="It is asked again; look at the connection and the venue's status page if it stays so.",
        )

    def _not_now(self, what: str) -> VenueError:
        return VenueError(
            f"{self.name} must not be asked for {what} now: too many requests.",
            code="TW-V003",
            hint="Nothing is sent until the time that it named has passed; stops rest meanwhile.",
            retry_after_ms=self.wait_ms(),
        )
