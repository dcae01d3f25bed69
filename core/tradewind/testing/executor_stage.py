"""An executor at a venue, for the length of one check."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import Any, Final

import attrs

from tradewind.model.instrument import Instrument
from tradewind.model.orders import FillReport, OrderKind, OrderReport, OrderRequest, Reply, ReplyKind, Side, Verb
from tradewind.model.venue import Capabilities, VenueEvent
from tradewind.plugins.protocols import Executor
from tradewind.testing.executor_venue import Venue, VenueHand
from tradewind.testing.failures import ContractFailure, require

WINDOW_MS: Final = 5_000
"""How long after it was signed a request may act."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_GLANCE_S: Final = 0.01

Build = Callable[[Mapping[str, Any], Mapping[str, str]], Executor]
"""Builds the executor from settings and secrets."""


@attrs.define(kw_only=True, eq=False)
class Stage:
    """
    An open executor with what the checks ask of it.

    Args:
        venue: Where it is tried.
        build: Builds one more.
    """

    venue: Venue
    build: Build
    executor: Executor = attrs.field(init=False)
    instrument: Instrument = attrs.field(init=False)
    _opened: list[Executor] = attrs.field(factory=list, init=False)
    _ids: list[str] = attrs.field(factory=list, init=False)
    _tag: str = attrs.field(default="", init=False)

    @property
    def hand(self) -> VenueHand:
        """What lets things go wrong."""
        return self.venue.hand

    @property
    def symbol(self) -> str:
        """The pair that is traded."""
        return self.venue.symbol

    @property
    def caps(self) -> Capabilities:
        """What the executor says the venue can do."""
        return self.executor.capabilities(self.symbol)

    async def begin(self) -> None:
        """Open the first executor."""
        self.executor = await self.another()
        self._tag = _word(await self.executor.server_time())

    async def end(self) -> None:
        """Leave the venue as it was found, as far as that can be done."""
        await self.hand.mend()
        with suppress(Exception):
            for order in await self.resting():
                await self.executor.submit(await self.request(Verb.CANCEL, consumes=order.client_id))
        for executor in self._opened:
            await executor.close()

    async def another(self) -> Executor:
        """Open one more executor, which knows nothing of the others; it is closed at the end."""
        made = self.build(self.venue.config, self.venue.secrets)
        self._opened.append(made)
        await made.open()
        found = await made.instruments([self.symbol])
        require(self.symbol in found, f"instruments() does not have {self.symbol!r}, which the venue trades.")
        self.instrument = found[self.symbol]
        return made

    def next_id(self) -> str:
        """Return an id that no order has."""
        self._ids.append(f"check-{self._tag}-{len(self._ids)}")
        return self._ids[-1]

    async def request(self, verb: Verb, **fields: Any) -> OrderRequest:
        """Return a request that is signed with the venue's time of now."""
        plain: dict[str, Any] = {"client_id": fields.pop("client_id", "") or self.next_id(), "symbol": self.symbol}
        times = {"timestamp_ms": await self.executor.server_time(), "recv_window_ms": WINDOW_MS}
        return OrderRequest(verb=verb, **(plain | times | fields))

    async def send(self, request: OrderRequest, executor: Executor | None = None) -> Reply:
        """Submit; raising is a failure of the check."""
        try:
            reply = await (executor or self.executor).submit(request)
        except Exception as error:
            words = f"submit raised {type(error).__name__}: {error}; it answers with a Reply, whatever happens."
            raise ContractFailure(words) from error
        require(isinstance(reply, Reply), f"submit answered with {type(reply).__name__}, expected a Reply.")
        return reply

    async def size(self) -> Decimal:
        """Return a small quantity that the rules allow, and that half of and a few percent less are allowed too."""
        rules, price = self.instrument, await self.hand.price()
        value = max(4 * rules.min_notional / price, 4 * rules.min_qty, 40 * rules.lot_step)
        return stepped(value, rules.lot_step, ROUND_UP)

    def least(self, price: Decimal) -> Decimal:
        """Return the smallest quantity that the rules allow at a price."""
        rules = self.instrument
        return stepped(max(rules.min_notional / price, rules.min_qty, rules.lot_step), rules.lot_step, ROUND_UP)

    async def at(self, factor: str) -> Decimal:
        """Return a price that is this multiple of the last one, on the tick."""
        return stepped(await self.hand.price() * Decimal(factor), self.instrument.tick_size)

    async def bought(self, quantity: Decimal | None = None) -> tuple[OrderRequest, Reply]:
        """Buy at the market, and be told that it was done."""
        request = await self.request(Verb.PLACE, side=Side.BUY, quantity=quantity or await self.size())
        return request, await self.done(request, "a market order")

    async def rested(self) -> OrderRequest:
        """Let a limit order rest a tenth below the price."""
        fields = {"side": Side.BUY, "kind": OrderKind.LIMIT, "time_in_force": "GTC", "price": await self.at("0.9")}
        request = await self.request(Verb.PLACE, quantity=await self.size(), **fields)
        await self.done(request, "a limit order below the market")
        return request

    async def stop(self, quantity: Decimal, factor: str = "0.8", verb: Verb = Verb.PLACE, **fields: Any) -> str:
        """Place a protective stop, or swap another order for one; return its id."""
        trigger = await self.at(factor)
        if self.caps.stop_market:
            fields |= {"kind": OrderKind.STOP}
        else:
            fields |= {"kind": OrderKind.STOP_LIMIT, "price": self.limit_of(trigger), "time_in_force": "GTC"}
        request = await self.request(verb, side=Side.SELL, quantity=quantity, stop_price=trigger, **fields)
        await self.done(request, "a protective stop")
        return request.client_id

    def limit_of(self, trigger: Decimal) -> Decimal:
        """Return the limit price of a stop, three percent below its trigger."""
        return stepped(trigger * Decimal("0.97"), self.instrument.tick_size)

    async def done(self, request: OrderRequest, what: str) -> Reply:
        """Submit, and be told that it was done."""
        reply = await self.send(request)
        require(reply.kind is ReplyKind.DONE, f"{what} was answered with {told(reply)}, expected done.")
        return reply

    async def look(self, client_id: str, executor: Executor | None = None) -> OrderReport:
        """Look an order up; one that is not found is a failure of the check."""
        found = await (executor or self.executor).order(self.symbol, client_id=client_id)
        if found is None:
            raise ContractFailure(f"order() does not find {client_id!r}, which the venue has.")
        require(found.client_id == client_id, f"order() answered {found.client_id!r} when asked for {client_id!r}.")
        return found

    async def resting(self) -> list[OrderReport]:
        """Return our own orders that rest; others that rest are left alone."""
        found = await self.executor.open_orders(self.symbol)
        return [one for one in found if one.client_id in self._ids]

    async def open_ids(self) -> list[str]:
        """Return the ids of our own orders that rest."""
        return sorted(one.client_id for one in await self.resting())

    async def fills_of(self, order_id: int, executor: Executor | None = None) -> list[FillReport]:
        """Return the executions of an order."""
        return [one for one in await self.all_fills(executor) if one.order_id == order_id]

    async def all_fills(self, executor: Executor | None = None, from_id: int = 0) -> list[FillReport]:
        """Return the executions from a trade id on, page by page."""
        found: list[FillReport] = []
        while page := list(await (executor or self.executor).fills(self.symbol, from_id)):
            ids = [one.trade_id for one in page]
            require(ids == sorted(set(ids)), f"fills() is not in ascending order of trade ids: {ids}.")
            require(ids[0] >= from_id, f"fills() from {from_id} on began with {ids[0]}.")
            found += page
            from_id = ids[-1] + 1
        return found

    def received(self, fills: list[FillReport]) -> Decimal:
        """Return what purchases brought, base units: commission taken in them is gone; whole lots."""
        got = sum((one.quantity for one in fills), Decimal(0))
        base = self.instrument.base
        gone = sum((one.commission for one in fills if one.commission_asset == base), Decimal(0))
        return stepped(got - gone, self.instrument.lot_step)

    @asynccontextmanager
    async def heard(self) -> AsyncIterator[list[VenueEvent]]:
        """Listen to what the executor reports, into a list that grows."""
        events: list[VenueEvent] = []

        async def listen() -> None:
            async for event in self.executor.events():
                events.append(event)  # noqa: PERF401  # the list is looked at while it grows

        listening = asyncio.create_task(listen(), name="contract listener")
        try:
            yield events
        finally:
            ended = listening.done()
            listening.cancel()
            (outcome,) = await asyncio.gather(listening, return_exceptions=True)
            if ended:
                words = "they ended by themselves" if outcome is None else f"{type(outcome).__name__}: {outcome}"
                raise ContractFailure(f"events() does not go on: {words}.")


async def until(holds: Callable[[], bool], seconds: float, words: str) -> None:
    """Wait until something holds; a failure of the check when it does not in time."""
    try:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(_GLANCE_S)
    except TimeoutError:
        raise ContractFailure(f"{words} within {seconds:g} seconds.") from None


async def in_time[T](awaited: Awaitable[T], seconds: float) -> T:
    """Await; a failure of the check when it takes longer."""
    try:
        return await asyncio.wait_for(awaited, seconds)
    except TimeoutError:
        raise ContractFailure(f"it did not come to an end within {seconds:g} seconds.") from None


def stepped(value: Decimal, step: Decimal, rounding: str = ROUND_DOWN) -> Decimal:
    """Return a number as whole steps."""
    return (value / step).to_integral_value(rounding) * step if step else value


def told(reply: Reply) -> str:
    """Return a reply in words."""
    code = f" {reply.code}" if reply.code else ""
    return f"{reply.kind}{code} ({reply.message})" if reply.message else f"{reply.kind}{code}"


def _word(number: int) -> str:
    """Return a whole number in few letters."""
    letters = ""
    while number:
        number, digit = divmod(number, 36)
        letters = _DIGITS[digit] + letters
    return letters
