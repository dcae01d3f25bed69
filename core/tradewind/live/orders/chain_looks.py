"""Looking at the orders of one chain: by their ids, by executions, and by asking the matching engine."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

import attrs

from tradewind.live.orders import attempt as attempts
from tradewind.live.orders.chain_books import ChainBooks
from tradewind.model.orders import FillReport, OrderKind, OrderReport, Verb
from tradewind.model.venue import Probe
from tradewind.plugins.protocols import Executor
from tradewind.store.records import ZERO, Attempt, AttemptState, ChainState


async def _order_of(venue: Executor, *, symbol: str, client_id: str, order_id: int) -> OrderReport | None:
    if order_id:
        return await venue.order(symbol, order_id=order_id)
    return await venue.order(symbol, client_id=client_id)


async def _fills_of(venue: Executor, *, symbol: str, from_id: int) -> Sequence[FillReport]:
    return await venue.fills(symbol, from_id)


async def _probe_of(venue: Executor, *, symbol: str, client_id: str, quantity: Decimal) -> Probe:
    return await venue.probe(symbol, client_id, quantity)


class ChainLooks(ChainBooks):
    """The books of one chain, and the looks that fill them."""

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
        """Ask the matching engine whether an order rests; one that does not say so is asked again soon."""
        chain = self.dossier.chain
        quantity = self.dossier.plan.token_qty if client_id == chain.token_cid else ZERO
        request = self.dossier.requests.get(client_id)
        if quantity == 0:
            quantity = request.quantity if request is not None else self.dossier.entry.quantity
        question = partial(_probe_of, symbol=chain.symbol, client_id=client_id, quantity=quantity)
        answer = await self.bench.line.ask(question, within_s=self.patience_s)
        self.probed_at, self.probe_told = self.bench.seconds(), answer is not Probe.UNKNOWN
        return answer

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
            fence = plan.placed_fence_ms if free else 0
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
