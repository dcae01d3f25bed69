"""
The books of one chain: whatever is heard of it is written down, and chain and plan follow from the facts.

Nothing is kept only in memory that a restart would need, so a new process goes on wherever the old one ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from tradewind.config.redaction import redact
from tradewind.errors import StoreError
from tradewind.live.breakers import ACCOUNT
from tradewind.live.orders import attempt as attempts
from tradewind.live.orders import chain as states
from tradewind.live.orders.chain_plan import Plan
from tradewind.live.orders.dossier import Dossier
from tradewind.live.orders.facts import RESTING, fill_of, first_fact, merge
from tradewind.live.orders.holding import DeskEventKind
from tradewind.live.orders.intent import Decided
from tradewind.live.orders.ledger import fee_in_quote, post_fill
from tradewind.live.orders.one_chain import OneChain
from tradewind.model.orders import FillReport, OrderReport, OrderRequest, OrderStatus, Side
from tradewind.store.journal import Unit
from tradewind.store.records import Attempt, AttemptState, Chain, ChainState, Fill, OpenChain, OrderFact

_EVENTS: Mapping[ChainState, DeskEventKind] = {
    ChainState.PROTECTED: DeskEventKind.PROTECTED,
    ChainState.BARE: DeskEventKind.BARE,
    ChainState.EXITING: DeskEventKind.EXITING,
}


def write_decision(unit: Unit, decided: Decided | None) -> None:
    """Write a bar's decision down with what was decided."""
    if decided is None:
        return
    unit.add_decision(decided.bar)
    if decided.execution is not None:
        unit.add_execution(decided.execution)


class ChainBooks(OneChain):
    """What is known of one chain, and the writing down of it."""

    def halved(self, plan: Plan, swap: OrderRequest) -> Plan:
        """
        Return the plan once a swap has taken its order away and placed nothing: neither has sold anything.

        Nor has another swap of that order, which would have found it gone.
        """
        others = [cid for cid, one in self.dossier.requests.items() if one.consumes == swap.consumes]
        unmade = [cid for cid in others if self.dossier.known(cid) is None]
        ended = dict.fromkeys((swap.consumes, swap.client_id, *unmade))
        never = (*plan.never, *(cid for cid in ended if cid not in plan.never))
        absent = self.dossier.without(swap.consumes).absent
        return attrs.evolve(plan, never=never, absent=absent, half=plan.half or plan.pending == swap.client_id)

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
                plan = self.halved(plan or dossier.plan, swap)
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
            self._check_bought_once(row)
        if chain.state is not before.state and chain.state in _EVENTS:
            self.tell(_EVENTS[chain.state], stop=chain.stop_px)
        if chain.state is not before.state or chain.token_cid != before.token_cid:
            self.looks = 0
            self.watch_bareness()
        moved = before.stop_px is not None and chain.stop_px is not None and chain.stop_px != before.stop_px
        if moved:
            self.tell(DeskEventKind.STOP_MOVED, price=chain.stop_px, before=before.stop_px)

    def _check_slippage(self, row: Fill) -> None:
        limit = self.dossier.entry.price
        if row.side is Side.BUY and limit is not None and row.price > limit:
            self.bench.trip("SLIPPAGE", detail=f"bought at {row.price}, at most {limit} was asked for")

    def _check_bought_once(self, row: Fill) -> None:
        """
        Halt the symbol when the entry bought twice.

        The venue refuses a copy of an entry while its stop rests; one that arrives within its window when that is
        gone already is acted on. The chain owns what it bought, so it is protected and sold like the rest.
        """
        orders = sorted({fill.order_id for fill in self.dossier.fills.values() if fill.side is Side.BUY})
        if row.side is Side.BUY and len(orders) > 1:
            words = f"{row.client_id} was executed as orders {', '.join(map(str, orders))}: a copy of the entry arrived"
            self.bench.trip("LATE_ORDER", scope=row.symbol, detail=words)

    def quarantine(self, reason: str, *, breaker: str = "INVARIANT", scope: str = ACCOUNT) -> None:
        """Stop moving the chain: something happened that must not; what rests stays at the venue."""
        self.bench.trip(breaker, scope=scope, detail=redact(reason)[:200])
        if self.dossier.chain.state is not ChainState.QUARANTINED:
            try:
                self.save(state=ChainState.QUARANTINED)
            except StoreError as error:
                self.tell(DeskEventKind.TROUBLE, error=str(error))

    def drop_pending(self) -> None:
        """Wait no longer for a request: it was refused, or something else has settled what it was for."""
        self.save(plan=attrs.evolve(self.dossier.plan, pending="", half=False, gone=False))
