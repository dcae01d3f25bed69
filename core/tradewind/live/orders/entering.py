"""
A chain on its way in: is it bought, is it protected, or did it never happen?

An entry is sent once. What became of it is learned from its answer, from reports and look-ups, and past
its fence from the matching engine: when its stop rests, it happened; when nothing rests, and three looks
found nothing, it did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tradewind.live.orders.closing import close
from tradewind.live.orders.fence import has_passed, seconds_until
from tradewind.model.venue import Probe
from tradewind.store.records import AttemptState, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver

_QUICK_S = 0.25
"""How soon to look after an answer that showed the entry bought and its stop still held."""


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    dossier = driver.dossier
    if driver.unsent is not None:
        request, driver.unsent = driver.unsent, None
        if driver.bench.line.is_open():
            await driver.send(request)
        return _QUICK_S if driver.dossier.chain.state is ChainState.ENTERING else 0
    rules, clock = driver.bench.rules, driver.bench.clock
    entry = dossier.entry
    fact = dossier.known(entry.client_id)
    bought = dossier.executed_entry > 0
    if not has_passed(dossier.chain.fence_ms, clock):
        missed = fact is not None and fact.terminal and not bought
        if missed:
            return seconds_until(dossier.chain.fence_ms, clock)
        await driver.look(*(cid for cid in (entry.stop_id, entry.client_id) if cid and not _ended(driver, cid)))
        return _QUICK_S if bought and driver.looks < 4 else rules.look_s
    if entry.stop_id and await driver.probe(entry.stop_id) is Probe.RESTS:
        if driver.dossier.chain is dossier.chain:
            driver.rests(entry.stop_id)
        return 0
    return await _past_the_fence(driver)


def _ended(driver: Driver, client_id: str) -> bool:
    fact = driver.dossier.known(client_id)
    return fact is not None and fact.terminal


async def _past_the_fence(driver: Driver) -> float:
    """Nothing rests, and no copy can act any more: find out why."""
    rules = driver.bench.rules
    entry = driver.dossier.entry
    found = await driver.look(*(cid for cid in (entry.stop_id, entry.client_id) if cid))
    dossier = driver.dossier
    if dossier.chain.state not in {ChainState.ENTERING, ChainState.UNCERTAIN}:
        return 0
    fact = dossier.known(entry.client_id)
    if fact is not None and fact.terminal:
        if fact.executed_qty == 0 and dossier.executed_entry == 0:
            await close(driver)
            return 0
        if dossier.is_complete:
            stop = dossier.known(entry.stop_id) if entry.stop_id else None
            if stop is not None or driver.looks >= 2:
                settled = attrs.evolve(dossier.plan, pending="")
                state = ChainState.EXITING if dossier.is_flat else ChainState.BARE
                driver.save(state=state, plan=settled, token="")
                return 0
        return rules.look_s
    if found or fact is not None:
        return rules.look_s
    refused = dossier.attempts[entry.client_id].state is AttemptState.REFUSED
    spread = rules.absent_refused_s if refused else rules.absent_s
    since = driver.bench.seconds() - driver.first_look
    if driver.looks >= rules.absent_looks and since >= spread:
        await driver.read_fills(always=True)
        if driver.dossier.chain is dossier.chain and not driver.dossier.facts:
            await close(driver)
        return 0
    return max(rules.look_s, min(spread / rules.absent_looks, spread - since))
