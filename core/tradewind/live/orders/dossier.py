"""
Everything known of one chain, as the journal holds it, and what follows from it.

A dossier changes only after the journal has: a unit of work that fails leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from tradewind.live.orders import chain as states
from tradewind.live.orders.chain_plan import NEVER_WORKED, Plan, floor_to
from tradewind.live.orders.facts import RESTING
from tradewind.live.orders.holding import Holding
from tradewind.live.orders.payload import from_text
from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderKind, OrderRequest, OrderStatus, Side, Verb
from tradewind.store.records import ZERO, Attempt, AttemptState, Chain, ChainState, Fill, OpenChain, OrderFact


class Dossier:
    """
    One chain with its attempts, facts and executions.

    Args:
        record: What the journal holds of it.
        instrument: The pair.
    """

    def __init__(self, record: OpenChain, instrument: Instrument) -> None:
        self.chain = record.chain
        self.plan = Plan.from_text(record.chain.detail)
        self.instrument = instrument
        self.attempts: dict[str, Attempt] = {attempt.client_id: attempt for attempt in record.attempts}
        self.requests: dict[str, OrderRequest] = {
            attempt.client_id: from_text(attempt.payload_json) for attempt in record.attempts
        }
        self.facts: dict[int, OrderFact] = {fact.order_id: fact for fact in record.facts}
        self.fills: dict[int, Fill] = {fill.trade_id: fill for fill in record.fills}

    # what is known

    def known(self, client_id: str) -> OrderFact | None:
        """Return the newest order of an id."""
        found = [fact for fact in self.facts.values() if fact.client_id == client_id]
        return max(found, key=lambda fact: fact.order_id) if found else None

    @property
    def entry(self) -> OrderRequest:
        """The request that opened the chain."""
        return next(iter(self.requests.values()))

    @property
    def resting(self) -> list[OrderFact]:
        """The chain's sell orders that rest, as far as is known, oldest first; those a swap has consumed do not."""
        consumed = [
            request.consumes
            for request in self.requests.values()
            if request.consumes and (request.client_id == self.chain.token_cid or self.known(request.client_id))
        ]
        return [
            fact
            for _, fact in sorted(self.facts.items())
            if fact.status in RESTING
            and fact.client_id != self.entry.client_id
            and fact.client_id not in consumed
            and not self.is_absent(fact)
        ]

    def is_absent(self, fact: OrderFact) -> bool:
        """Tell whether the matching engine has said that an order which seems to rest does not."""
        return str(fact.order_id) in self.plan.absent or fact.client_id in self.plan.absent

    def without(self, client_id: str) -> Plan:
        """Return the plan with the orders of an id taken as not open, by the word of the matching engine."""
        shown = [str(fact.order_id) for fact in self.facts.values() if fact.client_id == client_id]
        fresh = [name for name in shown or [client_id] if name not in self.plan.absent]
        return attrs.evolve(self.plan, absent=(*self.plan.absent, *fresh))

    @property
    def token_is_absent(self) -> bool:
        """Whether the matching engine has said that the token is not open."""
        token = self.known(self.chain.token_cid)
        return self.chain.token_cid in self.plan.absent or (token is not None and self.is_absent(token))

    @property
    def token_left(self) -> Decimal:
        """What the token still keeps locked, base units."""
        if self.token_is_absent:
            return ZERO
        token = self.known(self.chain.token_cid)
        return max(self.plan.token_qty - (token.executed_qty if token is not None else ZERO), ZERO)

    def trigger_of(self, client_id: str) -> Decimal | None:
        """Return the trigger of a stop of the chain: that of the entry's own stop when no request made it."""
        request = self.requests.get(client_id, self.entry)
        return request.stop_price

    @property
    def highest_stop(self) -> Decimal | None:
        """The highest trigger of the stops that rested or may have; None when none can have: a stop never loosens."""
        found = []
        for client_id in self.created():
            attempt = self.attempts.get(client_id)
            refused = attempt is not None and attempt.state is AttemptState.REFUSED
            fact, trigger = self.known(client_id), self.trigger_of(client_id)
            held_only = fact is not None and fact.expiry_reason == NEVER_WORKED
            if trigger is not None and not held_only and (fact is not None or not refused):
                found.append(trigger)
        return max(found, default=None)

    @property
    def refused_id(self) -> str:
        """
        The client id of an order that was to rest and that the venue has refused each time, empty for none.

        A copy of the request may still come. The id is used again for what is placed instead: while that rests,
        the copy is refused as its duplicate.
        """
        for client_id, request in reversed(self.requests.items()):
            rests = request.verb is Verb.PLACE and request.side is Side.SELL and request.kind is not OrderKind.MARKET
            if rests and self.known(client_id) is None:
                return client_id if self.attempts[client_id].state is AttemptState.REFUSED else ""
        return ""

    @property
    def is_complete(self) -> bool:
        """Whether every execution that the orders speak of is in the ledger."""
        by_order: dict[int, Decimal] = {}
        for fill in self.fills.values():
            by_order[fill.order_id] = by_order.get(fill.order_id, ZERO) + fill.qty
        return all(by_order.get(order_id, ZERO) == fact.executed_qty for order_id, fact in self.facts.items())

    def _sum(self, side: Side) -> Decimal:
        return sum((fill.qty for fill in self.fills.values() if fill.side is side), ZERO)

    @property
    def net(self) -> Decimal:
        """Base units held: bought, less sold, less what commission took of them."""
        base = self.instrument.base
        fees = sum((fill.commission for fill in self.fills.values() if fill.commission_asset == base), ZERO)
        return self._sum(Side.BUY) - self._sum(Side.SELL) - fees

    @property
    def bought(self) -> Decimal:
        """Base units bought, commission not taken off."""
        return self._sum(Side.BUY)

    @property
    def executed_entry(self) -> Decimal:
        """Base units that the entry is known to have bought, executions that are still to be read included."""
        return sum((fact.executed_qty for fact in self.facts.values() if fact.client_id == self.entry.client_id), ZERO)

    @property
    def is_explained(self) -> bool:
        """Whether the books tell a whole story: what was bought is known, and no more was sold."""
        entry = self.known(self.entry.client_id)
        sold = self._sum(Side.SELL)
        return self.is_complete and entry is not None and entry.terminal and sold <= self.bought

    @property
    def is_flat(self) -> bool:
        """Whether less than a lot is held, every execution being known."""
        return self.is_complete and self.net < self.lot

    @property
    def lot(self) -> Decimal:
        """The least quantity that can be sold."""
        return max(self.instrument.min_qty, self.instrument.lot_step)

    @property
    def sellable(self) -> Decimal:
        """What may be sold when nothing rests: never more than was bought and is left."""
        return floor_to(max(self.net, ZERO), self.instrument.lot_step)

    @property
    def pending(self) -> OrderRequest | None:
        """The request whose outcome is not settled."""
        return self.requests.get(self.plan.pending)

    @property
    def locks(self) -> frozenset[Decimal]:
        """
        What the chain may keep locked at the venue, base units.

        One amount when that is known; two while a request is under way that takes a lock away or makes one.
        """
        now = self.token_left if self.chain.token_cid else ZERO
        request = self.pending
        if request is None or request.side is not Side.SELL:
            return frozenset({now})
        rests = request.verb in {Verb.PLACE, Verb.SWAP} and request.kind is not OrderKind.MARKET
        return frozenset({now, request.quantity if rests else ZERO})

    def created(self) -> Iterable[str]:
        """Return the ids of the sell orders that requests of the chain may have made, oldest first."""
        for request in self.requests.values():
            if request.stop_id:
                yield request.stop_id
            if request.verb in {Verb.SWAP, Verb.PLACE} and request.side is Side.SELL:
                yield request.client_id

    def holding(self) -> Holding:
        """Return the chain as the engine sees it."""
        buys = [fill for fill in self.fills.values() if fill.side is Side.BUY]
        paid = sum((fill.quote_qty for fill in buys), ZERO)
        fees = sum((fill.commission for fill in buys if fill.commission_asset == self.instrument.quote), ZERO)
        base = sum((fill.commission for fill in buys if fill.commission_asset == self.instrument.base), ZERO)
        bought = self.bought
        received, held = bought - base, self.net
        return Holding(
            chain_id=self.chain.id,
            symbol=self.chain.symbol,
            slot=self.chain.slot,
            bar_open_ms=self.chain.bar_open_ms,
            tranche=self.chain.tranche,
            quantity=held,
            average_entry=paid / bought if bought else ZERO,
            cost=(paid + fees) * held / received if received > 0 else ZERO,
            stop_price=self.chain.stop_px,
            token=self.chain.token_cid,
            state=self.chain.state,
            exiting=bool(self.plan.exit_reason),
            opened_ms=self.chain.opened_ms,
            sold=self._sum(Side.SELL),
            entered_ms=min((fill.time_ms for fill in buys), default=0),
        )

    # what follows

    def derived(self, *, stop_leg: bool) -> tuple[Chain, Plan]:
        """
        Return chain and plan as the facts make them.

        Args:
            stop_leg: The entry brought its stop: what it bought is not bare before that stop is known to be gone.
        """
        chain, plan = self.chain, self.plan
        if chain.state in {ChainState.QUARANTINED, ChainState.CLOSED}:
            return chain, plan
        if plan.pending and plan.pending != self.entry.client_id:
            chain, plan = self._after_pending(chain, plan)
        if chain.state in {ChainState.ENTERING, ChainState.UNCERTAIN}:
            return self._after_entry(chain, plan, stop_leg=stop_leg)
        if not plan.pending:
            chain, plan = self._after_token(chain, plan)
        return attrs.evolve(chain, qty=max(self.net, ZERO)), plan

    def _rest_on(self, chain: Chain, plan: Plan, fact: OrderFact) -> tuple[Chain, Plan]:
        """Let `fact` be the token."""
        request = self.requests.get(fact.client_id)
        state = ChainState.PROTECTED
        stop = plan.stop
        if request is not None:
            if request.kind is OrderKind.LIMIT:
                state = ChainState.EXITING
            elif request.stop_price is not None:
                stop = max(plan.stop, request.stop_price)
        known = chain.token_cid == fact.client_id and plan.token_qty
        quantity = plan.token_qty if known else (request.quantity if request is not None else ZERO)
        fence = plan.token_fence_ms
        if chain.token_cid != fact.client_id:
            free = request is None or request.verb is Verb.PLACE
            fence = plan.placed_fence_ms if free else 0
        protects = state is ChainState.PROTECTED
        trigger = (self.trigger_of(fact.client_id) or stop) if protects else None
        chain = attrs.evolve(states.become(chain, state), token_cid=fact.client_id, stop_px=trigger)
        return chain, attrs.evolve(plan, stop=stop, token_qty=quantity, token_fence_ms=fence, gone=False, half=False)

    def _let_go(self, chain: Chain, plan: Plan) -> tuple[Chain, Plan]:
        """Nothing rests any more: the position is bare, or has been sold."""
        bare = self.is_complete and self.net >= self.lot
        state = ChainState.BARE if bare else ChainState.EXITING
        if chain.state is ChainState.BARE and not self.is_flat:
            state = ChainState.BARE
        chain = attrs.evolve(states.become(chain, state), token_cid="", stop_px=None)
        return chain, attrs.evolve(plan, token_qty=ZERO, gone=False, half=False)

    def _after_pending(self, chain: Chain, plan: Plan) -> tuple[Chain, Plan]:
        request = self.requests[plan.pending]
        made = self.known(request.client_id) if request.verb is not Verb.CANCEL else None
        gone = self.known(request.consumes) if request.consumes else None
        if made is not None and request.stop_price is not None:
            plan = attrs.evolve(plan, stop=max(plan.stop, request.stop_price))
        settled = attrs.evolve(plan, pending="", half=False, gone=False)
        rests = made is not None and made.status in RESTING and not self.is_absent(made)
        if made is not None and rests and request.kind is not OrderKind.MARKET:
            return self._rest_on(chain, settled, made)
        if made is not None and made.terminal:
            return self._let_go(chain, settled)
        if made is None and plan.half:
            return self._let_go(chain, settled)
        nothing_made = request.verb is Verb.CANCEL
        if made is None and gone is not None and gone.terminal and (nothing_made or gone.status is OrderStatus.FILLED):
            return self._let_go(chain, settled)
        if made is not None and chain.state is not ChainState.EXITING:
            chain = attrs.evolve(states.become(chain, ChainState.EXITING), token_cid="", stop_px=None)
        return chain, plan

    def _after_entry(self, chain: Chain, plan: Plan, *, stop_leg: bool) -> tuple[Chain, Plan]:
        chain = attrs.evolve(chain, qty=max(self.net, ZERO))
        resting = self.resting
        if resting:
            return self._rest_on(chain, attrs.evolve(plan, pending=""), resting[-1])
        executed = self.executed_entry
        stop = self.known(self.entry.stop_id) if self.entry.stop_id else None
        ended = stop.terminal if stop is not None else not stop_leg
        bought = self.known(self.entry.client_id)
        if executed > 0 and ended and bought is not None and bought.terminal:
            return self._let_go(chain, attrs.evolve(plan, pending=""))
        return chain, plan

    def _after_token(self, chain: Chain, plan: Plan) -> tuple[Chain, Plan]:
        token = self.known(chain.token_cid) if chain.token_cid else None
        resting = self.resting
        if token is not None and token.status in RESTING and not self.is_absent(token):
            return self._rest_on(chain, plan, token)
        unheld = not chain.token_cid or (token is not None and token.terminal)
        if resting and unheld and not (self.is_flat and chain.state is ChainState.EXITING):
            return self._rest_on(chain, plan, resting[-1])
        if token is not None and token.terminal:
            return self._let_go(chain, plan)
        if chain.state is ChainState.BARE and self.is_flat:
            return states.become(chain, ChainState.EXITING), plan
        return chain, plan
