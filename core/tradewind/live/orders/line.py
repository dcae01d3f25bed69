"""
The line to the venue: one gate for every request, and an end to waiting.

When the venue asks for fewer requests, nothing at all is sent until the time it named has passed;
positions rest on their stops meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import attrs

from tradewind.config.redaction import redact, words_of
from tradewind.errors import VenueError
from tradewind.live.breakers import Breakers
from tradewind.live.clock import Clock
from tradewind.model.orders import OrderRequest, Reply, ReplyKind
from tradewind.plugins.protocols import Executor

_PAUSE_MS: Final = 1_000
"""How long to send nothing when the venue does not say how long."""
_TRIES: Final = 5
_BETWEEN_S: Final = 0.5
_GATE_MARGIN_MS: Final = 250
"""Our clock may run faster than the venue's."""
VENUE_PAUSE_MS: Final = 15_000
"""How long a venue that does not trade is left alone with entries."""


class Line:
    """
    The way to the venue.

    Args:
        executor: What carries requests.
        clock: Time.
        answer_s: How long an answer is waited for, seconds.
        breakers: RATE_LIMIT, VENUE_DOWN and AUTH are raised and cleared here.
        trip: Raises a breaker.
    """

    def __init__(
        self,
        executor: Executor,
        clock: Clock,
        *,
        answer_s: float,
        breakers: Breakers,
        trip: Callable[[str, str], None],
    ) -> None:
        self.executor = executor
        self._clock = clock
        self._answer_s = answer_s
        self._breakers = breakers
        self._trip = trip
        self._closed_until_ms = 0
        self._down_until_ms = 0

    def is_open(self) -> bool:
        """Tell whether anything may be sent now."""
        return self._now() >= self._closed_until_ms

    def _now(self) -> int:
        return self._clock.monotonic_ns() // 1_000_000

    async def gate(self) -> None:
        """Return when something may be sent."""
        while (wait := self._closed_until_ms - self._now()) > 0:
            await self._clock.sleep(wait / 1_000)
        self._breakers.clear("RATE_LIMIT", by="engine")

    def _close(self, retry_after_ms: int) -> None:
        wait_ms = max(retry_after_ms, _PAUSE_MS) + _GATE_MARGIN_MS
        self._closed_until_ms = max(self._closed_until_ms, self._now() + wait_ms)
        self._trip("RATE_LIMIT", f"the venue asked to wait {retry_after_ms} ms")

    def refresh(self) -> None:
        """Clear the breakers whose cause has passed."""
        if self.is_open():
            self._breakers.clear("RATE_LIMIT", by="engine")
        if self._now() >= self._down_until_ms:
            self._breakers.clear("VENUE_DOWN", by="engine")

    async def submit(self, request: OrderRequest, *, within_s: float | None = None) -> Reply:
        """Send a request that was written down; no answer in time (`within_s` or the rule) is an unknown outcome."""
        try:
            async with self._clock.timeout(within_s or self._answer_s):
                reply = await self.executor.submit(request)
        except Exception as error:  # noqa: BLE001 - whatever failed on the way, the request may have arrived
            reply = Reply(kind=ReplyKind.UNKNOWN, message=words_of(error))
        if reply.message:
            reply = attrs.evolve(reply, message=redact(reply.message))
        match reply.kind:
            case ReplyKind.LIMITED:
                self._close(reply.retry_after_ms)
            case ReplyKind.VENUE_DOWN:
                self._down_until_ms = self._now() + VENUE_PAUSE_MS
                self._trip("VENUE_DOWN", reply.message)
            case ReplyKind.UNAUTHORISED:
                self._trip("AUTH", reply.message)
            case ReplyKind.DONE:
                self._breakers.clear("VENUE_DOWN", by="engine")
        return reply

    async def ask_until_told[T](self, question: Callable[[Executor], Awaitable[T]]) -> T:
        """Ask like `ask`, again while the venue does not answer, for a start: raises what the last one did."""
        for _ in range(_TRIES - 1):
            try:
                return await self.ask(question)
            except VenueError as error:
                if error.code not in {"TW-V001", "TW-V003"}:
                    raise
            await self._clock.sleep(_BETWEEN_S)
        return await self.ask(question)

    async def ask[T](self, question: Callable[[Executor], Awaitable[T]], *, within_s: float | None = None) -> T:
        """
        Ask the venue something that changes nothing, and wait `within_s` or as long as the rule says.

        Raises:
            VenueError: It did not answer; TW-V003 when it must not be asked: the gate is closed then.
        """
        await self.gate()
        patience_s = within_s or self._answer_s
        try:
            async with self._clock.timeout(patience_s):
                return await question(self.executor)
        except VenueError as error:
            if error.code == "TW-V003":
                self._close(int(error.data.get("retry_after_ms", _PAUSE_MS)))
            raise
        except TimeoutError:
            raise VenueError(f"the venue did not answer within {patience_s:g} s.", code="TW-V001") from None
