"""Asking the venue: reads that may be repeated, and one request that may not."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, Final

import aiohttp
import attrs

from tradewind.api import VenueError
from tradewind_binance.answers import LARGEST, Answer, fault_of, parsed, reading, unreadable
from tradewind_binance.clients import SigningClient
from tradewind_binance.clock import wall_seconds
from tradewind_binance.keys import Key
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.weight import Budget

TRIES: Final = 3
PAUSES: Final = (0.2, 1.0)
"""Seconds before the second and the third try of a read."""
TRANSPORT: Final = (aiohttp.ClientError, TimeoutError, OSError)
"""What the network does to a request."""
_NO_SUCH_ORDER: Final = -2013
_ARCHIVED: Final = -2026


@attrs.define(eq=False)
class Rest:
    """
    One account's REST connection.

    Times that are signed are the venue's: what it answered last, and what the machine's clock counted since.

    Args:
        config: The settings.
        key: What signs; None asks only what needs no key.
        clock: The machine's clock, seconds.
    """

    config: BinanceConfig
    key: Key | None = None
    clock: Callable[[], float] = wall_seconds
    _served_ms: float | None = attrs.field(default=None, init=False)
    _served_at: float = attrs.field(default=0.0, init=False)
    budget: Budget = attrs.field(init=False)
    _client: SigningClient | None = attrs.field(default=None, init=False)

    @budget.default
    def _fresh_budget(self) -> Budget:
        return Budget(limit=self.config.weight_per_minute)

    @property
    def client(self) -> SigningClient:
        """The library's client, made when it is first used: it belongs to the event loop; raises VenueError."""
        if self._client is None:
            arguments = {} if self.key is None else self.key.arguments
            try:
                self._client = SigningClient(self.config.addresses, self.config.timeout, **arguments)
            except (ValueError, TypeError, IndexError) as error:
                raise VenueError(
                    f"the private key of the executor binance cannot be read: {type(error).__name__}.",
                    code="TW-V002",
                    hint="It is PEM text with its BEGIN and END lines; state private_key_pass if it has one.",
                ) from None
        return self._client

    async def close(self) -> None:
        """Close the connection."""
        if self._client is not None:
            await self._client.close_connection()
            self._client = None

    def now_ms(self) -> int:
        """Return the venue's time, UTC milliseconds; the machine's before `server_time` was asked."""
        now = self.clock()
        if self._served_ms is None:
            return int(now * 1000)
        return int(self._served_ms + (now - self._served_at) * 1000 * self.config.speed)

    @property
    def offset_ms(self) -> float:
        """How far the venue's clock is ahead of the machine's, milliseconds."""
        return self.now_ms() - self.clock() * 1000

    async def server_time(self) -> int:
        """Ask the venue's time and go by it from now on; it was read half the way there and back ago."""
        before = self.clock()
        body = await self.read("time", "time", {}, weight=1)
        with reading("time"):
            served = int(body["serverTime"])
        self._served_ms, self._served_at = served, (before + self.clock()) / 2
        return served

    async def read(
        self,
        what: str,
        path: str,
        parameters: dict[str, Any],
        *,
        weight: int,
        signed: bool = False,
        wallet: bool = False,
        largest: int = LARGEST,
    ) -> Any:
        """
        Return the answer to a GET as plain data; None for an order that is not found.

        A read changes nothing, so it is repeated when the network or the venue fails.

        Raises:
            VenueError: TW-V001 without a usable answer, TW-V002 for a refused key, TW-V003 while nothing may be
                asked, TW-V004 for another refusal.
        """
        for attempt in range(TRIES):
            await self.admit(weight, what)
            try:
                answer = await self._get(path, parameters, signed=signed, wallet=wallet)
            except TRANSPORT as error:
                failure = VenueError(
                    f"Binance did not answer to {what}: {type(error).__name__}.",
                    code="TW-V001",
                    hint="It is asked again; look at the connection if it stays so.",
                )
                if attempt == TRIES - 1:
                    raise failure from None
                await asyncio.sleep(PAUSES[attempt])
                continue
            self.note(answer)
            if answer.status < 300:
                try:
                    return parsed(answer.text, largest=largest)
                except ValueError as error:
                    if attempt == TRIES - 1:
                        raise unreadable(what, error) from error
                    continue
            code, words = fault_of(answer)
            if code in (_NO_SUCH_ORDER, _ARCHIVED):
                return None
            if code == -1021 and attempt < TRIES - 1:
                await self.server_time()
                continue
            if answer.status < 500 or attempt == TRIES - 1:
                raise self._refusal(what, answer, code, words)
            await asyncio.sleep(PAUSES[attempt])
        raise AssertionError("unreachable")  # the last try returns or raises

    async def send(
        self, method: str, path: str, parameters: dict[str, Any], timestamp_ms: int, window_ms: int
    ) -> Answer:
        """
        Send one mutating request, once, and return what came back.

        Raises:
            Exception: One of `TRANSPORT`: whether it arrived is unknown.
        """
        answer = await self.client.ask_signed(method, path, parameters, timestamp_ms, window_ms, wallet=False)
        self.note(answer)
        return answer

    def note(self, answer: Answer) -> None:
        """Take over what an answer says of limits, and close the gate on 429 and 418."""
        now = self.now_ms() / 1000
        self.budget.note(answer.number("x-mbx-used-weight-1m"), now)
        if answer.status in (418, 429):
            self.budget.close(float(answer.number("retry-after") or 60), now)

    def _refusal(self, what: str, answer: Answer, code: int, words: str) -> VenueError:
        if answer.status in (418, 429):
            return _limited(what, self.budget.closed(self.now_ms() / 1000))
        return refusal(what, answer.status, code, words)

    async def _get(self, path: str, parameters: dict[str, Any], *, signed: bool, wallet: bool) -> Answer:
        if not signed:
            return await self.client.ask("get", path, parameters, wallet=wallet)
        return await self.client.ask_signed(
            "get", path, parameters, self.now_ms(), self.config.recv_window_ms, wallet=wallet
        )

    async def admit(self, weight: int, what: str) -> None:
        """Wait until this much weight may be used; raises VenueError TW-V003 while the gate is closed."""
        while (seconds := self.budget.wait(weight, self.now_ms() / 1000)) > 0:
            if self.budget.closed(self.now_ms() / 1000):
                raise _limited(what, seconds)
            await asyncio.sleep(seconds / self.config.speed)


def _limited(what: str, seconds: float) -> VenueError:
    return VenueError(
        f"Binance must not be asked for {what} within the next {seconds:.0f} seconds: too many requests.",
        code="TW-V003",
        hint="Nothing is sent meanwhile; stops rest at the venue.",
        retry_after_ms=math.ceil(seconds * 1000),
    )


def refusal(what: str, status: int, code: int, words: str) -> VenueError:
    """Return the error for an answer that refuses."""
    if status in (418, 429):
        return VenueError(
            f"Binance refused {what}: too many requests ({status}).",
            code="TW-V003",
            hint="Nothing is sent until the time it named has passed.",
        )
    if status == 401 or code in (-2014, -2015, -1022):
        return VenueError(
            f"Binance refused {what}: {words} ({code}).",
            code="TW-V002",
            hint="Check key, secret and permissions; a private key belongs to the key id it was registered with.",
        )
    if status >= 500 or code == 0:
        return VenueError(
            f"Binance could not answer {what}: {words}.",
            code="TW-V001",
            hint="It is asked again; look at the venue's status page if it stays so.",
        )
    return VenueError(
        f"Binance refused {what}: {words} ({code}).",
        code="TW-V004",
        hint="The message names what it refuses.",
        venue_code=code,
    )
