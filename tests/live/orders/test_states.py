"""States of chains and attempts: nothing follows what must not, whatever happens in whatever order."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tradewind.errors import LiveError
from tradewind.live.orders import attempt as attempts
from tradewind.live.orders import chain as chains
from tradewind.live.orders.facts import first_fact, merge
from tradewind.model.orders import OrderKind, OrderReport, OrderStatus, Reply, ReplyKind, Side, Verb
from tradewind.store.records import Attempt, AttemptState, Chain, ChainState, OrderFact

CHAIN = Chain(id=1, session_id=1, account_fp="a", symbol="BTCUSDT", slot="s", bar_open_ms=0, opened_ms=0)
ATTEMPT = Attempt(
    chain_id=1,
    n=1,
    verb=Verb.ENTER,
    client_id="c",
    payload_json="{}",
    payload_sha256="",
    ts_signed_ms=0,
    recv_window_ms=0,
    epoch=1,
)


class ChainMachine(RuleBasedStateMachine):
    """Any sequence of states: each step is a step of the table, or is refused and changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.chain = CHAIN
        self.attempt = ATTEMPT

    @rule(state=st.sampled_from(ChainState))
    def chain_becomes(self, state: ChainState) -> None:
        before = self.chain.state
        allowed = state is before or state in chains.TRANSITIONS[before]
        if allowed:
            self.chain = chains.become(self.chain, state)
            assert state is self.chain.state
        else:
            with pytest.raises(LiveError, match="may not follow"):
                chains.become(self.chain, state)

    @rule(state=st.sampled_from(AttemptState))
    def attempt_becomes(self, state: AttemptState) -> None:
        before = self.attempt.state
        if state is before or state in attempts.TRANSITIONS[before]:
            self.attempt = attempts.become(self.attempt, state)
            assert state is not AttemptState.JOURNALLED or before is AttemptState.JOURNALLED
        else:
            with pytest.raises(LiveError, match="may not follow"):
                attempts.become(self.attempt, state)

    @invariant()
    def the_end_is_the_end(self) -> None:
        assert chains.TRANSITIONS[ChainState.CLOSED] == frozenset()
        assert all(attempts.TRANSITIONS[state] == frozenset() for state in attempts.FINAL)


TestChainMachine = ChainMachine.TestCase
TestChainMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)

statuses = st.sampled_from([s for s in OrderStatus if s not in {OrderStatus.DENIED, OrderStatus.NEW}])


class FactMachine(RuleBasedStateMachine):
    """Reports of one order in any order: what is known only ever grows, and ends once."""

    def __init__(self) -> None:
        super().__init__()
        self.fact: OrderFact | None = None
        self.end: OrderFact | None = None

    @rule(status=statuses, executed=st.integers(0, 5))
    def hear(self, status: OrderStatus, executed: int) -> None:
        report = OrderReport(
            symbol="BTCUSDT",
            order_id=7,
            client_id="c",
            side=Side.SELL,
            kind=OrderKind.STOP,
            status=status,
            quantity=Decimal(5),
            executed=Decimal(executed),
        )
        first = first_fact(report, account="a", chain_id=1, role="S", source="event")
        before = self.fact
        try:
            merged = merge(before, report, first)
        except LiveError:
            assert before is not None
            assert before.terminal
            return
        if merged is not None:
            assert before is None or merged.executed_qty >= before.executed_qty
            self.fact = merged
        if self.fact is not None and self.fact.terminal and self.end is None:
            self.end = self.fact

    @invariant()
    def a_terminal_record_never_changes(self) -> None:
        assert self.end is None or self.end == self.fact


TestFactMachine = FactMachine.TestCase
TestFactMachine.settings = settings(max_examples=80, stateful_step_count=20, deadline=None)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (ReplyKind.DONE, AttemptState.ACCEPTED),
        (ReplyKind.UNKNOWN, AttemptState.UNKNOWN),
        (ReplyKind.DUPLICATE, AttemptState.DUPLICATE),
        (ReplyKind.REFUSED, AttemptState.REFUSED),
        (ReplyKind.VENUE_DOWN, AttemptState.REFUSED),
        (ReplyKind.UNAUTHORISED, AttemptState.REFUSED),
    ],
)
def test_an_answer_says_what_became_of_its_attempt(kind: ReplyKind, state: AttemptState) -> None:
    assert state is attempts.verdict(Reply(kind=kind), None)


def test_an_entry_that_expired_is_not_final_before_its_fence() -> None:
    report = OrderReport(
        symbol="BTCUSDT",
        order_id=1,
        client_id="c",
        side=Side.BUY,
        kind=OrderKind.LIMIT,
        status=OrderStatus.EXPIRED,
        quantity=Decimal(1),
    )
    state = attempts.verdict(Reply(kind=ReplyKind.DONE, orders=(report,)), report)
    assert AttemptState.EXPIRED is state
    expired = attrs.evolve(ATTEMPT, state=state)
    assert AttemptState.ACCEPTED is attempts.become(expired, AttemptState.ACCEPTED).state
