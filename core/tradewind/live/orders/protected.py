"""
A chain whose stop rests: watch that it does, and take it away only for something better.

The stop is consumed by name, in one request with what replaces it. One that an unconditional request made
is not consumed before that request's fence: until then a copy of the request is refused because the stop
rests, and would act once it did not.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import attrs

from tradewind.live.orders.chain_plan import floor_to
from tradewind.live.orders.fence import has_passed, seconds_until
from tradewind.model.orders import OrderKind
from tradewind.model.venue import Probe
from tradewind.store.records import ZERO, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver

_STUCK_S = 3.0
"""How long a triggered stop may go unfilled."""
NEAR_TICKS = 2
"""A stop is not moved to within this many ticks of the market: it would trigger at once."""


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    extra = await cancel_extras(driver)
    if extra is not None:
        return extra
    dossier = driver.dossier
    rules, clock = driver.bench.rules, driver.bench.clock
    plan = dossier.plan
    wanted = plan.exit_reason or plan.want_stop is not None
    if wanted and not has_passed(plan.token_fence_ms, clock):
        return seconds_until(plan.token_fence_ms, clock)
    if plan.exit_reason:
        return await _exit(driver)
    if plan.want_stop is not None:
        return await _raise_stop(driver, plan.want_stop)
    if plan.token_qty == 0 or not dossier.is_complete or dossier.executed_entry == 0:
        await driver.look(dossier.chain.token_cid, dossier.entry.client_id)
        if driver.dossier.chain is not dossier.chain:
            return 0
    return await _watch(driver, max(rules.look_s, 0.1))


async def cancel_extras(driver: Driver) -> float | None:
    """Take away a sell order of the chain that is not its token, or that sells what is not held any more."""
    dossier = driver.dossier
    sold = dossier.is_flat and dossier.executed_entry > 0
    for fact in dossier.resting:
        if fact.client_id == dossier.chain.token_cid and not sold:
            continue
        if fact.client_id == dossier.plan.pending:
            continue
        await take_away(driver, fact.client_id)
        return driver.bench.rules.look_s
    return None


async def take_away(driver: Driver, client_id: str) -> None:
    """Cancel an order of the chain that must not rest."""
    route = driver.bench.route(driver.dossier.chain.symbol)
    await driver.ask("C", lambda cid: route.cancel(client_id=cid, consumes=client_id), pend=False)
    await driver.look(client_id)


def quantity_of(driver: Driver) -> Decimal:
    """Return what a swap of the token sells: the token's own quantity, as far as it has not traded."""
    dossier = driver.dossier
    token = dossier.known(dossier.chain.token_cid)
    traded = token.executed_qty if token is not None else ZERO
    if dossier.plan.token_qty > 0:
        return floor_to(dossier.plan.token_qty - traded, dossier.instrument.lot_step)
    return dossier.sellable if dossier.is_complete and dossier.executed_entry > 0 else ZERO


async def _exit(driver: Driver) -> float:
    dossier = driver.dossier
    token = dossier.chain.token_cid
    quantity = quantity_of(driver)
    if quantity <= 0:
        await driver.look(token, dossier.entry.client_id)
        return driver.bench.rules.look_s
    route = driver.bench.route(dossier.chain.symbol)
    fact = dossier.known(token)
    if not route.caps.swap_token or (fact is not None and fact.executed_qty > 0):
        # How much a stop that trades has left is known only once it has been taken away.
        await driver.ask("C", lambda cid: route.cancel(client_id=cid, consumes=token), state=ChainState.SWAPPING)
        return 0
    await driver.ask(
        "X",
        lambda cid: route.sale(client_id=cid, quantity=quantity, consumes=token),
        state=ChainState.SWAPPING,
    )
    return 0


async def _raise_stop(driver: Driver, stop: Decimal) -> float:
    """Swap the stop for a higher one, unless the market has come too near."""
    dossier = driver.dossier
    chain, plan = dossier.chain, dossier.plan
    quiet = attrs.evolve(plan, want_stop=None)
    quantity = quantity_of(driver)
    fact = dossier.known(chain.token_cid)
    trades = fact is not None and fact.executed_qty > 0
    if trades or (chain.stop_px is not None and stop <= chain.stop_px):
        driver.save(plan=quiet)
        return 0
    price = driver.price
    if price is not None and stop >= price - NEAR_TICKS * dossier.instrument.tick_size:
        driver.save(plan=quiet)
        return 0
    if quantity <= 0:
        await driver.look(chain.token_cid, dossier.entry.client_id)
        return driver.bench.rules.look_s
    route = driver.bench.route(chain.symbol)
    token = chain.token_cid
    if not route.caps.swap_token:
        lifted = attrs.evolve(quiet, stop=stop)
        await driver.ask(
            "C", lambda cid: route.cancel(client_id=cid, consumes=token), state=ChainState.SWAPPING, plan=lifted
        )
        return 0
    await driver.ask(
        "S",
        lambda cid: route.stop(client_id=cid, quantity=quantity, stop=stop, consumes=token),
        state=ChainState.SWAPPING,
        plan=quiet,
    )
    return 0


async def _watch(driver: Driver, soon: float) -> float:
    """Probe the stop when it is due, and at once when the market is through it."""
    dossier = driver.dossier
    rules = driver.bench.rules
    chain = dossier.chain
    if dossier.token_is_absent:
        await token_is_gone(driver)
        return 0 if driver.dossier.chain is not chain else rules.urgent_s / 2
    price = driver.price
    crossed = price is not None and chain.stop_px is not None and price <= chain.stop_px
    interval = rules.probe_s if driver.bench.stream_live and driver.probe_told else rules.blind_probe_s
    if crossed:
        interval = soon
    now = driver.bench.seconds()
    due = driver.probed_at + interval - now
    if due > 0:
        return due
    answer = await driver.probe(chain.token_cid)
    if driver.dossier.chain is not chain:
        return 0
    if answer is Probe.ABSENT:
        driver.save(plan=dossier.without(chain.token_cid))
        return 0
    fact = dossier.known(chain.token_cid)
    trades = fact is not None and fact.executed_qty > 0
    if trades or _is_stuck(driver, crossed=crossed, rests=answer is Probe.RESTS):
        driver.save(plan=attrs.evolve(dossier.plan, exit_reason="the stop was triggered and did not fill"))
        return 0
    return interval if not crossed else soon


def _is_stuck(driver: Driver, *, crossed: bool, rests: bool) -> bool:
    """Tell whether a stop with a limit has been triggered and left behind by the market."""
    caps = driver.bench.caps[driver.dossier.chain.symbol]
    if not (crossed and rests) or caps.stop_market:
        driver.crossed_since = None
        return False
    now = driver.bench.seconds()
    if driver.crossed_since is None:
        driver.crossed_since = now
    return now - driver.crossed_since > _STUCK_S


async def token_is_gone(driver: Driver) -> None:
    """
    Find out what took the token away.

    The matching engine does not know it as open. Facts say how it ended; when look-ups lag so far that none
    says it, the position is treated as bare: a stop that is placed then is refused if the coins are gone.
    """
    chain = driver.dossier.chain
    await driver.look(chain.token_cid, driver.dossier.entry.client_id)
    if driver.dossier.chain is not chain:
        return
    if driver.looks >= 2:
        driver.save(state=ChainState.BARE, token="")


def is_limit(driver: Driver, client_id: str) -> bool:
    """Tell whether an order of the chain is one that only serves to be taken away."""
    request = driver.dossier.requests.get(client_id)
    return request is not None and request.kind is OrderKind.LIMIT and client_id != driver.dossier.entry.client_id
