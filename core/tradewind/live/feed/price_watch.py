"""Prices between two bars, from a stream to the account: one at a time, the newest of each symbol."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

_LOG: Final = logging.getLogger(__name__)

See = Callable[[str, Decimal], Awaitable[None]]

JUMP: Final = Decimal("0.2")
"""A price that is farther from the one before than this share of it waits to be confirmed."""
CONFIRMED_BY: Final = 3
"""How many prices in a row, each within that share of the first of them, make a jump believed."""


class PriceWatch:
    """
    Hands prices on; while one is being looked at, the newer ones of its symbol take each other's place.

    Args:
        source: The source of bars; one without `watch_prices` tells none between two bars.
        see: Looks at one.
        last: What is known of each symbol's price before the first one comes.
    """

    def __init__(self, source: Any, see: See, last: Mapping[str, Decimal] = MappingProxyType({})) -> None:
        self._see = see
        self._newest: dict[str, Decimal] = {}
        self._told = asyncio.Event()
        self._believed = dict(last)
        self._doubted: dict[str, list[Decimal]] = {}
        watch = getattr(source, "watch_prices", None)
        if watch is not None:
            watch(self.hear)

    def hear(self, symbol: str, price: Decimal) -> None:
        """Take a price in; one that is none, or a jump that no other price confirms, is left out."""
        if self._is_believed(symbol, price):
            self._believed[symbol] = self._newest[symbol] = price
            self._told.set()

    def _is_believed(self, symbol: str, price: Decimal) -> bool:
        """Tell whether a price counts: a digit that is off must neither sell a position nor make it dust."""
        if not price.is_finite() or price <= 0:
            self._doubted.pop(symbol, None)
            return False
        before = self._believed.get(symbol)
        if before is None or _is_near(price, before):
            self._doubted.pop(symbol, None)
            return True
        doubted = self._doubted.setdefault(symbol, [])
        if doubted and not _is_near(price, doubted[0]):
            doubted.clear()
        doubted.append(price)
        if len(doubted) < CONFIRMED_BY:
            return False
        del self._doubted[symbol]
        return True

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


def _is_near(price: Decimal, other: Decimal) -> bool:
    return abs(price - other) <= JUMP * other
