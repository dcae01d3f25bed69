"""
The driver of one chain: it asks, listens, and moves the chain on facts.

Every step is the same: wait for the gate, write the request down, send it, write down what the answer
and everything else that was heard say, and let chain and plan follow from the facts. Nothing is kept
only in memory that a restart would need, so a new process goes on wherever the old one ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import attrs

from tradewind.errors import LiveError, StoreError, VenueError
from tradewind.live import attempt as attempts
from tradewind.live import bare, closing, entering, protected, swapping
from tradewind.live import chain as states
from tradewind.live.bench import Bench, with_epoch
from tradewind.live.breakers import ACCOUNT
from tradewind.live.dossier import THROUGH, Dossier, Plan
from tradewind.live.facts import RESTING, fill_of, first_fact, merge
from tradewind.live.fence import fence_of
from tradewind.live.holding import DeskEventKind
from tradewind.live.ids import OrderName
from tradewind.live.intent import Decided
from tradewind.live.ledger import fee_in_quote, post_fill
from tradewind.live.payload import fingerprint, to_text
from tradewind.model.orders import (
    FillReport,
    OrderKind,
    OrderReport,
    OrderRequest,
    OrderStatus,
    Reply,
    ReplyKind,
    Side,
    Verb,
)
from tradewind.model.venue import Probe
from tradewind.plugins.protocols import Executor
from tradewind.store.journal import Unit
from tradewind.store.records import ZERO, Attempt, AttemptState, Chain, ChainState, Fill, OpenChain, OrderFact

_EVENTS: Mapping[ChainState, DeskEventKind] = {
    ChainState.PROTECTED: DeskEventKind.PROTECTED,
    ChainState.BARE: DeskEventKind.BARE,
    ChainState.EXITING: DeskEventKind.EXITING,
}


_URGENT = frozenset({ChainState.SWAPPING, ChainState.BARE, ChainState.EXITING})


def write_decision(unit: Unit, decided: Decided | None) -> None:
    """Write a bar's decision down with what was decided."""
    if decided is None:
        return
    unit.add_decision(decided.bar)
    if decided.execution is not None:
        unit.add_execution(decided.execution)


async def _order_of(venue: Executor, *, symbol: str, client_id: str, order_id: int) -> OrderReport | None:
    if order_id:
        return await venue.order(symbol, order_id=order_id)
    return await venue.order(symbol, client_id=client_id)


async def _fills_of(venue: Executor, *, symbol: str, from_id: int) -> Sequence[FillReport]:
    return await venue.fills(symbol, from_id)


async def _probe_of(venue: Executor, *, symbol: str, client_id: str, quantity: Decimal) -> Probe:
    return await venue.probe(symbol, client_id, quantity)


class Driver:
    """
    One chain being driven.

    Args:
        bench: The desk's tools.
        dossier: What is known of the chain.
        unsent: A request that is written down and not sent yet: an entry of this process.
    """

    def __init__(self, bench: Bench, dossier: Dossier, *, unsent: OrderRequest | None = None) -> None:
        self.bench = bench
        self.dossier = dossier
        self.unsent = unsent
        self.wake = asyncio.Event()
        self.looks = 0
        self.first_look = 0.0
        self.bare_since: float | None = None
        self.probed_at = bench.seconds()
        self.refusals = 0
        self.crossed_since: float | None = None
        self.short_since: float | None = None
        """Since when the venue has said that the coins are not there."""
        self.asked_pending = ""
        """The request that was sent by this process: one that is pending otherwise is repeated or looked up first."""

    # the loop

    async def run(self) -> None:
        """Drive the chain until it is closed, or the account is another's."""
        while self.dossier.chain.state is not ChainState.CLOSED and self.bench.lost is None:
            self.wake.clear()
            pause = await self._turn_safely()
            if pause > 0 and not self.wake.is_set():
                try:
                    async with self.bench.clock.timeout(pause):
                        await self.wake.wait()
                except TimeoutError:
                    pass

    async def _turn_safely(self) -> float:
        """Do one thing; what goes wrong costs a pause, never the loop."""
        try:
            return await self.turn()
        except (VenueError, StoreError) as error:
            self.tell(DeskEventKind.TROUBLE, error=str(error))
            rules = self.bench.rules
            return rules.urgent_s / 3 if self.dossier.chain.state in _URGENT else rules.look_s
        except LiveError as error:
            self.quarantine(str(error))
            return self.bench.rules.look_s
        except Exception as error:  # noqa: BLE001 - the chain must be driven on, whatever is wrong
            self.bench.trip("INVARIANT", detail=f"{type(error).__name__}: {error}"[:200])
            self.tell(DeskEventKind.TROUBLE, error=f"{type(error).__name__}: {error}")
            return self.bench.rules.look_s

    async def turn(self) -> float:
        """Do the next thing for the chain; return after how many seconds to look again."""
        self._watch_bareness()
        match self.dossier.chain.state:
            case ChainState.ENTERING | ChainState.UNCERTAIN:
                return await entering.turn(self)
            case ChainState.PROTECTED:
                return await protected.turn(self)
            case ChainState.SWAPPING:
                return await swapping.turn(self)
            case ChainState.BARE:
                return await bare.turn(self)
            case ChainState.EXITING:
                return await closing.turn(self)
            case _:
                return self.bench.rules.probe_s

    def _watch_bareness(self) -> None:
        if self.dossier.chain.state is not ChainState.BARE:
            self.bare_since = None
            return
        now = self.bench.seconds()
        if self.bare_since is None:
            self.bare_since = now
        elif now - self.bare_since > self.bench.rules.bare_halt_s:
            self.bench.trip("BARE_TOO_LONG", scope=self.dossier.chain.symbol, detail=f"chain {self.dossier.chain.id}")

    def tell(self, kind: DeskEventKind, **detail: Any) -> None:
        """Tell observers of the chain."""
        chain = self.dossier.chain
        self.bench.emit(kind, symbol=chain.symbol, slot=chain.slot, chain_id=chain.id, **detail)

    @property
    def patience_s(self) -> float:
        """How long an answer is waited for: not long while the position may be without its stop."""
        rules = self.bench.rules
        return rules.urgent_s if self.dossier.chain.state in _URGENT else rules.answer_s

    @property
    def price(self) -> Decimal | None:
        """The newest price of the symbol."""
        return self.bench.prices.get(self.dossier.chain.symbol)

    # ids

    def id_of(self, role: str, k: int) -> str:
        """Return the id of a role and a count within the chain."""
        chain = self.dossier.chain
        return self.bench.names.write(OrderName(chain.slot, chain.tranche, chain.bar_open_ms, chain.symbol, role, k))

    # asking

    async def ask(
        self,
        role: str,
        make: Callable[[str], OrderRequest],
        *,
        state: ChainState | None = None,
        plan: Plan | None = None,
        pend: bool = True,
        again: str = "",
    ) -> Reply | None:
        """
        Write a new request down, send it, and write down what came of it.

        Args:
            role: What the new id is for.
            make: Makes the request for its id.
            state: The chain's state while it is under way.
            plan: The plan with it; the newest one when it is None.
            pend: The chain waits for its outcome.
            again: An id to use instead of a new one: that of a request which was refused.

        Returns:
            The answer; None when the chain had moved on while the gate was closed: look again.
        """
        before = self.dossier.chain
        await self.bench.line.gate()
        dossier = self.dossier
        if dossier.chain is not before:
            return None
        client_id = again or self.id_of(role, before.k + 1)
        request = attrs.evolve(make(client_id), timestamp_ms=self.bench.clock.now_ms())
        k = before.k if again else before.k + 1
        chain = attrs.evolve(before, k=k, fence_ms=max(before.fence_ms, self._fence(request)))
        if state is not None:
            chain = states.become(chain, state)
        plan = plan or dossier.plan
        if pend:
            plan = attrs.evolve(plan, pending=client_id, half=False, gone=False)
        chain = attrs.evolve(chain, detail=plan.to_text())
        with self.bench.unit() as unit:
            if again:
                attempt = self._signed(dossier.attempts[again], request)
                unit.save_attempt(attempt)
            else:
                attempt = unit.add_attempt(self._attempt(request))
            unit.save_chain(chain)
        dossier.chain, dossier.plan = chain, plan
        dossier.attempts[client_id] = attempt
        dossier.requests[client_id] = request
        return await self.send(request)

    async def again(self) -> Reply | None:
        """
        Sign the pending request anew, with the same ids, and send it: whatever it did, it does once.

        An entry is sent once and never again: what the chain waits for is settled by what is known of it.
        """
        if self.dossier.plan.pending == self.dossier.entry.client_id:
            closing.drop_pending(self)
            return None
        before = self.dossier.chain
        await self.bench.line.gate()
        dossier = self.dossier
        if dossier.chain is not before or dossier.pending is None:
            return None
        request = attrs.evolve(dossier.pending, timestamp_ms=self.bench.clock.now_ms())
        attempt = dossier.attempts[request.client_id]
        if attempt.state is AttemptState.JOURNALLED:
            # Another process may have sent it: what is answered now says nothing of that.
            attempt = attempts.become(attempt, AttemptState.UNKNOWN)
        attempt = self._signed(attempt, request)
        chain = attrs.evolve(before, fence_ms=max(before.fence_ms, self._fence(request)))
        with self.bench.unit() as unit:
            unit.save_attempt(attempt)
            unit.save_chain(chain)
        dossier.chain = chain
        dossier.attempts[request.client_id] = attempt
        dossier.requests[request.client_id] = request
        return await self.send(request)

    def _signed(self, attempt: Attempt, request: OrderRequest) -> Attempt:
        """Return the row of a request that is signed anew."""
        text = to_text(request)
        return attrs.evolve(
            attempt,
            payload_json=text,
            payload_sha256=fingerprint(text),
            ts_signed_ms=request.timestamp_ms,
            epoch=with_epoch(self.bench.lease),
        )

    def _fence(self, request: OrderRequest) -> int:
        rules = self.bench.rules
        caps = self.bench.caps[request.symbol]
        rate = self.bench.clock.rate
        return fence_of(request.timestamp_ms, request.recv_window_ms, rules.fence_margin_ms, caps, rate)

    def _attempt(self, request: OrderRequest) -> Attempt:
        text = to_text(request)
        return Attempt(
            chain_id=self.dossier.chain.id,
            n=len(self.dossier.attempts) + 1,
            verb=request.verb,
            client_id=request.client_id,
            list_client_id=request.list_id,
            consumes_cid=request.consumes,
            payload_json=text,
            payload_sha256=fingerprint(text),
            ts_signed_ms=request.timestamp_ms,
            recv_window_ms=request.recv_window_ms,
            epoch=with_epoch(self.bench.lease),
        )

    async def send(self, request: OrderRequest) -> Reply:
        """Send a request that was written down; write down its answer."""
        self.asked_pending = request.client_id
        sent_ms = self.bench.clock.now_ms()
        reply = await self.bench.line.submit(request, within_s=self.patience_s)
        self._answered(request, reply, sent_ms)
        return reply

    def _answered(self, request: OrderRequest, reply: Reply, sent_ms: int) -> None:
        dossier = self.dossier
        attempt = dossier.attempts[request.client_id]
        entry = next((order for order in reply.orders if order.client_id == request.client_id), None)
        state = attempts.verdict(reply, entry if request.side is Side.BUY else None)
        # A refusal of what was placed says nothing of an earlier sending that was not answered.
        open_still = request.verb is Verb.PLACE and attempt.state is AttemptState.UNKNOWN
        if state in attempts.TRANSITIONS[attempt.state] and not (open_still and state is AttemptState.REFUSED):
            attempt = attempts.become(attempt, state)
        attempt = attrs.evolve(
            attempt,
            code=reply.code,
            msg=reply.message[:200],
            http=reply.http,
            sent_ms=sent_ms,
            answered_ms=self.bench.clock.now_ms(),
        )
        plan = self._told(dossier.plan, request, reply)
        if reply.kind in {ReplyKind.REFUSED, ReplyKind.UNAUTHORISED}:
            self.refusals += 1
            self.bench.refused()
        elif reply.kind is ReplyKind.DONE:
            self.refusals = 0
        self.take(reply.orders, reply.fills, source="reply", attempt=attempt, plan=plan)

    def _told(self, plan: Plan, request: OrderRequest, reply: Reply) -> Plan:
        """Return the plan with what an answer says of the order that its request names."""
        pends = plan.pending == request.client_id
        if reply.kind is ReplyKind.GONE and request.consumes:
            absent = self.dossier.without(request.consumes).absent
            return attrs.evolve(plan, absent=absent, gone=plan.gone or pends)
        if reply.kind is ReplyKind.HALF_DONE:
            plan = self._halved(plan, request)
            if "immediately" in reply.message and not plan.exit_reason:
                plan = attrs.evolve(plan, exit_reason=THROUGH)
        return plan

    def _halved(self, plan: Plan, swap: OrderRequest) -> Plan:
        """Return the plan once a swap has taken its order away and placed nothing: neither has sold anything."""
        never = (*plan.never, *(cid for cid in (swap.consumes, swap.client_id) if cid not in plan.never))
        absent = self.dossier.without(swap.consumes).absent
        return attrs.evolve(plan, never=never, absent=absent, half=plan.half or plan.pending == swap.client_id)

    # listening

    def knows(self, order_id: int) -> bool:
        """Tell whether an order is known to be of this chain."""
        return order_id in self.dossier.facts

    def take(
        self,
        orders: Iterable[OrderReport] = (),
        fills: Iterable[FillReport] = (),
        *,
        source: str,
        attempt: Attempt | None = None,
        plan: Plan | None = None,
        exec_id: int = 0,
    ) -> bool:
        """
        Write down what was heard, and what follows from it; return whether there was anything new.

        Executions count for the chain only when their order is known to be its own.
        """
        dossier = self.dossier
        orders = tuple(orders)
        for report in orders:
            swap = dossier.requests.get(report.client_id)
            if report.status is OrderStatus.REJECTED and swap is not None and swap.consumes:
                plan = self._halved(plan or dossier.plan, swap)
                made = dossier.attempts[swap.client_id]
                if attempt is None and AttemptState.REFUSED in attempts.TRANSITIONS[made.state]:
                    attempt = attempts.become(made, AttemptState.REFUSED)
        facts = self._merged(orders, source=source, exec_id=exec_id)
        known = dossier.facts | {fact.order_id: fact for fact in facts}
        rows = self._new_fills(fills, known, source=source)
        if not facts and not rows and attempt is None and (plan is None or plan == dossier.plan):
            return False
        trial = self._trial(facts, rows, attempt, plan)
        chain, plan = trial.derived(stop_leg=bool(dossier.entry.stop_id))
        plan = self._with_quantity(chain, plan, orders)
        chain = attrs.evolve(chain, detail=plan.to_text())
        with self.bench.unit() as unit:
            for fact in facts:
                unit.save_fact(fact)
            for row in rows:
                post_fill(unit, row, dossier.instrument)
            if attempt is not None:
                unit.save_attempt(attempt)
            if chain != dossier.chain:
                unit.save_chain(chain)
        before = dossier.chain
        trial.chain, trial.plan = chain, plan
        self.dossier = trial
        self._tell(before, rows)
        return True

    def _merged(self, orders: Iterable[OrderReport], *, source: str, exec_id: int) -> list[OrderFact]:
        newest: dict[int, OrderFact] = {}
        for report in orders:
            name = self.bench.names.read(report.client_id)
            if name is None or self.bench.driver_of(name) is not self or report.order_id <= 0:
                continue
            first = first_fact(
                report,
                account=self.bench.account,
                chain_id=self.dossier.chain.id,
                role=name.role,
                source=source,
                exec_id=exec_id,
            )
            known = newest.get(report.order_id) or self.dossier.facts.get(report.order_id)
            merged = merge(known, report, first)
            if merged is not None:
                newest[report.order_id] = merged
        return list(newest.values())

    def _new_fills(self, fills: Iterable[FillReport], known: Mapping[int, OrderFact], *, source: str) -> list[Fill]:
        rows: dict[int, Fill] = {}
        for report in fills:
            fact = known.get(report.order_id)
            if fact is None or report.trade_id in self.dossier.fills or report.trade_id in rows:
                continue
            rows[report.trade_id] = fill_of(
                report,
                account=self.bench.account,
                chain_id=self.dossier.chain.id,
                client_id=fact.client_id,
                source=source,
            )
        return list(rows.values())

    def _trial(self, facts: list[OrderFact], rows: list[Fill], attempt: Attempt | None, plan: Plan | None) -> Dossier:
        dossier = self.dossier
        trial = Dossier(OpenChain(chain=dossier.chain), dossier.instrument)
        trial.plan = plan or dossier.plan
        trial.attempts = dict(dossier.attempts)
        if attempt is not None:
            trial.attempts[attempt.client_id] = attempt
        trial.requests = dossier.requests
        trial.facts = dossier.facts | {fact.order_id: fact for fact in facts}
        trial.fills = dossier.fills | {row.trade_id: row for row in rows}
        return trial

    @staticmethod
    def _with_quantity(chain: Chain, plan: Plan, orders: Iterable[OrderReport]) -> Plan:
        for report in orders:
            if report.client_id == chain.token_cid and report.status in RESTING and report.quantity > 0:
                return attrs.evolve(plan, token_qty=report.quantity)
        return plan

    def save(
        self,
        *,
        state: ChainState | None = None,
        plan: Plan | None = None,
        token: str | None = None,
        decided: Decided | None = None,
    ) -> None:
        """Write down a new state, plan or token of the chain that no news led to, and the decision behind it."""
        chain = self.dossier.chain
        plan = plan or self.dossier.plan
        if state is not None:
            chain = states.become(chain, state)
        if token is not None:
            protects = token and chain.state is ChainState.PROTECTED
            stop = (self.dossier.trigger_of(token) or plan.stop) if protects else None
            chain = attrs.evolve(chain, token_cid=token, stop_px=stop)
        chain = attrs.evolve(chain, detail=plan.to_text())
        if chain == self.dossier.chain and decided is None:
            return
        with self.bench.unit() as unit:
            write_decision(unit, decided)
            unit.save_chain(chain)
        before = self.dossier.chain
        self.dossier.chain, self.dossier.plan = chain, plan
        self._tell(before, ())

    def _tell(self, before: Chain, rows: Iterable[Fill]) -> None:
        chain = self.dossier.chain
        for row in rows:
            self.bench.traded(row)
            fee = fee_in_quote(row, self.dossier.instrument)
            facts = {"side": row.side, "price": row.price, "quantity": row.qty, "id": row.client_id}
            self.tell(DeskEventKind.FILLED, **facts, fee=fee, time_ms=row.time_ms)
            self._check_slippage(row)
        if chain.state is not before.state and chain.state in _EVENTS:
            self.tell(_EVENTS[chain.state], stop=chain.stop_px)
        if chain.state is not before.state or chain.token_cid != before.token_cid:
            self.looks = 0
            self._watch_bareness()
        moved = before.stop_px is not None and chain.stop_px is not None and chain.stop_px != before.stop_px
        if moved:
            self.tell(DeskEventKind.STOP_MOVED, price=chain.stop_px, before=before.stop_px)

    def _check_slippage(self, row: Fill) -> None:
        limit = self.dossier.entry.price
        if row.side is Side.BUY and limit is not None and row.price > limit:
            self.bench.trip("SLIPPAGE", detail=f"bought at {row.price}, at most {limit} was asked for")

    def quarantine(self, reason: str, *, breaker: str = "INVARIANT", scope: str = ACCOUNT) -> None:
        """Stop moving the chain: something happened that must not; what rests stays at the venue."""
        self.bench.trip(breaker, scope=scope, detail=reason[:200])
        if self.dossier.chain.state is not ChainState.QUARANTINED:
            try:
                self.save(state=ChainState.QUARANTINED)
            except StoreError as error:
                self.tell(DeskEventKind.TROUBLE, error=str(error))

    # looking

    async def look(self, *client_ids: str) -> bool:
        """
        Look orders up by id, and read executions when some are missing; return whether any order was found.

        Raises:
            VenueError: The venue did not answer.
        """
        symbol = self.dossier.chain.symbol
        found = []
        for client_id in client_ids:
            # An id can have been used again by a copy: an order that is known is asked for by its own.
            shown = [fact for fact in self.dossier.facts.values() if fact.client_id == client_id and not fact.terminal]
            for order_id in [fact.order_id for fact in shown] or [0]:
                question = partial(_order_of, symbol=symbol, client_id=client_id, order_id=order_id)
                report = await self.bench.line.ask(question, within_s=self.patience_s)
                if report is not None:
                    found.append(report)
        if self.looks == 0:
            self.first_look = self.bench.seconds()
        self.looks += 1
        self.take(found, source="look")
        await self.read_fills()
        return bool(found)

    async def read_fills(self, *, always: bool = False) -> None:
        """Read the executions since the chain began, when some are missing."""
        if self.dossier.is_complete and not always:
            return
        symbol, floor = self.dossier.chain.symbol, self.dossier.plan.trade_floor
        while True:
            question = partial(_fills_of, symbol=symbol, from_id=floor)
            page = await self.bench.line.ask(question, within_s=self.patience_s)
            if not page:
                return
            self.take((), page, source="trades")
            floor = page[-1].trade_id + 1
            if self.dossier.is_complete and not always:
                return

    async def probe(self, client_id: str) -> Probe:
        """Ask the matching engine whether an order rests."""
        self.probed_at = self.bench.seconds()
        chain = self.dossier.chain
        quantity = self.dossier.plan.token_qty if client_id == chain.token_cid else ZERO
        request = self.dossier.requests.get(client_id)
        if quantity == 0:
            quantity = request.quantity if request is not None else self.dossier.entry.quantity
        question = partial(_probe_of, symbol=chain.symbol, client_id=client_id, quantity=quantity)
        return await self.bench.line.ask(question, within_s=self.patience_s)

    def rests(self, client_id: str) -> None:
        """Write down that the matching engine knows an order: it is the token."""
        dossier = self.dossier
        plan = dossier.plan
        if plan.pending in {client_id, dossier.entry.client_id}:
            plan = attrs.evolve(plan, pending="")
        request = dossier.requests.get(client_id)
        if dossier.chain.token_cid != client_id:
            quantity = request.quantity if request is not None else ZERO
            free = request is None or request.verb is Verb.PLACE
            asked = request.stop_price if request is not None else None
            stop = max(plan.stop, asked or plan.stop)
            fence = dossier.chain.fence_ms if free else 0
            plan = attrs.evolve(plan, token_qty=quantity, token_fence_ms=fence, stop=stop)
        absent = tuple(name for name in plan.absent if name != client_id)
        plan = attrs.evolve(plan, gone=False, half=False, absent=absent)
        anchor = request is not None and request.kind is OrderKind.LIMIT
        self.save(state=ChainState.EXITING if anchor else ChainState.PROTECTED, plan=plan, token=client_id)

    def settle_attempts(self) -> list[Attempt]:
        """Return the attempts in their last states: past the fence, every outcome is final."""
        final = []
        for cid, attempt in self.dossier.attempts.items():
            if attempt.state in attempts.FINAL:
                continue
            shown = self.dossier.known(cid) is not None or attempt.verb is Verb.CANCEL
            known = shown or attempt.state in attempts.KNOWN
            final.append(attempts.become(attempt, AttemptState.DONE if known else AttemptState.ABSENT))
        return final
