"""
A chain on its way out: every order of it ended, every execution in the books, every fence passed.

Only then is it closed, and its symbol free for another entry: nothing that was ever sent for it can act
any more, and the matching engine has confirmed that nothing of it rests.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import attrs

from tradewind.live.orders import chain as states
from tradewind.live.orders.chain_plan import floor_to
from tradewind.live.orders.fence import has_passed, seconds_until
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.protected import cancel_extras, is_limit, take_away
from tradewind.model.orders import OrderKind, ReplyKind, Side
from tradewind.model.venue import Probe
from tradewind.store.accounts import Trade
from tradewind.store.records import ZERO, ChainState

if TYPE_CHECKING:
    from tradewind.live.orders.driver import Driver


_LOOKS = 3
"""How often to look for a sale that may have happened before the position counts as bare again."""


async def turn(driver: Driver) -> float:
    """Do the next thing; return after how many seconds to look again."""
    dossier = driver.dossier
    rules, clock = driver.bench.rules, driver.bench.clock
    if dossier.chain.token_cid and is_limit(driver, dossier.chain.token_cid):
        return await _take_anchor(driver)
    extra = await cancel_extras(driver)
    if extra is not None:
        return extra
    if dossier.pending is not None:
        return await _pending(driver)
    if not dossier.is_explained:
        await driver.look(dossier.entry.client_id)
        await driver.read_fills(always=True)
        return 0 if driver.dossier is not dossier else rules.look_s
    if not _is_over(driver):
        driver.save(state=ChainState.BARE)
        return 0
    if not has_passed(dossier.chain.fence_ms, clock):
        return seconds_until(dossier.chain.fence_ms, clock)
    if not await sweep(driver):
        return rules.look_s
    if driver.dossier is dossier:
        await close(driver)
    return 0


def _is_over(driver: Driver) -> bool:
    """Tell whether nothing is held that could be sold."""
    dossier = driver.dossier
    if dossier.is_flat:
        return True
    price = driver.price
    worth = price is not None and dossier.sellable * price < dossier.instrument.min_notional
    return worth and dossier.is_complete


async def _take_anchor(driver: Driver) -> float:
    """Swap the order that only rests for a sale."""
    dossier = driver.dossier
    fence = dossier.plan.token_fence_ms
    if not has_passed(fence, driver.bench.clock):
        return seconds_until(fence, driver.bench.clock)
    route = driver.bench.route(dossier.chain.symbol)
    token, quantity = dossier.chain.token_cid, floor_to(dossier.plan.token_qty, dossier.instrument.lot_step)
    if dossier.plan.gone:
        await driver.look(dossier.plan.pending, token)
        if driver.dossier.chain is dossier.chain and driver.looks >= _LOOKS:
            plan = attrs.evolve(dossier.plan, pending="", half=False, gone=False, token_qty=ZERO)
            driver.save(state=ChainState.BARE, plan=plan, token="")
        return 0 if driver.dossier.chain is not dossier.chain else driver.bench.rules.look_s
    if dossier.pending is not None:
        reply = await driver.again()
        refused = reply is not None and reply.kind is ReplyKind.REFUSED
        if refused and dossier.pending.quantity != floor_to(dossier.pending.quantity, dossier.instrument.lot_step):
            driver.drop_pending()  # the venue's lots are others now: the next one sells what fits them
            return 0
        return driver.bench.rules.urgent_s / 3 if driver.dossier.plan.pending else 0
    await driver.ask("X", lambda cid: route.sale(client_id=cid, quantity=quantity, consumes=token))
    return driver.bench.rules.urgent_s / 3 if driver.dossier.plan.pending else 0


async def _pending(driver: Driver) -> float:
    """Find out what became of the sale."""
    dossier = driver.dossier
    request = dossier.requests[dossier.plan.pending]
    await driver.look(*(cid for cid in (request.client_id, request.consumes) if cid))
    if driver.dossier.plan.pending != dossier.plan.pending:
        return 0
    if driver.dossier.is_flat and driver.dossier.executed_entry > 0:
        driver.drop_pending()
        return 0
    return driver.bench.rules.look_s


async def sweep(driver: Driver) -> bool:
    """Ask the matching engine for every order that may rest; take away what does; tell whether nothing did."""
    dossier = driver.dossier
    for client_id in dossier.created():
        request = dossier.requests.get(client_id)
        if request is not None and request.kind is OrderKind.MARKET:
            continue
        fact = dossier.known(client_id)
        if fact is not None and fact.terminal:
            continue
        answer = await driver.probe(client_id)
        if answer is Probe.UNKNOWN:
            return False
        if answer is Probe.RESTS:
            await take_away(driver, client_id)
            return False
        if fact is not None:
            await driver.look(client_id)
            return driver.dossier.known(client_id) is not fact
    return True


async def close(driver: Driver) -> None:
    """Close the chain: books checked, trade written, every attempt in its last state."""
    dossier = driver.dossier
    bench = driver.bench
    base = dossier.instrument.base
    booked = bench.journal.chain_sums(dossier.chain.id).get(base, ZERO)
    if booked != dossier.net:
        bench.trip("LEDGER_MISMATCH", detail=f"chain {dossier.chain.id}: ledger {booked}, executions {dossier.net}")
        driver.save(state=ChainState.QUARANTINED)
        return
    pnl = bench.journal.chain_sums(dossier.chain.id).get(dossier.instrument.quote, ZERO)
    now = bench.clock.now_ms()
    plan = attrs.evolve(dossier.plan, pending="", half=False, gone=False)
    chain = attrs.evolve(
        dossier.chain,
        state=states.become(dossier.chain, ChainState.CLOSED).state,
        qty=max(dossier.net, ZERO),
        token_cid="",
        stop_px=None,
        closed_ms=now,
        pnl=pnl,
        detail=plan.to_text(),
    )
    final = driver.settle_attempts()
    trade = trade_of(driver, pnl)
    with bench.unit() as unit:
        for attempt in final:
            unit.save_attempt(attempt)
        unit.save_chain(chain)
        if trade is not None:
            unit.add_trade(trade)
    dossier.chain, dossier.plan = chain, plan
    kind = DeskEventKind.MISSED if trade is None else DeskEventKind.CLOSED
    facts: dict[str, Any] = {"pnl": pnl, "left": dossier.net, "reason": plan.exit_reason}
    if trade is not None:
        names = ("quantity", "entry_price", "exit_price", "fees", "entry_time", "exit_time")
        facts |= {name: getattr(trade, name) for name in names}
    bench.emit(kind, symbol=chain.symbol, slot=chain.slot, chain_id=chain.id, **facts)
    driver.wake.set()


def trade_of(driver: Driver, pnl: Decimal) -> Trade | None:
    """Return the closed trade for people; None when nothing was bought."""
    dossier = driver.dossier
    buys = [fill for fill in dossier.fills.values() if fill.side is Side.BUY]
    sells = [fill for fill in dossier.fills.values() if fill.side is Side.SELL]
    if not buys:
        return None
    paid = sum((fill.quote_qty for fill in buys), ZERO)
    bought = sum((fill.qty for fill in buys), ZERO)
    got = sum((fill.quote_qty for fill in sells), ZERO)
    sold = sum((fill.qty for fill in sells), ZERO)
    instrument = dossier.instrument
    prices = {instrument.quote: Decimal(1), instrument.base: paid / bought}
    fees = sum((fill.commission * prices.get(fill.commission_asset, ZERO) for fill in dossier.fills.values()), ZERO)
    return Trade(
        session_id=dossier.chain.session_id,
        strategy_name=dossier.chain.slot,
        symbol=dossier.chain.symbol,
        side="long",
        quantity=bought,
        entry_time=min(fill.time_ms for fill in buys),
        entry_price=paid / bought,
        exit_time=max((fill.time_ms for fill in sells), default=dossier.chain.opened_ms),
        exit_price=got / sold if sold else ZERO,
        fees=fees,
        pnl=pnl,
        pnl_pct=float(pnl / paid),
        exit_reason=dossier.plan.exit_reason or "stop",
        chain_id=dossier.chain.id,
    )
