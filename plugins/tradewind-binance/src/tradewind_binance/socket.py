"""One WebSocket connection that is watched: silence, age and the venue's own farewell end it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tradewind_binance.answers import LARGEST, parsed

BROKEN: Final = (WebSocketException, OSError, TimeoutError, ValueError)
"""What ends a connection: the network, its protocol, a message that is none."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0


class StreamEndedError(ConnectionError):
    """The connection is at its end, for a reason in words."""


@attrs.define(eq=False)
class Socket:
    """
    An open connection.

    Args:
        connection: The library's.
        stall: Silence that ends it, seconds; 0 for never.
        ends_at: When it is old, seconds of the event loop's clock.
    """

    connection: ClientConnection
    stall: float
    ends_at: float

    async def send(self, message: str) -> None:
        """Send a text message."""
        await self.connection.send(message)

    async def messages(self) -> AsyncGenerator[Any]:
        """
        Yield messages as plain data.

        Raises:
            StreamEndedError: The connection is silent, old, or the venue is about to close it.
        """
        loop = asyncio.get_running_loop()
        while True:
            left = self.ends_at - loop.time()
            if left <= 0:
                raise StreamEndedError("it was open as long as a connection may be")
            patience = min(left, self.stall) if self.stall else left
            try:
                raw = await asyncio.wait_for(self.connection.recv(), patience)
            except TimeoutError:
                if patience < left:
                    raise StreamEndedError(f"nothing came for {self.stall:g} s") from None
                continue
            message = parsed(raw if isinstance(raw, str) else raw.decode())
            if _says_farewell(message):
                raise StreamEndedError("the venue is shutting the server down")
            yield message


def _says_farewell(message: Any) -> bool:
    if not isinstance(message, dict):
        return False
    event = message.get("event") or message.get("data") or message
    return isinstance(event, dict) and event.get("e") == "serverShutdown"


@asynccontextmanager
async def opened(url: str, *, stall: float, max_age: float, timeout: float) -> AsyncIterator[Socket]:
    """
    Open a connection.

    Args:
        url: Where.
        stall: Silence that ends it, seconds; 0 for never.
        max_age: Seconds after which it ends by itself.
        timeout: Longest wait for the opening, seconds.

    Raises:
        Exception: One of `BROKEN`.
    """
    # The venue pings every 20 s and the library answers; our own pings find a dead line that sends nothing.
    async with connect(url, max_size=LARGEST, open_timeout=timeout, ping_interval=20, ping_timeout=20) as connection:
        ends_at = asyncio.get_running_loop().time() + max_age
        yield Socket(connection=connection, stall=stall, ends_at=ends_at)


def own_share() -> float:
    """Return a number of [0, 1) that differs between processes, so that many do not come back at one moment."""
    return os.getpid() % 97 / 97


@attrs.define
class Pauses:
    """
    How long to wait before the next try: longer after every failure.

    Args:
        share: A number of [0, 1): the larger, the longer.
    """

    share: float = attrs.field(factory=own_share)
    _failures: int = attrs.field(default=0, init=False)

    def next(self) -> float:
        """Return seconds to wait after one more failure."""
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**self._failures)
        self._failures += 1
        return pause * (0.5 + 0.5 * self.share)

    def worked(self) -> None:
        """Begin anew after a success."""
        self._failures = 0
