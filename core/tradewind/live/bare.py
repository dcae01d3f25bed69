"""
A chain that holds coins and has no stop: protect it again, or sell.

A stop that is placed has an id of its own and is repeated until the venue knows it; it is refused as a
duplicate while it rests. When the market is through the stop, when the venue takes no stop, or when it
has lasted too long, the position is sold. The matching engine answers a question that look-ups may not:
when it has no such coins, they were sold already.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from tradewind.live.closing import drop_pending
from tradewind.live.dossier import floor_to
from tradewind.live.fence import has_passed, seconds_until
from tradewind.live.protected import NEAR_TICKS, cancel_extras
from tradewind.model.orders import OrderKind, OrderRequest, Reply, ReplyKind
from tradewind.model.venue import Probe
from tradewind.store.records import ZERO, AttemptState, ChainState

if TYPE_CHECKING:
    from tradewind.live.driver import Driver


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    extra = await cancel_extras(driver)
    if extra is not None:
        return extra
    dossier = driver.dossier
    rules = driver.bench.rules
    if dossier.pending is not None:
        return await _pending(driver, dossier.pending)
    if not dossier.is_complete or dossier.executed_entry == 0:
        await driver.look(dossier.entry.client_id)
        if driver.dossier.chain is not dossier.chain:
            return 0
    quantity = _quantity(driver)
    if quantity < driver.dossier.lot:
        await driver.read_fills()
        if driver.dossier.is_flat and driver.dossier.executed_entry > 0:
            driver.save(state=ChainState.EXITING)
            return 0
        if driver.dossier.is_explained and driver.dossier.sellable >= driver.dossier.lot:
            return await _coins_are_gone(driver)
        return rules.look_s
    if await _others_at_risk(driver, quantity):
        return rules.look_s
    if _is_dust(driver, quantity):
        driver.save(state=ChainState.EXITING)
        return 0
    if _must_sell(driver):
        return await sell(driver, quantity)
    return await _protect(driver, quantity)


def _quantity(driver: Driver) -> Decimal:
    """Return what is left to protect: by executions, or by orders while executions are still to be read."""
    dossier = driver.dossier
    if dossier.is_complete:
        room = driver.bench.room(driver)
        return min(dossier.sellable, floor_to(max(room, ZERO), dossier.instrument.lot_step))
    step = dossier.instrument.lot_step
    sold = sum((fact.executed_qty for fact in dossier.facts.values() if fact.role not in {"E", "L"}), ZERO)
    bought = floor_to(dossier.executed_entry * (1 - 2 * driver.bench.rules.fee_guess), step)
    return floor_to(max(bought - sold, ZERO), step)


def _open_ends(driver: Driver) -> tuple[list[str], list[str]]:
    """
    Return the sell orders of the chain whose end is not known: those that were there, and those that may have been.

    Each of them may have sold what the chain seems to hold.
    """
    dossier = driver.dossier
    replaced = [request.consumes for cid, request in dossier.requests.items() if dossier.known(cid)]
    there, perhaps = [], []
    for cid in dossier.created():
        fact = dossier.known(cid)
        if cid in replaced or (fact is not None and fact.terminal):
            continue
        attempt = dossier.attempts.get(cid)
        if fact is not None or attempt is None or attempt.state in {AttemptState.ACCEPTED, AttemptState.DUPLICATE}:
            there.append(cid)
        elif attempt.state in {AttemptState.UNKNOWN, AttemptState.JOURNALLED}:
            perhaps.append(cid)
    return there, perhaps


async def _others_at_risk(driver: Driver, quantity: Decimal) -> bool:
    """
    Tell whether to wait: a sale now could sell coins of others on the account.

    Without such coins the matching engine itself refuses to sell what was sold already. With them, how the
    chain's own orders ended must be known first, or that those which may have been never were.
    """
    if driver.bench.spare(driver) < quantity:
        return False
    there, perhaps = _open_ends(driver)
    settled = has_passed(driver.dossier.chain.fence_ms, driver.bench.clock)
    looked = driver.looks >= driver.bench.rules.absent_looks and settled
    if not there and (not perhaps or looked):
        return False
    await driver.look(*there, *perhaps)
    return True


def _is_dust(driver: Driver, quantity: Decimal) -> bool:
    price = driver.price
    return price is not None and quantity * price < driver.dossier.instrument.min_notional


def _must_sell(driver: Driver) -> bool:
    dossier = driver.dossier
    rules = driver.bench.rules
    if dossier.plan.exit_reason:
        return True
    caps = driver.bench.caps[dossier.chain.symbol]
    if not caps.stop_orders:
        return False
    since = driver.bare_since
    if since is not None and driver.bench.seconds() - since > rules.bare_exit_s:
        return True
    price = driver.price
    return price is not None and price <= dossier.plan.stop + NEAR_TICKS * dossier.instrument.tick_size


async def _protect(driver: Driver, quantity: Decimal) -> float:
    dossier = driver.dossier
    route = driver.bench.route(dossier.chain.symbol)
    if not route.caps.stop_orders:
        return driver.bench.rules.look_s
    reply = await driver.ask("R", lambda cid: route.stop(client_id=cid, quantity=quantity, stop=dossier.plan.stop))
    return await _after(driver, reply)


async def sell(driver: Driver, quantity: Decimal) -> float:
    """
    Sell what nothing protects.

    A sale is not conditional on a resting order; a copy of it is refused for want of coins. Where others on
    the account have as many, an order that rests far above the market is placed first, to be swapped for
    the sale once its fence has passed.
    """
    dossier = driver.dossier
    route = driver.bench.route(dossier.chain.symbol)
    price = driver.price
    if driver.bench.spare(driver) >= quantity and price is not None and route.caps.swap_token:
        reply = await driver.ask("R", lambda cid: route.anchor(client_id=cid, quantity=quantity, price=price))
    else:
        reply = await driver.ask("X", lambda cid: route.sale(client_id=cid, quantity=quantity))
    return await _after(driver, reply)


async def _pending(driver: Driver, request: OrderRequest) -> float:
    """Repeat what was asked until it is known what it did."""
    chain = driver.dossier.chain
    if request.kind is not OrderKind.MARKET:
        answer = await driver.probe(request.client_id)
        if driver.dossier.chain is not chain:
            return 0
        if answer is Probe.RESTS:
            driver.rests(request.client_id)
            return 0
    await driver.look(request.client_id)
    if driver.dossier.chain is not chain:
        return 0
    repeatable = driver.bench.caps[chain.symbol].unique_open_ids or request.kind is OrderKind.MARKET
    if not repeatable or driver.bench.spare(driver) >= request.quantity:
        return await _wait_for_fence(driver)
    return await _after(driver, await driver.again())


async def _wait_for_fence(driver: Driver) -> float:
    """Where a repetition could act on others' coins, let the request die first; then it never happened."""
    fence = driver.dossier.chain.fence_ms
    if not has_passed(fence, driver.bench.clock):
        return min(driver.bench.rules.look_s, seconds_until(fence, driver.bench.clock))
    if driver.looks < driver.bench.rules.absent_looks:
        return driver.bench.rules.look_s
    drop_pending(driver)
    return 0


async def _coins_are_gone(driver: Driver) -> float:
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
    return 5 * rules.look_s


def _has_ended(driver: Driver, client_id: str) -> bool:
    fact = driver.dossier.known(client_id)
    return fact is not None and fact.terminal


async def _after(driver: Driver, reply: Reply | None) -> float:
    """Go on after an answer: a refused request makes room for another one."""
    rules = driver.bench.rules
    if reply is None or reply.kind in {ReplyKind.DONE, ReplyKind.DUPLICATE}:
        driver.short_since = None
        return 0.25 if driver.dossier.plan.pending else 0
    if reply.kind is ReplyKind.UNKNOWN:
        return rules.look_s / 4
    request = driver.dossier.pending
    if request is not None:
        drop_pending(driver)
        trigger = "immediately" in reply.message
        if "insufficient" in reply.message.lower():
            return await _coins_are_gone(driver)
        if trigger and not driver.dossier.plan.exit_reason:
            plan = attrs.evolve(driver.dossier.plan, exit_reason="the market is through the stop")
            driver.save(plan=plan)
            return 0
        if reply.kind is ReplyKind.REFUSED and request.kind is not OrderKind.MARKET:
            return 0 if driver.refusals >= 2 else rules.look_s / 4
    return 5 * rules.look_s if reply.kind is ReplyKind.VENUE_DOWN else rules.look_s
