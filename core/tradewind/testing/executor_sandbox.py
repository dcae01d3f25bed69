"""The hand at a venue that speaks Binance's protocol: the control port of `tradewind sandbox`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import ROUND_UP, Decimal
from typing import Any, Final
from urllib.request import Request, urlopen

import attrs

from tradewind.testing.executor_venue import Trouble, Venue

_UNIT: Final = Decimal("1e-8")
_WORTH: Final = Decimal(20)
"""Quote units, twice what venues take at least."""
_MINUTE_MS: Final = 60_000
_LIMITED_MS: Final = 1_000
_CHANGES: Final = "[PD]* /api/v3/*"
"""POST, PUT and DELETE: what changes something."""
_FAULTS: Final[dict[Trouble, dict[str, Any]]] = {
    Trouble.REQUEST_LOST: {"kind": "lose-request"},
    Trouble.ANSWER_LOST: {"kind": "lose-response"},
    Trouble.FAILED: {"kind": "fail-before"},
    Trouble.FAILED_LATE: {"kind": "fail-after"},
    Trouble.PAGE: {"kind": "html", "status": 403},
    Trouble.CUT: {"kind": "truncated"},
    Trouble.EMPTY: {"kind": "empty"},
    Trouble.LIMITED: {"kind": "rate-limit", "retry": _LIMITED_MS},
}
# Faults that do nothing count what they strike.
_COUNT_CHANGES: Final = {"kind": "delay-request", "by": 0, "endpoint": _CHANGES}
_COUNT_ALL: Final = {"kind": "delay-response", "by": 0, "endpoint": "* /*"}


@attrs.define(kw_only=True, eq=False)
class SandboxHand:
    """
    What the contract does at a sandbox.

    Args:
        facts: What `tradewind sandbox --json` printed: addresses and the control port's token.
        symbol: The pair that is traded.
    """

    facts: Mapping[str, Any]
    symbol: str
    _ahead_ms: int = attrs.field(default=0, init=False)
    _distorted: bool = attrs.field(default=False, init=False)

    async def begin(self) -> float:
        """Let the market run by the wall clock and all go well; return how fast it ran before."""
        was = await self._ask("GET", "/_clock")
        await self._ask("POST", "/_clock", {"speed": 1})
        await self.mend()
        return float(was["speed"])

    async def end(self, speed: float) -> None:
        """Let the market run as fast as it did."""
        await self._ask("DELETE", "/_faults")
        await self._ask("POST", "/_clock", {"speed": speed})

    async def spoil(self, trouble: Trouble, *, every: bool = False) -> None:
        """Let the next request that changes something meet this trouble; every request, with `every`."""
        where = {"endpoint": "* /*"} if every else {"endpoint": _CHANGES, "times": 1}
        await self._add(_FAULTS[trouble] | where)

    async def cut(self) -> None:
        """End every connection and let none be of use until `mend`."""
        await self._add({"kind": "lose-request", "endpoint": "*"})
        await self._ask("POST", "/_shutdown", {"after_ms": 0})

    async def mend(self) -> None:
        """Let all go well from now on."""
        await self._ask("DELETE", "/_faults")
        await self._add(_COUNT_CHANGES, _COUNT_ALL)
        if self._ahead_ms:
            await self.jump_clock(-self._ahead_ms)
        if self._distorted:
            await self._go_on()
        self._distorted = False

    async def changes(self) -> int:
        """Return how many requests that change something have arrived."""
        return await self._count("delay-request")

    async def requests(self) -> int:
        """Return how many requests have arrived."""
        return await self._count("delay-response")

    async def price(self) -> Decimal:
        """Return the best ask: what a buyer pays."""
        return (await self._asks())[0][0]

    async def move(self, factor: Decimal) -> None:
        """Multiply the price."""
        await self._distort({"kind": "spike", "factor": str(factor)})

    async def thin(self) -> Decimal:
        """Make the market thin; return a quantity that takes more than one level of the book."""
        while True:
            (_, deep), (price, _), *_ = await self._asks()
            wanted = Decimal(40) / price
            if deep > wanted:
                await self._distort({"kind": "thin-book", "factor": str(wanted / deep)})
            # The book must not be another when the order comes.
            await self._add({"kind": "silence", "symbol": self.symbol})
            (_, first), (_, second), *_ = await self._asks()
            quantity = (first + second / 2).quantize(_UNIT, ROUND_UP)
            # It may have moved between the two looks: what is worth too little would be refused.
            if quantity * price > _WORTH:
                return quantity
            await self.mend()

    async def jump_clock(self, milliseconds: int) -> None:
        """Put the venue's clock so far ahead."""
        self._ahead_ms += milliseconds
        await self._add({"kind": "clock-jump", "by": milliseconds, "at": 0})

    async def balances(self) -> Mapping[str, Decimal]:
        """Return what the account holds by the sandbox's own books."""
        (held,) = (await self._ask("GET", "/_truth?since=999999999"))["balances"].values()
        return {name: (free + locked) * _UNIT for name, (free, locked) in held.items()}

    async def _count(self, kind: str) -> int:
        return int((await self._ask("GET", "/_faults"))["injected"].get(kind, 0))

    async def _asks(self) -> list[tuple[Decimal, Decimal]]:
        url = f"{self.facts['base_url']}/api/v3/depth?symbol={self.symbol}&limit=5"
        body = json.loads(await asyncio.to_thread(_fetched, Request(url)))  # noqa: S310  # a loopback address
        return [(Decimal(price), Decimal(quantity)) for price, quantity in body["asks"]]

    async def _add(self, *faults: Mapping[str, Any]) -> None:
        await self._ask("POST", "/_faults", {"fault": list(faults)})

    async def _distort(self, fault: Mapping[str, Any]) -> None:
        self._distorted = True
        await self._add({**fault, "symbol": self.symbol})
        await self._go_on()

    async def _go_on(self) -> None:
        """Let a minute of the market pass, so that prices and books are as they should be."""
        await self._ask("POST", "/_clock", {"advance_ms": _MINUTE_MS})

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = Request(  # noqa: S310  # a loopback address
            f"{self.facts['control_url']}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.facts['control_token']}", "Content-Type": "application/json"},
        )
        return json.loads(await asyncio.to_thread(_fetched, request))


def _fetched(request: Request) -> bytes:
    with urlopen(request, timeout=10) as answer:  # noqa: S310  # a loopback address
        found: bytes = answer.read()
    return found


@asynccontextmanager
async def sandbox_venue(
    facts: Mapping[str, Any], *, config: Mapping[str, Any], secrets: Mapping[str, str], symbol: str = ""
) -> AsyncIterator[Venue]:
    """
    Return the venue that a running `tradewind sandbox` is; it runs by the wall clock meanwhile.

    Args:
        facts: What `tradewind sandbox --json` printed.
        config: Settings that point the executor at it.
        secrets: The key's parts by the names of the record's `secrets`.
        symbol: The pair that is traded; empty for the sandbox's first.
    """
    chosen = symbol or str(facts["symbols"][0])
    hand = SandboxHand(facts=facts, symbol=chosen)
    speed = await hand.begin()
    try:
        yield Venue(config=config, secrets=secrets, symbol=chosen, address=str(facts["base_url"]), hand=hand)
    finally:
        await hand.end(speed)
