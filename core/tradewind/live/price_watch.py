"""Prices between two bars, from a stream to the account: one at a time, the newest of each symbol."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)

See = Callable[[str, Decimal], Awaitable[None]]


class PriceWatch:
    """
    Hands prices on; while one is being looked at, the newer ones of its symbol take each other's place.

    Args:
        source: The source of bars; one without `watch_prices` tells none between two bars.
        see: Looks at one.
    """

    def __init__(self, source: Any, see: See) -> None:
        self._see = see
        self._newest: dict[str, Decimal] = {}
        self._told = asyncio.Event()
        watch = getattr(source, "watch_prices", None)
        if watch is not None:
            watch(self.hear)

    def hear(self, symbol: str, price: Decimal) -> None:
        """Take a price in; one that is none is left out."""
        if price.is_finite() and price > 0:
            self._newest[symbol] = price
            self._told.set()

    async def run(self) -> None:
        """Hand prices on for ever."""
        while True:
            await self._told.wait()
            self._told.clear()
            while self._newest:
                symbol, price = next(iter(self._newest.items()))
                del self._newest[symbol]
                try:
                    await self._see(symbol, price)
                except Exception:  # noqa: BLE001  # the next price is looked at whatever this one did
                    _LOG.exception("the price of %s could not be looked at", symbol)

    async def stop(self, task: asyncio.Task[None]) -> None:
        """End the task that runs it."""
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
