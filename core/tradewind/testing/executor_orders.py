"""The promises of an executor about single orders: what is asked is what is done, and what is told is what was done."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from tradewind.errors import VenueError
from tradewind.model.orders import OrderKind, OrderStatus, ReplyKind, Side, Verb
from tradewind.model.venue import Probe
from tradewind.testing.contract import promise
from tradewind.testing.executor_stage import Stage, stepped, told
from tradewind.testing.executor_subject import OPEN, ExecutorSubject, no_venue
from tradewind.testing.executor_venue import Trouble
from tradewind.testing.failures import require


class ExecutorOrderPromises(ExecutorSubject):
    """What an executor promises about single orders."""

    @promise(after=OPEN, unless=no_venue)
    def test_market_fills(self) -> None:
        """
        A market order is found as filled under the id it was given, with executions that sum to its quantity.

        The ledger is made of executions: one that is not found again is money that nobody accounts for.

        To mend: send `client_id` as the venue's client order id, quantities as exact text, and read numbers
        as `Decimal`, never through a float.
        """

        async def case(stage: Stage) -> None:
            request, reply = await stage.bought()
            order = await stage.look(request.client_id)
            require(order.status is OrderStatus.FILLED, f"the order is {order.status}, expected filled.")
            require(
                (order.side, order.kind, order.quantity, order.executed)
                == (Side.BUY, OrderKind.MARKET, request.quantity, request.quantity),
                f"asked to buy {request.quantity} at the market, order() tells {order.kind} {order.side} of "
                f"{order.quantity}, {order.executed} of it done.",
            )
            fills = await stage.fills_of(order.order_id)
            bought = sum((one.quantity for one in fills), Decimal(0))
            require(bought == order.executed, f"the executions sum to {bought}, the order to {order.executed}.")
            again = [one for one in await stage.all_fills(from_id=fills[-1].trade_id) if one.order_id == order.order_id]
            require(again == fills[-1:], f"from the last trade id on there are {len(again)} executions, expected it.")
            shown = {one.trade_id: (one.price, one.quantity) for one in reply.fills}
            known = {one.trade_id: (one.price, one.quantity) for one in fills}
            require(shown.items() <= known.items(), f"the reply shows {shown}, fills() tells {known}.")

        self.at_venue(case)

    @promise(after=OPEN, unless=no_venue)
    def test_limit_rests_and_cancels(self) -> None:
        """
        A limit order below the market rests at its price, is taken away by its id, and is told as cancelled.

        An order that the engine believes to be gone and that rests can still trade, and nobody
        waits for what it buys.

        To mend: cancel by the id in `consumes`, not by the cancel's own, and answer `done` only
        when the venue said so.
        """

        async def case(stage: Stage) -> None:
            request = await stage.rested()
            resting = await stage.resting()
            require(
                [(one.client_id, one.price, one.quantity) for one in resting]
                == [(request.client_id, request.price, request.quantity)],
                f"of ours there rests {[one.client_id for one in resting]}, expected {request.client_id} at "
                f"{request.price} of {request.quantity}.",
            )
            require(resting[0].status is OrderStatus.ACCEPTED, f"it is {resting[0].status}, expected accepted.")
            cancel = await stage.request(Verb.CANCEL, consumes=request.client_id)
            await stage.done(cancel, "the cancel of a resting order")
            require(not await stage.open_ids(), "after its cancel the order is still among the open ones.")
            order = await stage.look(request.client_id)
            require(order.status is OrderStatus.CANCELED, f"after its cancel it is {order.status}.")

        self.at_venue(case)

    @promise(after=("limit_rests_and_cancels",), unless=no_venue)
    def test_resubmit_same_id_is_one_order(self) -> None:
        """
        The same request sent twice is one order, where open ids are said to be unique; otherwise as many as were told.

        The engine repeats a request after a crash. Where an id protects against a second order it
        relies on that, and where none does it must not be told of protection.

        To mend: send `client_id` as it is, never one made up; set `unique_open_ids` only when the
        venue refuses the second one, and answer that with `duplicate`.
        """

        async def case(stage: Stage) -> None:
            request = await stage.rested()
            again = await stage.send(request)
            count = (await stage.open_ids()).count(request.client_id)
            if not stage.caps.unique_open_ids:
                expected = 2 if again.kind is ReplyKind.DONE else 1
                require(count == expected, f"{expected} orders were told, {count} rest.")
                return
            require(count == 1, f"{count} orders of one id rest, though capabilities() tells unique_open_ids.")
            good = again.kind in (ReplyKind.DUPLICATE, ReplyKind.REFUSED)
            require(good, f"the second of one id was answered with {told(again)}, expected duplicate.")

        self.at_venue(case)

    @promise(after=("market_fills",), unless=no_venue)
    def test_partial_fills_sum(self) -> None:
        """
        An order that trades in parts has one execution for each; quantities and values sum to the
        order's to the last digit.

        A part that is counted twice or not at all makes the stop larger or smaller than the position.

        To mend: hand on every execution with the venue's own trade id, and page through them by it.
        """

        async def case(stage: Stage) -> None:
            quantity = stepped(await stage.hand.thin(), stage.instrument.lot_step)
            request, reply = await stage.bought(quantity)
            order = await stage.look(request.client_id)
            fills = await stage.fills_of(order.order_id)
            require(len(fills) > 1, f"the venue traded {quantity} in parts, fills() shows {len(fills)}.")
            traded = sum((one.quantity for one in fills), Decimal(0))
            require(traded == order.executed, f"the executions sum to {traded}, the order to {order.executed}.")
            paid = sum((one.quote for one in fills), Decimal(0))
            require(paid == order.quote, f"the executions are worth {paid}, the order {order.quote}.")
            if reply.fills:
                ids = ([one.trade_id for one in reply.fills], [one.trade_id for one in fills])
                require(ids[0] == ids[1], f"the reply shows the trades {ids[0]}, fills() {ids[1]}.")

        self.at_venue(case)

    @promise(after=("market_fills",), unless=no_venue)
    def test_cancel_of_filled(self) -> None:
        """
        The cancel of an order that has filled is answered with `gone`, and the order stays filled.

        A stop that has just traded is cancelled in vain: whoever takes that for done
        sells what is sold already.

        To mend: translate the venue's word for an unknown or finished order into `gone`, not into `done` or `refused`.
        """

        async def case(stage: Stage) -> None:
            request, _ = await stage.bought()
            reply = await stage.send(await stage.request(Verb.CANCEL, consumes=request.client_id))
            require(reply.kind is ReplyKind.GONE, f"it was answered with {told(reply)}, expected gone.")
            order = await stage.look(request.client_id)
            require(order.status is OrderStatus.FILLED, f"after a cancel in vain the order is {order.status}.")

        self.at_venue(case)

    @promise(after=("limit_rests_and_cancels",), unless=no_venue)
    def test_rules_are_the_venues(self) -> None:
        """
        What `instruments` tells is what the venue holds orders to: the least that it allows is taken, a
        step beside is refused.

        The engine rounds to these rules. A step that is too fine is a stop that is refused; an order
        that is rounded on its way is not the one that was written down.

        To mend: read steps and least amounts from the venue as text, and neither round nor mend a
        request: one that breaks the rules is refused, by you or by the venue.
        """

        async def case(stage: Stage) -> None:
            rules = stage.instrument
            require(rules.tick_size > 0 and rules.lot_step > 0, f"the steps are {rules.tick_size}, {rules.lot_step}.")
            price, size = await stage.at("0.9"), await stage.size()
            rest = {"side": Side.BUY, "kind": OrderKind.LIMIT, "time_in_force": "GTC"}
            least = stage.least(price)
            finest = await stage.request(Verb.PLACE, quantity=least, price=price + rules.tick_size, **rest)
            await stage.done(finest, f"the least order that the rules allow, {least} at {finest.price},")
            await stage.done(await stage.request(Verb.CANCEL, consumes=finest.client_id), "its cancel")
            wrong: dict[str, dict[str, Any]] = {
                "half a step of quantity too much": {"quantity": size + rules.lot_step / 2, "price": price},
                "half a tick of price too much": {"quantity": size, "price": price + rules.tick_size / 2},
            }
            if rules.min_notional > 0:
                poor = stepped(rules.min_notional / price / 2, rules.lot_step)
                wrong["half the least value"] = {"quantity": max(poor, rules.lot_step), "price": price}
            for words, fields in wrong.items():
                reply = await stage.send(attrs.evolve(await stage.request(Verb.PLACE, **rest), **fields))
                require(reply.kind is ReplyKind.REFUSED, f"an order with {words} was answered with {told(reply)}.")
            require(not await stage.open_ids(), "an order that breaks the rules rests.")

        self.at_venue(case)

    @promise(after=("limit_rests_and_cancels",), unless=no_venue)
    def test_probe_only_looks(self) -> None:
        """
        `probe` never calls absent what rests, nor resting what is gone; without an answer it says
        neither, and the order stays as it was.

        An order that is believed to be gone is replaced: then two rest, and sell twice what is there.

        To mend: ask the matching engine, or answer `unknown` where only a copy of its books can be asked and
        nothing was found; raise VenueError or answer `unknown` when no answer came.
        """

        async def case(stage: Stage) -> None:
            request = await stage.rested()
            look = partial(stage.executor.probe, stage.symbol, request.client_id, request.quantity)
            found = await look()
            require(found is not Probe.ABSENT, "an order that rests was called absent.")
            for trouble in (Trouble.PAGE, Trouble.REQUEST_LOST):
                await stage.hand.spoil(trouble, every=True)
                try:
                    found = await look()
                except VenueError:
                    found = Probe.UNKNOWN
                finally:
                    await stage.hand.mend()
                require(found is Probe.UNKNOWN, f"a probe that met {trouble} answered {found}, expected unknown.")
            resting = [(one.client_id, one.quantity, one.price) for one in await stage.resting()]
            expected = [(request.client_id, request.quantity, request.price)]
            require(resting == expected, f"after the probes there rests {resting}, expected {expected}.")
            await stage.done(await stage.request(Verb.CANCEL, consumes=request.client_id), "its cancel")
            require(await look() is not Probe.RESTS, "an order that was cancelled is said to rest.")

        self.at_venue(case)
