"""The entrance: may an entry be made, and if so, write it down and send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import attrs

from tradewind.live.orders.bench import Bench, with_epoch
from tradewind.live.orders.chain_plan import Plan
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.driver import Driver
from tradewind.live.orders.fence import fence_of
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.ids import MOST_TRANCHES, OrderName
from tradewind.live.orders.intent import EntryIntent
from tradewind.live.orders.payload import fingerprint, to_text
from tradewind.model.orders import OrderRequest
from tradewind.store.records import ZERO, Attempt, Chain, ChainState, OpenChain

_QUIET: Final = frozenset({ChainState.PROTECTED})
"""States that are no open question."""


def open_question(bench: Bench, symbol: str) -> str | None:
    """Return what is open on a symbol, None when nothing is (R7)."""
    for driver in bench.drivers.values():
        chain = driver.dossier.chain
        if chain.symbol == symbol and (chain.state not in _QUIET or not driver.dossier.is_complete):
            return f"chain {chain.id} of {chain.slot} is {chain.state}"
    return None


def on_the_way(bench: Bench, symbol: str | None = None) -> Decimal:
    """Return the notional that entries without a known outcome may still buy (I8)."""
    total = ZERO
    for driver in bench.drivers.values():
        dossier = driver.dossier
        open_entry = dossier.chain.state in {ChainState.ENTERING, ChainState.UNCERTAIN}
        if open_entry and dossier.executed_entry == 0 and symbol in {None, dossier.chain.symbol}:
            total += dossier.entry.quantity * (dossier.entry.price or ZERO)
    return total


def held(bench: Bench, symbol: str | None = None, *, at: Mapping[str, Decimal] | None = None) -> Decimal:
    """Return what open positions are worth, quote units: at these prices (by symbol), else at the newest."""
    prices = {**bench.prices, **(at or {})}
    total = ZERO
    for driver in bench.drivers.values():
        dossier = driver.dossier
        if symbol in {None, dossier.chain.symbol}:
            price = prices.get(dossier.chain.symbol, dossier.holding().average_entry)
            total += dossier.net * price
    return total


class Entrance:
    """
    Where entries go in.

    Args:
        bench: The desk's tools.
        drive: Starts a driver.
    """

    def __init__(self, bench: Bench, drive: Callable[[Driver], None]) -> None:
        self._bench = bench
        self._drive = drive
        self._orders: dict[str, list[float]] = {}

    def refusal(self, intent: EntryIntent) -> str | None:
        """Return why an entry that `may_enter` allows is not made, None when it is."""
        bench = self._bench
        instrument, caps = bench.instruments[intent.symbol], bench.caps[intent.symbol]
        for driver in bench.drivers.values():
            if (driver.dossier.chain.symbol, driver.dossier.chain.slot) == (intent.symbol, intent.slot):
                return "the slot holds a position"
        if len(intent.tranches) > MOST_TRANCHES:
            return f"an entry has at most {MOST_TRANCHES} tranches"
        resting = sum(driver.dossier.chain.symbol == intent.symbol for driver in bench.drivers.values())
        if caps.order_slots and resting + len(intent.tranches) > caps.order_slots:
            return f"the venue lets {caps.order_slots} stops rest"
        if intent.stop_price >= intent.limit_price:
            return "the stop is not below the entry"
        for quantity in intent.tranches:
            if quantity < max(instrument.min_qty, instrument.lot_step):
                return "a tranche is smaller than the venue's least quantity"
            if quantity * intent.stop_price < instrument.min_notional:
                return "a tranche is worth less at its stop than the venue's minimum"
        return self._too_much(intent) or self._too_often(intent)

    def _too_much(self, intent: EntryIntent) -> str | None:
        bench, rules = self._bench, self._bench.rules
        asked = sum(intent.tranches, ZERO) * intent.limit_price
        equity = bench.cash(bench.instruments[intent.symbol].quote) + held(bench)
        symbol = held(bench, intent.symbol) + on_the_way(bench, intent.symbol) + asked
        if symbol > rules.max_symbol_exposure * equity:
            return "the symbol's exposure would be above its cap"
        if held(bench) + on_the_way(bench) + asked > rules.max_total_exposure * equity:
            return "the total exposure would be above its cap"
        return None

    def _too_often(self, intent: EntryIntent) -> str | None:
        bench = self._bench
        now = bench.seconds()
        recent = [one for one in self._orders.get(intent.symbol, []) if now - one < 60]
        self._orders[intent.symbol] = recent
        if len(recent) + len(intent.tranches) > bench.rules.orders_a_minute:
            bench.trip("ORDER_RATE", scope=intent.symbol, detail=f"{len(recent)} entries within a minute")
            return "too many orders within a minute"
        return None

    async def deny(self, intent: EntryIntent, reason: str) -> None:
        """Write the decision down without an entry."""
        with self._bench.unit() as unit:
            unit.add_decision(attrs.evolve(intent.decided.bar, chain_id=None))
            if intent.decided.execution is not None:
                unit.add_execution(intent.decided.execution)
        self._bench.emit(DeskEventKind.DENIED, symbol=intent.symbol, slot=intent.slot, reason=reason)

    def make(self, intent: EntryIntent) -> None:
        """Write an entry with its decision down, in one unit of work, and let its chains be driven."""
        bench = self._bench
        floor = bench.journal.next_trade_id(bench.account, intent.symbol)
        drivers = []
        with bench.unit() as unit:
            for tranche, quantity in enumerate(intent.tranches):
                request = self._request(intent, tranche, quantity)
                chain = unit.add_chain(self._chain(intent, tranche, request, floor))
                attempt = unit.add_attempt(self._attempt(chain, request))
                dossier = Dossier(OpenChain(chain=chain, attempts=(attempt,)), bench.instruments[intent.symbol])
                drivers.append(Driver(bench, dossier, unsent=request))
            first = drivers[0].dossier.chain.id
            unit.add_decision(attrs.evolve(intent.decided.bar, chain_id=first))
            if intent.decided.execution is not None:
                unit.add_execution(intent.decided.execution)
        for driver in drivers:
            self._orders.setdefault(intent.symbol, []).append(bench.seconds())
            driver.tell(DeskEventKind.ENTERING, stop=intent.stop_price, limit=intent.limit_price)
            self._drive(driver)

    def _request(self, intent: EntryIntent, tranche: int, quantity: Decimal) -> OrderRequest:
        bench = self._bench
        name = OrderName(intent.slot, tranche, intent.bar_open_ms, intent.symbol, "E", 0)
        request = bench.route(intent.symbol).entry(
            client_id=bench.names.write(name),
            list_id=bench.names.write(attrs.evolve(name, role="L")),
            stop_id=bench.names.write(attrs.evolve(name, role="S")),
            quantity=quantity,
            limit=intent.limit_price,
            stop=intent.stop_price,
        )
        window_ms = min(bench.rules.entry_window_ms, bench.rules.recv_window_ms)
        return attrs.evolve(request, timestamp_ms=bench.clock.now_ms(), recv_window_ms=window_ms)

    def _chain(self, intent: EntryIntent, tranche: int, request: OrderRequest, floor: int) -> Chain:
        bench = self._bench
        rules, caps = bench.rules, bench.caps[intent.symbol]
        fence = fence_of(request.timestamp_ms, request.recv_window_ms, rules.fence_margin_ms, caps, bench.clock.rate)
        plan = Plan(
            stop=intent.stop_price,
            pending=request.client_id,
            trade_floor=floor,
            token_fence_ms=fence,
            placed_fence_ms=fence,
        )
        return Chain(
            session_id=bench.session_id,
            account_fp=bench.account,
            symbol=intent.symbol,
            slot=intent.slot,
            bar_open_ms=intent.bar_open_ms,
            tranche=tranche,
            fence_ms=fence,
            opened_ms=bench.clock.now_ms(),
            detail=plan.to_text(),
        )

    def _attempt(self, chain: Chain, request: OrderRequest) -> Attempt:
        text = to_text(request)
        return Attempt(
            chain_id=chain.id,
            n=1,
            verb=request.verb,
            client_id=request.client_id,
            list_client_id=request.list_id,
            payload_json=text,
            payload_sha256=fingerprint(text),
            ts_signed_ms=request.timestamp_ms,
            recv_window_ms=request.recv_window_ms,
            epoch=with_epoch(self._bench.lease),
        )
