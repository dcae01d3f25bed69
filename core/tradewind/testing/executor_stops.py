"""The promises of an executor about protection: the stop rests at the venue, and is changed without a gap."""

from __future__ import annotations

from decimal import Decimal

from tradewind.model.orders import OrderKind, OrderRequest, OrderStatus, ReplyKind, Side, Verb
from tradewind.model.venue import Conditional
from tradewind.testing.contract import promise
from tradewind.testing.executor_orders import ExecutorOrderPromises
from tradewind.testing.executor_stage import Stage, stepped, told
from tradewind.testing.executor_subject import OPEN, no_venue
from tradewind.testing.failures import require

_LEVELS = "CBA"


class ExecutorStopPromises(ExecutorOrderPromises):
    """What an executor promises about protective stops and what it claims to do with them."""

    @promise(after=OPEN, unless=no_venue)
    def test_claims_no_more_than_it_does(self) -> None:
        """
        No symbol has a higher guarantee than the record states; what is not claimed is refused, and
        nothing is sent for it.

        The engine takes the strongest way it is told of. A request that the venue does not know
        leaves a position bare at the moment of its entry.

        To mend: fill `capabilities` from the venue's own table of symbols, claim nothing for a symbol that
        is not in it, state the most in the record, and refuse other verbs before sending.
        """

        async def case(stage: Stage) -> None:
            caps, record = stage.caps, self.record
            order = _LEVELS.index
            fits = order(caps.guarantee) <= order(record.guarantee)
            require(fits, f"{stage.symbol} has guarantee {caps.guarantee}, the record promises {record.guarantee}.")
            wanted = {"market", "limit"} | (
                {"stop" if caps.stop_market else "stop_limit"} if caps.stop_orders else set()
            )
            missing = sorted(wanted - set(record.order_types))
            require(not missing, f"the record's order_types lack {', '.join(missing)}.")
            stranger = stage.executor.capabilities("NOSUCHPAIR")
            claims = stranger.guarantee != "C" or stranger.stop_orders
            require(not claims, f"for a symbol that is not traded it claims {stranger}.")
            unclaimed: list[OrderRequest] = []
            if caps.conditional_entry is Conditional.NONE:
                unclaimed.append(await self._entry(stage))
            if not caps.swap_token:
                fields = {"consumes": "no-such-order", "quantity": await stage.size()}
                unclaimed.append(await stage.request(Verb.SWAP, **fields))
            for request in unclaimed:
                before = await stage.hand.changes()
                reply = await stage.send(request)
                sent = await stage.hand.changes() - before
                good = reply.kind is ReplyKind.REFUSED and not sent
                words = f"{request.verb} is not claimed; it was answered with {told(reply)} after {sent} requests"
                require(good, f"{words}, expected refused and none.")

        self.at_venue(case)

    @promise(after=("market_fills", "claims_no_more_than_it_does"), unless=no_venue)
    def test_protective_stop_is_on_venue(self) -> None:
        """
        A stop rests at the venue, of what the entry brought and no more, and sells when the price falls
        while nobody is connected.

        A stop in this process ends with this process; that is the night on which it was needed.

        To mend: send stops as the venue's own stop orders. Where `conditional_entry` is claimed, one
        request brings both;
        `sized` means that the venue sells what was received.
        """

        async def case(stage: Stage) -> None:
            caps = stage.caps
            if not caps.stop_orders:
                return
            stop_id, got, bought = await (
                self._bare(stage) if caps.conditional_entry is Conditional.NONE else self._both(stage)
            )
            stop = await stage.look(stop_id)
            require(stop.status is OrderStatus.ACCEPTED, f"the stop is {stop.status}, expected accepted: it rests.")
            require(stop.side is Side.SELL, "the stop buys.")
            require(stop_id in await stage.open_ids(), "the stop is not among the open orders.")
            least = got * Decimal("0.98") if caps.conditional_entry is Conditional.FIXED else got
            fits = least <= stop.quantity <= bought
            require(fits, f"{bought} were bought, {got} after commission; the stop sells {stop.quantity}.")
            await stage.executor.close()
            await stage.hand.move(Decimal("0.79"))
            later = await stage.another()
            sold = await stage.look(stop_id, later)
            words = f"after the price fell through it the stop is {sold.status} with {sold.executed} sold"
            require((sold.status, sold.executed) == (OrderStatus.FILLED, stop.quantity), f"{words}, expected all.")
            stage.executor = later

        self.at_venue(case)

    @promise(after=("protective_stop_is_on_venue",), unless=no_venue)
    def test_swap_is_one_or_the_other(self) -> None:
        """
        Where it is claimed, a swap leaves one order in the place of the other; of one that is gone
        already it makes nothing new.

        Every exit and every tighter stop is a swap, and is repeated when its answer was lost: if
        the second one sold again, the account would be short of what others own.

        To mend: use the venue's own cancel-and-replace with the mode that stops when the cancel fails, and
        answer `gone` then. Without such a request, do not claim `swap_token`.
        """

        async def case(stage: Stage) -> None:
            if not (stage.caps.swap_token and stage.caps.stop_orders):
                return
            _, got, _ = await self._bare(stage)
            (first,) = await stage.open_ids()
            second = await stage.stop(got, "0.82", Verb.SWAP, consumes=first)
            open_ids = await stage.open_ids()
            require(open_ids == [second], f"after a swap there rests {open_ids}, expected [{second!r}].")
            fields = {"kind": OrderKind.MARKET, "side": Side.SELL, "quantity": got}
            late = await stage.request(Verb.SWAP, consumes=first, **fields)
            reply = await stage.send(late)
            require(reply.kind is ReplyKind.GONE, f"a swap of what is gone was answered with {told(reply)}.")
            made = await stage.executor.order(stage.symbol, client_id=late.client_id)
            require(made is None, f"a swap of what is gone made an order all the same: {made and made.status}.")
            require(await stage.open_ids() == [second], "a swap of what is gone took another order away.")
            leave = await stage.request(Verb.SWAP, consumes=second, **fields)
            await stage.done(leave, "a swap of the stop for a market order")
            require(not await stage.open_ids(), "after a swap for a market order something still rests.")
            sold = await stage.look(leave.client_id)
            require(sold.executed == got, f"the market order of a swap sold {sold.executed}, expected {got}.")

        self.at_venue(case)

    async def _bare(self, stage: Stage) -> tuple[str, Decimal, Decimal]:
        """Buy, then place the stop; return its id, what was received and what was bought."""
        request, _ = await stage.bought()
        order = await stage.look(request.client_id)
        got = stage.received(await stage.fills_of(order.order_id))
        return await stage.stop(got), got, order.executed

    async def _both(self, stage: Stage) -> tuple[str, Decimal, Decimal]:
        """Enter with a stop in one request; return its id, what was received and what was bought."""
        request = await self._entry(stage)
        reply = await stage.done(request, "an entry with its stop")
        bought = await stage.look(request.client_id)
        require(bought.status is OrderStatus.FILLED, f"the entry is {bought.status}, expected filled.")
        fills = await stage.fills_of(bought.order_id)
        shown = {one.client_id for one in reply.orders}
        require(request.client_id in shown, f"the reply shows the orders {sorted(shown)}, not {request.client_id!r}.")
        return request.stop_id, stage.received(fills), bought.executed

    async def _entry(self, stage: Stage) -> OrderRequest:
        caps, size, trigger = stage.caps, await stage.size(), await stage.at("0.8")
        fixed = stepped(size * Decimal("0.99"), stage.instrument.lot_step)
        return await stage.request(
            Verb.ENTER,
            side=Side.BUY,
            kind=OrderKind.LIMIT,
            time_in_force="FOK",
            quantity=size,
            price=await stage.at("1.02"),
            stop_price=trigger,
            stop_limit=None if caps.stop_market else stage.limit_of(trigger),
            stop_quantity=fixed if caps.conditional_entry is Conditional.FIXED else Decimal(0),
            list_id=stage.next_id(),
            stop_id=stage.next_id(),
        )
