"""
A chain whose token is being replaced: send the swap until it is known what it did.

A swap names the order that it consumes, and that order can be consumed once: the request is repeated with
the same ids until the venue has carried it out, or says that the order is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from tradewind.live.orders.fence import has_passed, seconds_until
from tradewind.live.orders.holding import DeskEventKind
from tradewind.model.orders import OrderKind, ReplyKind, Verb
from tradewind.model.venue import Probe
from tradewind.store.records import AttemptState, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver

_PATIENCE = 3
"""Refusals of one swap before it is given up."""


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    dossier = driver.dossier
    request = dossier.pending
    if request is None:
        driver.save(state=ChainState.PROTECTED if dossier.chain.token_cid else ChainState.EXITING)
        return 0
    if dossier.plan.gone:
        return await _consumed(driver)
    if dossier.attempts[request.client_id].state is AttemptState.REFUSED and driver.asked_pending == request.client_id:
        return await _refused(driver)
    if dossier.attempts[request.client_id].state is AttemptState.ACCEPTED:
        await driver.look(request.client_id, request.consumes)
        if driver.dossier.chain is not dossier.chain or driver.looks < 2:
            return 0.25
    reply = await driver.again()
    if reply is None or reply.kind in {ReplyKind.DONE, ReplyKind.HALF_DONE, ReplyKind.GONE}:
        return 0
    if reply.kind in {ReplyKind.VENUE_DOWN, ReplyKind.UNAUTHORISED}:
        return 5 * driver.bench.rules.look_s
    return driver.bench.rules.urgent_s / 3


async def _refused(driver: Driver) -> float:
    """
    Wait for the fence of a refused swap; then the token rests as before, or a copy has acted after all.

    A refused exit is sent again: the position is to be closed, and its token still protects it meanwhile.
    """
    dossier = driver.dossier
    request = dossier.requests[dossier.plan.pending]
    exit_wanted = request.kind is OrderKind.MARKET or request.verb is Verb.CANCEL
    if "restrictions" in dossier.attempts[request.client_id].msg:
        await driver.look(request.consumes)
        if driver.dossier.chain is not dossier.chain:
            return await _trades_already(driver)
    if exit_wanted and driver.refusals <= _PATIENCE:
        driver.asked_pending = ""
        return driver.bench.rules.look_s
    if not has_passed(dossier.chain.fence_ms, driver.bench.clock):
        return seconds_until(dossier.chain.fence_ms, driver.bench.clock)
    answer = await driver.probe(request.consumes)
    if driver.dossier.chain is not dossier.chain:
        return 0
    if answer is Probe.RESTS:
        attempt = dossier.attempts[request.client_id]
        words = f"the venue refused a change of the stop: {attempt.code} {attempt.msg}"
        driver.tell(DeskEventKind.TROUBLE, error=words)
        driver.refusals = 0
        driver.save(state=ChainState.PROTECTED, plan=attrs.evolve(dossier.plan, pending="", half=False, gone=False))
        return 5 * driver.bench.rules.look_s
    if answer is Probe.ABSENT:
        driver.save(plan=attrs.evolve(dossier.without(request.consumes), gone=True))
        return 0
    return driver.bench.rules.look_s


async def _trades_already(driver: Driver) -> float:
    """The stop was triggered and trades: let it, or take away what is left of it when the position must go."""
    dossier = driver.dossier
    token = dossier.known(dossier.chain.token_cid) if dossier.chain.token_cid else None
    if dossier.chain.state is ChainState.SWAPPING and token is not None and token.executed_qty > 0:
        plan = attrs.evolve(dossier.plan, pending="", half=False, gone=False)
        driver.save(state=ChainState.PROTECTED, plan=plan)
    return 0


async def _consumed(driver: Driver) -> float:
    """
    The token is not open: the swap was carried out, or the stop was triggered, or someone took it away.

    The new order answers when it rests. Otherwise facts decide; while look-ups lag, the position is treated
    as bare after two looks: what is placed then is refused if the coins are gone.
    """
    dossier = driver.dossier
    request = dossier.requests[dossier.plan.pending]
    if request.verb is Verb.SWAP and request.kind is not OrderKind.MARKET:
        answer = await driver.probe(request.client_id)
        if driver.dossier.chain is not dossier.chain:
            return 0
        if answer is Probe.RESTS:
            driver.rests(request.client_id)
            return 0
    await driver.look(request.client_id, request.consumes)
    if driver.dossier.chain is not dossier.chain:
        return 0
    if driver.looks < 2:
        return 0.25
    plan = attrs.evolve(driver.dossier.plan, pending="", half=False, gone=False)
    driver.save(state=ChainState.BARE, plan=plan, token="")
    return 0
