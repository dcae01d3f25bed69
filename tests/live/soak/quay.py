"""A venue without a market: entries come to nothing at once, and it notes when each request reached it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderReport, OrderRequest, OrderStatus, Reply, ReplyKind
from tradewind.model.venue import (
    NO_PERMISSIONS,
    AccountSnapshot,
    Balance,
    Capabilities,
    Conditional,
    Permissions,
    Probe,
    StreamEvent,
    VenueEvent,
)

CAPABILITIES = Capabilities(
    conditional_entry=Conditional.SIZED, swap_token=True, request_fence=True, unique_open_ids=True, stop_market=True
)


class Quay:
    """
    The executor of that venue.

    Args:
        symbols: The pairs.
        balances: What the account holds, by asset.
    """

    def __init__(self, symbols: Sequence[str], balances: Mapping[str, Decimal]) -> None:
        self._instruments = {name: Instrument(symbol=name) for name in symbols}
        self.balances = dict(balances)
        self.arrived_ns: dict[str, tuple[int, int]] = {}
        """When each request came: wall and processor time, nanoseconds."""
        self._orders: dict[str, OrderReport] = {}

    async def open(self) -> None:
        """Do nothing: it is there."""

    async def close(self) -> None:
        """Do nothing: it stays."""

    async def server_time(self) -> int:
        """Return the machine's time."""
        return time.time_ns() // 1_000_000

    async def instruments(self, symbols: Sequence[str]) -> Mapping[str, Instrument]:
        return {name: self._instruments[name] for name in symbols}

    def capabilities(self, symbol: str) -> Capabilities:
        del symbol
        return CAPABILITIES

    async def permissions(self) -> Permissions:
        return NO_PERMISSIONS

    async def snapshot(self) -> AccountSnapshot:
        return AccountSnapshot(balances={name: Balance(free=one) for name, one in self.balances.items() if one})

    async def submit(self, request: OrderRequest) -> Reply:
        """Take note of when it came; the entry expires."""
        self.arrived_ns[request.client_id] = time.perf_counter_ns(), time.process_time_ns()
        report = OrderReport(
            symbol=request.symbol,
            order_id=len(self._orders) + 1_000_000,
            client_id=request.client_id,
            side=request.side,
            kind=request.kind,
            status=OrderStatus.EXPIRED,
            quantity=request.quantity,
        )
        self._orders[request.client_id] = report
        return Reply(kind=ReplyKind.DONE, orders=(report,), http=200)

    async def order(self, symbol: str, *, client_id: str = "", order_id: int = 0) -> OrderReport | None:
        del symbol, order_id
        return self._orders.get(client_id)

    async def open_orders(self, symbol: str = "") -> Sequence[OrderReport]:
        del symbol
        return []

    async def fills(self, symbol: str, from_id: int) -> Sequence[Any]:
        del symbol, from_id
        return []

    async def probe(self, symbol: str, client_id: str, quantity: Decimal) -> Probe:
        del symbol, client_id, quantity
        return Probe.ABSENT

    async def events(self) -> AsyncIterator[VenueEvent]:
        yield StreamEvent(live=True)
        await asyncio.Event().wait()
