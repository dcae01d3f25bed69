"""
What is placed for a position without a stop: a stop, or the sale of it.

A stop that is placed is repeated under its id until the venue knows it; it is refused as a duplicate while it
rests. The matching engine answers a question that look-ups may not: when it has no such coins, they were sold
already.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from tradewind.live.orders.chain_plan import THROUGH
from tradewind.live.orders.coins import UNSEEN, coins_of
from tradewind.live.orders.fence import fence_of, has_passed, seconds_until
from tradewind.live.orders.protected import NEAR_TICKS
from tradewind.model.orders import OrderKind, OrderRequest, Reply, ReplyKind
from tradewind.model.venue import Probe
from tradewind.store.records import ZERO, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver


_PATIENCE: Final = 3
"""Refusals of a stop after which the next order waits for a moment."""


def lasts_too_long(driver: Driver) -> bool:
    """Tell whether the position has been without a stop for so long that it is sold."""
    since = driver.bare_since
    return since is not None and driver.bench.seconds() - since > driver.bench.rules.bare_exit_s


def is_through(driver: Driver, stop: Decimal) -> bool:
    """Tell whether a stop at this price would trigger at once."""
    price = driver.price
    return price is not None and price <= stop + NEAR_TICKS * driver.dossier.instrument.tick_size


async def protect(driver: Driver, quantity: Decimal, stop: Decimal) -> float:
    """Place a stop at this price."""
    route = driver.bench.route(driver.dossier.chain.symbol)
    if not route.caps.stop_orders:
        return driver.bench.rules.look_s
    return await _rest(driver, lambda cid: route.stop(client_id=cid, quantity=quantity, stop=stop))


async def _rest(driver: Driver, make: Callable[[str], OrderRequest]) -> float:
    """
    Place an order that rests, under the id of one that was refused when there is such a one.

    The venue may act on it for a short time only: what takes its place, a sale above all, waits for its fence. One
    that may have been refused for coming too late is given the usual time.
    """
    window_ms = driver.bench.rules.recv_window_ms if driver.untimely else _brief_ms(driver)

    def brief(client_id: str) -> OrderRequest:
        return attrs.evolve(make(client_id), recv_window_ms=window_ms)

    return await _after(driver, await driver.ask("R", brief, again=driver.dossier.refused_id))


def _brief_ms(driver: Driver) -> int:
    """Return two round trips, as far as the clock knows them: at least half an urgent window and at most all of it."""
    rules = driver.bench.rules
    trips_ms = 4 * driver.bench.clock.error_ms()
    return min(rules.recv_window_ms, rules.urgent_window_ms, max(trips_ms, rules.urgent_window_ms // 2))


async def sell(driver: Driver, quantity: Decimal) -> float:
    """
    Sell what nothing protects.

    A sale is not conditional on a resting order. It is sent at once when a copy of it would be refused for want of
    coins: the account has too few others, locked ones included, for another chain's exit may let them go before the
    copy comes. Otherwise an order is placed that rests, to be swapped for the sale once
    its fence has passed: the highest stop that rested while the market is above it, a stop below the market when
    none ever did, else an order far above the market, which protects nothing.
    """
    dossier, rules = driver.dossier, driver.bench.rules
    route = driver.bench.route(dossier.chain.symbol)
    price = driver.price
    if not route.caps.swap_token:
        return await _sell_plainly(driver, quantity)
    coins = await coins_of(driver) if driver.bench.beside(driver) < quantity else UNSEEN
    if driver.dossier.chain is not dossier.chain:
        return 0
    if coins.refuses_twice(quantity):
        return await _sell_plainly(driver, quantity)
    wait_s = _until_copies_are_refused(driver)
    if wait_s > 0:
        return min(rules.urgent_s / 2, wait_s)
    stop = dossier.highest_stop
    if price is None:
        # The venue refuses a stop that the market is through, and says so: then the price is known well enough.
        return await protect(driver, quantity, stop or dossier.plan.stop)
    if route.caps.stop_orders and not lasts_too_long(driver):
        if stop is None:
            return await _rest(driver, lambda cid: route.shelter(client_id=cid, quantity=quantity, price=price))
        if not is_through(driver, stop):
            return await protect(driver, quantity, stop)
    return await _rest(driver, lambda cid: route.anchor(client_id=cid, quantity=quantity, price=price))


async def _sell_plainly(driver: Driver, quantity: Decimal) -> float:
    """Sell at the market; while nobody buys, wait longer and longer before the next time."""
    wait_s = driver.sale_at - driver.bench.seconds()
    if wait_s > 0:
        return wait_s
    route, rules = driver.bench.route(driver.dossier.chain.symbol), driver.bench.rules
    reply = await driver.ask("X", lambda cid: route.sale(client_id=cid, quantity=quantity))
    if reply is not None and reply.kind is ReplyKind.DONE:
        sold = sum((order.executed for order in reply.orders), ZERO)
        driver.unsold = 0 if sold >= quantity else driver.unsold + 1
        wait_s = min(rules.look_s / 8 * 2**driver.unsold, rules.bare_exit_s) if driver.unsold else 0.0
        driver.sale_at = driver.bench.seconds() + wait_s
    return await _after(driver, reply)


def _until_copies_are_refused(driver: Driver) -> float:
    """
    Return for how long a copy of a plain sale of the chain that sold only a part may still be acted on, seconds.

    An order that locks what is left would let such a copy take the free coins of others, and would itself sell more
    than is left.
    """
    bench, dossier = driver.bench, driver.dossier
    caps, margin_ms, rate = bench.caps[dossier.chain.symbol], bench.rules.fence_margin_ms, bench.clock.rate
    fences = [0]
    for client_id, request in dossier.requests.items():
        fact = dossier.known(client_id)
        sold = request.kind is OrderKind.MARKET and not request.consumes and fact is not None
        if sold and fact is not None and fact.executed_qty < request.quantity:
            fences.append(fence_of(request.timestamp_ms, request.recv_window_ms, margin_ms, caps, rate))
    return seconds_until(max(fences), bench.clock)


async def settle(driver: Driver, request: OrderRequest) -> float:
    """Repeat what was asked until it is known what it did; one that rests is known by its duplicate's refusal."""
    chain = driver.dossier.chain
    caps = driver.bench.caps[chain.symbol]
    only = driver.bench.spare(driver) < request.quantity
    fresh = driver.asked_pending == request.client_id
    if fresh and only and caps.unique_open_ids and request.kind is not OrderKind.MARKET:
        return await _after(driver, await driver.again())
    if request.kind is not OrderKind.MARKET:
        answer = await driver.probe(request.client_id)
        if driver.dossier.chain is not chain:
            return 0
        if answer is Probe.RESTS:
            driver.rests(request.client_id)
            return 0
    coins = await coins_of(driver)
    if driver.dossier.chain is not chain:
        return 0
    if not coins.unsold:
        await driver.look(request.client_id)
        if driver.dossier.chain is not chain:
            return 0
    alone = only and not coins.surplus
    if request.kind is OrderKind.MARKET:
        repeatable = coins.refuses_twice(request.quantity) or (alone and not caps.swap_token)
    else:
        repeatable = caps.unique_open_ids and (coins.unsold or alone)
    if repeatable:
        return await _after(driver, await driver.again())
    fence_ms = driver.dossier.plan.placed_fence_ms
    if has_passed(fence_ms, driver.bench.clock):
        driver.drop_pending()
        return 0
    return min(driver.bench.rules.urgent_s / 2, seconds_until(fence_ms, driver.bench.clock))


async def coins_are_gone(driver: Driver) -> float:
    """
    Look for the sale that took the coins.

    When none of ours is found for a minute, someone else has taken them: a person must look.
    """
    rules = driver.bench.rules
    now = driver.bench.seconds()
    if driver.short_since is None:
        driver.short_since = now
    doubtful = [cid for cid in driver.dossier.created() if not _has_ended(driver, cid)]
    await driver.look(*doubtful[-6:])
    await driver.read_fills(always=True)
    dossier = driver.dossier
    if dossier.chain.state is ChainState.BARE and now - driver.short_since > rules.bare_halt_s:
        base = dossier.instrument.base
        words = f"chain {dossier.chain.id} holds {dossier.net} {base} that the venue says are not there"
        driver.quarantine(words, breaker="UNEXPLAINED_BALANCE", scope=base)
    return min(5 * rules.look_s, rules.urgent_s / 3 + now - driver.short_since)


def _has_ended(driver: Driver, client_id: str) -> bool:
    fact = driver.dossier.known(client_id)
    return fact is not None and fact.terminal


async def _after(driver: Driver, reply: Reply | None) -> float:
    """Go on after an answer: a refused request makes room for another one."""
    rules = driver.bench.rules
    if reply is not None and reply.kind is ReplyKind.DUPLICATE and driver.dossier.plan.pending:
        driver.rests(driver.dossier.plan.pending)
    if reply is None or reply.kind in {ReplyKind.DONE, ReplyKind.DUPLICATE}:
        driver.short_since = None
        return rules.urgent_s / 3 if driver.dossier.plan.pending else 0
    if reply.kind is ReplyKind.UNKNOWN:
        return rules.urgent_s / 3
    request = driver.dossier.pending
    if request is not None:
        driver.drop_pending()
        trigger = "immediately" in reply.message
        if trigger and request.stop_price is not None:
            driver.bench.fell_to(request.symbol, request.stop_price)
        if "insufficient" in reply.message.lower():
            return await coins_are_gone(driver)
        if trigger and not driver.dossier.plan.exit_reason:
            plan = attrs.evolve(driver.dossier.plan, exit_reason=THROUGH)
            driver.save(plan=plan)
            return 0
        if trigger and driver.refusals <= _PATIENCE:
            return 0
        driver.untimely = driver.untimely or (reply.kind is ReplyKind.REFUSED and not trigger)
        if reply.kind is ReplyKind.REFUSED and request.kind is not OrderKind.MARKET:
            return 0 if driver.refusals >= 2 else rules.look_s / 4
    return 5 * rules.look_s if reply.kind is ReplyKind.VENUE_DOWN else rules.look_s
