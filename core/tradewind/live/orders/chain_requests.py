"""
The requests of one chain: written down first, sent, and their answers written down.

Every request has an id of its own that says what it is for; one that is sent again keeps it.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from tradewind.live.orders import attempt as attempts
from tradewind.live.orders import chain as states
from tradewind.live.orders.bench import with_epoch
from tradewind.live.orders.chain_looks import ChainLooks
from tradewind.live.orders.chain_plan import THROUGH, Plan
from tradewind.live.orders.fence import fence_of
from tradewind.live.orders.payload import fingerprint, to_text
from tradewind.model.orders import OrderRequest, Reply, ReplyKind, Side, Verb
from tradewind.store.records import Attempt, AttemptState, Chain, ChainState


class ChainRequests(ChainLooks):
    """The books of one chain, and the requests that are made for it."""

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
        chain, plan = self._fenced(attrs.evolve(before, k=k), plan or dossier.plan, request)
        if state is not None:
            chain = states.become(chain, state)
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
            self.drop_pending()
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
        chain, plan = self._fenced(before, dossier.plan, request)
        chain = attrs.evolve(chain, detail=plan.to_text())
        with self.bench.unit() as unit:
            unit.save_attempt(attempt)
            unit.save_chain(chain)
        dossier.chain, dossier.plan = chain, plan
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

    def _fenced(self, chain: Chain, plan: Plan, request: OrderRequest) -> tuple[Chain, Plan]:
        """
        Return the chain and its plan with the fence of a request that is about to be sent.

        What consumes a resting order is harmless once that is gone; a copy of what is placed without a condition is
        not, before its fence.
        """
        rules = self.bench.rules
        caps = self.bench.caps[request.symbol]
        fence = fence_of(
            request.timestamp_ms, request.recv_window_ms, rules.fence_margin_ms, caps, self.bench.clock.rate
        )
        chain = attrs.evolve(chain, fence_ms=max(chain.fence_ms, fence))
        if request.verb is Verb.PLACE:
            plan = attrs.evolve(plan, placed_fence_ms=max(plan.placed_fence_ms, fence))
        return chain, plan

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
            plan = self.halved(plan, request)
            if "immediately" in reply.message and not plan.exit_reason:
                plan = attrs.evolve(plan, exit_reason=THROUGH)
        return plan
