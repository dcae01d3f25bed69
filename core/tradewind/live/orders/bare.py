"""
A chain that holds coins and has no stop: is it known what became of its orders, and is it protected again or sold?

When the market is through the stop, or when it has lasted too long, the position is sold; otherwise it is
protected again. Before either, nothing of the chain may have sold the coins already.
"""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from tradewind.errors import VenueError
from tradewind.live.orders.chain_plan import THROUGH, floor_to
from tradewind.live.orders.coins import Coins, coins_of
from tradewind.live.orders.fence import has_passed
from tradewind.live.orders.open_ends import open_ends, swaps_only
from tradewind.live.orders.placing import coins_are_gone, is_through, lasts_too_long, protect, sell, settle
from tradewind.live.orders.protected import cancel_extras
from tradewind.model.orders import OrderKind
from tradewind.store.records import ZERO, AttemptState, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    extra = await cancel_extras(driver)
    if extra is not None:
        return extra
    dossier = driver.dossier
    rules = driver.bench.rules
    if dossier.pending is not None:
        return await settle(driver, dossier.pending)
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
        if not driver.dossier.is_explained or driver.dossier.sellable < driver.dossier.lot:
            return rules.look_s
        return await _leave_dust(driver, driver.dossier.sellable)
    if _is_dust(driver, quantity):
        return await _leave_dust(driver, driver.dossier.sellable if driver.dossier.is_complete else quantity)
    if not await _is_known(driver, quantity):
        return 0 if driver.dossier is not dossier else rules.urgent_s / 2
    reason = _why_to_sell(driver)
    if reason:
        if driver.dossier.plan.exit_reason != reason:
            driver.save(plan=attrs.evolve(driver.dossier.plan, exit_reason=reason))
        return await sell(driver, quantity)
    return await protect(driver, quantity, driver.dossier.plan.stop)


async def _leave_dust(driver: Driver, quantity: Decimal) -> float:
    """End the chain when what it should hold is worth too little to be sold; else look for who took its coins."""
    if not _is_dust(driver, quantity):
        return await coins_are_gone(driver)
    driver.save(state=ChainState.EXITING)
    return 0


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


async def _is_known(driver: Driver, quantity: Decimal) -> bool:
    """
    Tell whether it is known that nothing of the chain has sold these coins, so that a sale takes no one else's.

    Facts say it, or the balances do; or nothing else of the coin is on the account, and the matching engine
    itself refuses to sell what was sold already. What neither shows for long counts as never made.
    """
    ends = _open_ends(driver)
    if not ends:
        return True
    before = driver.dossier.chain
    # Both at once: an answer that is lost keeps the other from nothing.
    coins, looked = await asyncio.gather(coins_of(driver), driver.look(*ends), return_exceptions=True)
    if isinstance(coins, BaseException):
        raise coins
    if isinstance(looked, BaseException) and not isinstance(looked, VenueError):
        raise looked
    ends = _open_ends(driver)
    if not ends or driver.dossier.chain is not before:
        return not ends and driver.dossier.chain is before
    settled = has_passed(driver.dossier.plan.placed_fence_ms, driver.bench.clock)
    if _proven(driver, coins) and (settled or swaps_only(driver.dossier, ends)):
        plan = driver.dossier.plan
        driver.save(plan=attrs.evolve(plan, never=(*plan.never, *ends)))
        return True
    # What the venue once refused for want of coins was sold: others may have come free since.
    return driver.short_since is None and driver.bench.spare(driver) < quantity and not coins.surplus


def _open_ends(driver: Driver) -> list[str]:
    """
    Return the open ends of the chain.

    Where the venue has no swaps, a sale that was refused is none: every sale there is plain, and what a copy of
    it may do is not waited for (level C).
    """
    dossier = driver.dossier
    ends = open_ends(dossier)
    if driver.bench.caps[dossier.chain.symbol].swap_token:
        return ends
    refused = {cid for cid, attempt in dossier.attempts.items() if attempt.state is AttemptState.REFUSED}
    return [cid for cid in ends if cid not in refused or dossier.requests[cid].kind is not OrderKind.MARKET]


def _proven(driver: Driver, coins: Coins) -> bool:
    rules = driver.bench.rules
    since = driver.bench.seconds() - driver.first_look
    return coins.unsold or (driver.looks >= rules.absent_looks and since >= rules.absent_s)


def _is_dust(driver: Driver, quantity: Decimal) -> bool:
    """
    Tell whether it is worth too little to be sold.

    A price below half the stop is more likely a digit that is off than a market: what it would make dust, and leave
    without a stop, is worth the stop's price until executions say otherwise.
    """
    price, stop = driver.price, driver.dossier.plan.stop
    if price is None:
        return False
    return quantity * (stop if 2 * price < stop else price) < driver.dossier.instrument.min_notional


def _why_to_sell(driver: Driver) -> str:
    """Return why the position must be sold; empty when it is to be protected again."""
    dossier = driver.dossier
    if dossier.plan.exit_reason:
        return dossier.plan.exit_reason
    if not driver.bench.caps[dossier.chain.symbol].stop_orders:
        return ""
    if is_through(driver, dossier.plan.stop):
        return THROUGH
    return "the position was without its stop for too long" if lasts_too_long(driver) else ""
