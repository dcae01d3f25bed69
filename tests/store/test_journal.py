"""The contract of the journal: what both of its forms, on three kinds of store, promise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import attrs
import pytest

from store import samples
from store.samples import ACCOUNT, BAR, D
from tradewind.errors import JournalError, LeaseError
from tradewind.live.orders.ledger import postings
from tradewind.model.instrument import Instrument
from tradewind.model.orders import OrderStatus, Verb
from tradewind.store.disk import Disk
from tradewind.store.journal import LEASE_TIMEOUT_MS, Journal
from tradewind.store.memory import MemoryJournal
from tradewind.store.opening import open_store
from tradewind.store.records import AttemptState, Chain, ChainState, Lease
from tradewind.store.sql_journal import SqlJournal

pytestmark = pytest.mark.critical

NOW = BAR + 1_000_000


@attrs.define
class Bench:
    """A store that journals are opened on, as processes open a database."""

    opened: Callable[[], Journal]
    journals: list[Journal] = attrs.field(factory=list)

    def open(self) -> Journal:
        journal = self.opened()
        self.journals.append(journal)
        return journal

    def lease(self, journal: Journal, name: str = "one") -> Lease:
        return journal.acquire_lease(ACCOUNT, samples.owner(name), now_ms=NOW, holder_is_dead=True)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        disk = Disk()
        made = Bench(lambda: MemoryJournal(disk))
    else:
        place = request.getfixturevalue("new_place")(request.param)
        made = Bench(lambda: SqlJournal(open_store(place)))
    yield made
    for journal in made.journals:
        journal.close()


@pytest.fixture
def journal(bench: Bench) -> Journal:
    return bench.open()


@pytest.fixture
def lease(bench: Bench, journal: Journal) -> Lease:
    return bench.lease(journal)


@pytest.fixture
def chain(journal: Journal, lease: Lease) -> Chain:
    with journal.begin(lease) as unit:
        return unit.add_chain(samples.chain(unit.add_session(samples.session()).id))


def test_what_becomes_of_an_entry_is_written_beside_its_decision(bench: Bench, journal: Journal, lease: Lease) -> None:
    with journal.begin(lease) as unit:
        session = unit.add_session(samples.session())
        foreign = unit.add_session(samples.session(account_fp="another"))
        sent = unit.add_execution(samples.execution(session.id, outcome=2))
        unit.add_execution(samples.execution(session.id, outcome=1, bar_open_ms=BAR + 1))
        unit.add_execution(samples.execution(foreign.id, outcome=2))
        assert unit.executions(ACCOUNT, outcome=2) == (sent,)
        unit.save_execution(attrs.evolve(sent, outcome=3, reason="the venue said no"))
        unit.save_session(attrs.evolve(session, initial_balance=D("123.45")))
    other = bench.open()
    assert other.session(session.id) == attrs.evolve(session, initial_balance=D("123.45"))
    assert other.executions(ACCOUNT, outcome=2) == ()
    assert other.executions(ACCOUNT, outcome=3) == (attrs.evolve(sent, outcome=3, reason="the venue said no"),)


class Killed(BaseException):
    """The process ends here."""


def test_what_is_committed_is_read_back_as_it_was_written(bench: Bench, journal: Journal, lease: Lease) -> None:
    with journal.begin(lease) as unit:
        session = unit.add_session(samples.session())
        chain = unit.add_chain(samples.chain(session.id, stop_px=D("41000.10"), pnl=None))
        attempt = unit.add_attempt(samples.attempt(chain.id))
        fact = unit.save_fact(samples.fact(chain.id))
        assert unit.add_fill(samples.fill(chain.id))
        unit.add_decision(samples.decision(session.id, chain_id=chain.id))
        unit.save_checkpoint(samples.checkpoint(session.id))
        unit.save_foreign_order(samples.foreign_order())
        assert unit.add_foreign_transfer(samples.transfer())
        halt = unit.raise_halt(samples.halt())
        trade = unit.add_trade(samples.trade(session.id, chain_id=chain.id))
        position = unit.add_position(samples.position(session.id))
        assert unit.add_account_point(samples.point(session.id)).id > 0
        assert unit.add_execution(samples.execution(session.id)).id > 0
        unit.save_performance(samples.performance(session.id))
    other = bench.open()
    (found,) = other.open_chains(ACCOUNT)
    assert (found.chain, found.attempts, found.facts) == (chain, (attempt,), (fact,))
    assert found.fills == (samples.fill(chain.id),)
    assert (other.session(session.id), other.sessions(ACCOUNT)) == (session, (session,))
    assert (other.chain(chain.id), other.chains(ACCOUNT)) == (chain, (chain,))
    assert other.decision(ACCOUNT, "BTCUSDT", "adaptive", BAR) == samples.decision(session.id, chain_id=chain.id)
    assert other.checkpoint(session.id) == samples.checkpoint(session.id)
    assert other.foreign_orders(ACCOUNT) == (samples.foreign_order(),)
    assert other.foreign_transfers(ACCOUNT) == (samples.transfer(),)
    assert (other.active_halts(ACCOUNT), other.trades(session.id)) == ((halt,), (trade,))
    assert other.positions(session.id) == (position,)


def test_a_unit_that_is_killed_leaves_nothing(bench: Bench, journal: Journal, lease: Lease) -> None:
    with pytest.raises(Killed), journal.begin(lease) as unit:  # noqa: PT012  # the block is the unit
        session = unit.add_session(samples.session())
        chain = unit.add_chain(samples.chain(session.id))
        unit.add_attempt(samples.attempt(chain.id))
        unit.save_fact(samples.fact(chain.id))
        unit.add_fill(samples.fill(chain.id))
        unit.post(samples.entry())
        unit.raise_halt(samples.halt())
        assert unit.chain(chain.id) == chain
        raise Killed
    other = bench.open()
    assert (other.open_chains(ACCOUNT), other.chains(ACCOUNT), other.halts(ACCOUNT)) == ((), (), ())
    assert (other.balances(ACCOUNT), other.next_trade_id(ACCOUNT, "BTCUSDT")) == ({}, 0)
    assert other.attempts_of("tw1-slot-bar-E") == ()
    assert other.fact(ACCOUNT, "BTCUSDT", 501) is None


def test_a_changed_row_is_as_before_when_its_unit_is_killed(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        unit.post(samples.entry(chain_id=chain.id))
    with pytest.raises(Killed), journal.begin(lease) as unit:  # noqa: PT012  # the block is the unit
        unit.save_chain(attrs.evolve(chain, state=ChainState.CLOSED, closed_ms=NOW, k=3))
        unit.post(samples.entry(ref="t2"))
        raise Killed
    assert journal.open_chains(ACCOUNT)[0].chain == chain
    assert journal.balances(ACCOUNT) == journal.ledger_sums(ACCOUNT) == {"USDT": D("1000.10")}
    with pytest.raises(JournalError), journal.begin(lease) as unit:
        unit.add_chain(samples.chain(chain.session_id, bar_open_ms=BAR + 1))


def test_units_do_not_nest(journal: Journal, lease: Lease) -> None:
    with journal.begin(lease), pytest.raises(RuntimeError, match="do not nest"), journal.begin(lease):
        pass


def test_every_owner_gets_the_next_epoch(bench: Bench, journal: Journal) -> None:
    assert journal.lease_of(ACCOUNT) is None
    epochs = []
    for name in ("one", "two", "three"):
        lease = journal.acquire_lease(ACCOUNT, samples.owner(name), now_ms=NOW)
        epochs.append(lease.epoch)
        assert bench.open().lease_of(ACCOUNT) == lease
        journal.release_lease(lease, now_ms=NOW + 1)
    assert epochs == [1, 2, 3]


@pytest.mark.parametrize(
    ("host", "silent_ms", "options", "granted"),
    [
        ("here", LEASE_TIMEOUT_MS - 1, {}, False),
        ("here", LEASE_TIMEOUT_MS, {}, True),
        ("here", 0, {"holder_is_dead": True}, True),
        ("there", LEASE_TIMEOUT_MS, {}, False),
        ("there", LEASE_TIMEOUT_MS, {"takeover": True}, True),
        ("there", LEASE_TIMEOUT_MS - 1, {"takeover": True}, False),
        ("there", 0, {"holder_is_dead": True}, False),
    ],
)
def test_a_held_lease_is_taken_only_from_the_silent(
    journal: Journal, lease: Lease, host: str, silent_ms: int, options: dict[str, bool], granted: bool
) -> None:
    heard = journal.renew_lease(lease, now_ms=NOW + 500)
    assert heard.heartbeat_ms == NOW + 500
    other = samples.owner("two", host=host)
    moment = NOW + 500 + silent_ms
    if granted:
        assert journal.acquire_lease(ACCOUNT, other, now_ms=moment, **options).epoch == lease.epoch + 1
        return
    with pytest.raises(LeaseError) as refused:
        journal.acquire_lease(ACCOUNT, other, now_ms=moment, **options)
    assert (refused.value.code, refused.value.exit_code) == ("TW-L007", 75)
    assert "process 11 on here" in str(refused.value)
    assert journal.lease_of(ACCOUNT) == heard


def test_a_writer_that_lost_the_lease_writes_nothing(bench: Bench, journal: Journal, lease: Lease) -> None:
    successor = bench.open()
    taken = bench.lease(successor, "two")
    with pytest.raises(LeaseError, match="no longer the writer"), journal.begin(lease) as unit:
        unit.raise_halt(samples.halt())
    assert successor.halts(ACCOUNT) == ()
    with pytest.raises(LeaseError):
        journal.renew_lease(lease, now_ms=NOW)
    journal.release_lease(lease, now_ms=NOW)
    assert successor.lease_of(ACCOUNT) == taken
    with successor.begin(taken) as unit:
        unit.raise_halt(samples.halt())
    assert len(successor.halts(ACCOUNT)) == 1


def test_orders_and_money_need_a_lease_of_their_account(journal: Journal, lease: Lease, chain: Chain) -> None:
    writes: list[Callable[..., object]] = [
        lambda unit: unit.add_chain(samples.chain(chain.session_id, slot="other")),
        lambda unit: unit.save_chain(chain),
        lambda unit: unit.add_attempt(samples.attempt(chain.id)),
        lambda unit: unit.save_fact(samples.fact()),
        lambda unit: unit.add_fill(samples.fill()),
        lambda unit: unit.post(samples.entry()),
        lambda unit: unit.add_decision(samples.decision(chain.session_id)),
        lambda unit: unit.save_foreign_order(samples.foreign_order()),
        lambda unit: unit.add_foreign_transfer(samples.transfer()),
    ]
    for write in writes:
        with pytest.raises(JournalError, match="with a lease only"), journal.begin(None) as unit:
            write(unit)
    with pytest.raises(JournalError, match="the lease of"), journal.begin(lease) as unit:
        unit.post(samples.entry(account_fp="b"))


def test_an_operator_may_halt_without_a_lease(journal: Journal, lease: Lease) -> None:
    with journal.begin(None) as unit:
        raised = unit.raise_halt(samples.halt(breaker="OPERATOR"))
        assert unit.raise_halt(samples.halt(breaker="OPERATOR", detail="again")) == raised
        other = unit.raise_halt(samples.halt(breaker="OPERATOR", scope="BTCUSDT"))
    assert journal.active_halts(ACCOUNT) == (raised, other)
    with journal.begin(lease) as unit:
        assert unit.clear_halt(raised.id, cleared_ms=NOW, cleared_by="me")
        assert not unit.clear_halt(raised.id, cleared_ms=NOW + 1, cleared_by="me")
        assert not unit.clear_halt(10_000, cleared_ms=NOW, cleared_by="me")
    assert journal.active_halts(ACCOUNT) == (other,)
    assert journal.halts(ACCOUNT)[0] == attrs.evolve(raised, cleared_ms=NOW, cleared_by="me")
    with journal.begin(lease) as unit:
        assert unit.raise_halt(samples.halt(breaker="OPERATOR")).id not in {raised.id, other.id}


def test_a_slot_has_one_open_chain_for_each_tranche(journal: Journal, lease: Lease, chain: Chain) -> None:
    later = samples.chain(chain.session_id, bar_open_ms=BAR + 1)
    with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
        unit.add_chain(later)
    assert refused.value.code == "TW-B006"
    with journal.begin(lease) as unit:
        second = unit.add_chain(attrs.evolve(later, tranche=1))
        unit.save_chain(attrs.evolve(chain, state=ChainState.CLOSED, closed_ms=NOW, pnl=D("-1.5")))
        third = unit.add_chain(later)
    assert [found.chain.id for found in journal.open_chains(ACCOUNT)] == [second.id, third.id]
    with pytest.raises(JournalError), journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, state=ChainState.BARE))


def test_a_bar_opens_a_chain_once_even_after_it_closed(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, state=ChainState.CLOSED, closed_ms=NOW))
    with pytest.raises(JournalError), journal.begin(lease) as unit:
        unit.add_chain(samples.chain(chain.session_id))


def test_a_closed_chain_can_be_opened_again_for_a_late_order(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, state=ChainState.CLOSED, closed_ms=NOW))
    with journal.begin(lease) as unit:
        unit.save_chain(chain)
    assert journal.open_chains(ACCOUNT)[0].chain == chain


def test_k_never_goes_back(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, k=2, fence_ms=NOW))
    with pytest.raises(JournalError, match="may not go back"), journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, k=1))


def test_what_a_chain_is_does_not_change(journal: Journal, lease: Lease, chain: Chain) -> None:
    with pytest.raises(JournalError, match="symbol may not change"), journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, symbol="ETHUSDT"))
    with pytest.raises(JournalError, match="no chain 999"), journal.begin(lease) as unit:
        unit.save_chain(attrs.evolve(chain, id=999))


def test_a_client_id_is_used_once_for_each_verb(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        first = unit.add_attempt(samples.attempt(chain.id))
        second = unit.add_attempt(samples.attempt(chain.id, n=2, verb=Verb.CANCEL, consumes_cid="S0"))
    assert journal.attempts_of(first.client_id) == (first, second)
    assert journal.attempts(chain.id) == (first, second)
    for wrong in ({"n": 3}, {"n": 2, "client_id": "other"}, {"n": 3, "client_id": "x" * 37}):
        with pytest.raises(JournalError), journal.begin(lease) as unit:
            unit.add_attempt(samples.attempt(chain.id, **wrong))
    with journal.begin(lease) as unit:
        unit.add_attempt(samples.attempt(chain.id, n=3, client_id="x" * 36))


def test_an_attempt_is_never_unsent_again(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        attempt = unit.add_attempt(samples.attempt(chain.id))
        again = attrs.evolve(attempt, ts_signed_ms=NOW, epoch=2)
        unit.save_attempt(again)
        unknown = attrs.evolve(again, state=AttemptState.UNKNOWN, code=-1007, msg="Timeout", http=408, sent_ms=NOW)
        unit.save_attempt(unknown)
    assert journal.attempts(chain.id) == (unknown,)
    with pytest.raises(JournalError, match="journalled again"), journal.begin(lease) as unit:
        unit.save_attempt(again)
    with pytest.raises(JournalError, match="client_id may not change"), journal.begin(lease) as unit:
        unit.save_attempt(attrs.evolve(unknown, client_id="other"))


def test_rows_refer_to_rows_that_exist(journal: Journal, lease: Lease, chain: Chain) -> None:
    writes: list[Callable[..., object]] = [
        lambda unit: unit.add_chain(samples.chain(999, slot="other")),
        lambda unit: unit.add_attempt(samples.attempt(999)),
        lambda unit: unit.save_fact(samples.fact(999)),
        lambda unit: unit.add_fill(samples.fill(999)),
        lambda unit: unit.post(samples.entry(chain_id=999)),
        lambda unit: unit.add_decision(samples.decision(999)),
        lambda unit: unit.add_decision(samples.decision(chain.session_id, chain_id=999)),
        lambda unit: unit.save_checkpoint(samples.checkpoint(999)),
        lambda unit: unit.add_trade(samples.trade(999)),
        lambda unit: unit.add_position(samples.position(chain.session_id, chain_id=999)),
        lambda unit: unit.add_account_point(samples.point(999)),
        lambda unit: unit.add_execution(samples.execution(999)),
        lambda unit: unit.save_execution(samples.execution(chain.session_id, id=999)),
        lambda unit: unit.save_performance(samples.performance(999)),
        lambda unit: unit.save_session(samples.session(id=999)),
        lambda unit: unit.end_session(999, ended_ms=1, reason=""),
        lambda unit: unit.save_position(samples.position(chain.session_id, id=999)),
        lambda unit: unit.remove_position(999),
        lambda unit: unit.save_attempt(samples.attempt(chain.id, id=999)),
    ]
    for number, write in enumerate(writes):
        with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
            write(unit)
        assert refused.value.code == "TW-B006", number


def test_words_that_a_column_does_not_know_are_refused(journal: Journal, lease: Lease, chain: Chain) -> None:
    writes: list[Callable[..., object]] = [
        lambda unit: unit.add_session(samples.session(mode="dream")),
        lambda unit: unit.add_trade(samples.trade(chain.session_id, side="up")),
        lambda unit: unit.add_position(samples.position(chain.session_id, side="up")),
        lambda unit: unit.post(samples.entry(cause="gift")),
        lambda unit: unit.post(samples.entry(leg="arm")),
    ]
    for write in writes:
        with pytest.raises(JournalError), journal.begin(lease) as unit:
            write(unit)


def test_a_terminal_order_never_changes(journal: Journal, lease: Lease, chain: Chain) -> None:
    ended = samples.fact(chain.id, status=OrderStatus.FILLED, executed_qty=D("0.1"), terminal=True, updated_ms=BAR + 20)
    with journal.begin(lease) as unit:
        unit.save_fact(samples.fact(chain.id))
        assert unit.save_fact(ended) == ended
        assert unit.save_fact(attrs.evolve(ended, updated_ms=NOW, first_source="audit")) == ended
        assert unit.save_fact(samples.fact(chain.id)) == ended
    for wrong in ({"executed_qty": D("0.2")}, {"status": OrderStatus.CANCELED}, {"terminal": False}):
        with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
            unit.save_fact(attrs.evolve(ended, updated_ms=NOW, **wrong))
        assert refused.value.code == "TW-B007"
    assert (journal.fact(ACCOUNT, "BTCUSDT", 501), journal.open_facts(ACCOUNT)) == (ended, ())


def test_what_an_order_traded_never_decreases(journal: Journal, lease: Lease, chain: Chain) -> None:
    part = samples.fact(
        chain.id, status=OrderStatus.PARTIALLY_FILLED, executed_qty=D("0.05"), updated_ms=BAR + 20, exec_id=9
    )
    with journal.begin(lease) as unit:
        unit.save_fact(samples.fact(chain.id))
        stored = unit.save_fact(attrs.evolve(part, chain_id=None, role="", first_source="stream"))
        assert stored == attrs.evolve(part, first_source="reply")
        assert unit.save_fact(samples.fact(chain.id)) == stored
    for moment, terminal in ((NOW, False), (BAR, True)):
        less = attrs.evolve(part, executed_qty=D("0.04"), updated_ms=moment, terminal=terminal)
        with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
            unit.save_fact(less)
        assert refused.value.code == "TW-B007"
    assert journal.open_facts(ACCOUNT) == (stored,)


def test_a_fill_is_stored_once_and_never_changes(journal: Journal, lease: Lease, chain: Chain) -> None:
    fill = samples.fill(chain.id)
    with journal.begin(lease) as unit:
        assert unit.add_fill(fill)
        assert not unit.add_fill(fill)
        assert not unit.add_fill(attrs.evolve(fill, source="audit", price=D("43210.123456780")))
        free = attrs.evolve(fill, trade_id=9002, commission=D(0), commission_asset="")
        assert unit.add_fill(free)
        assert not unit.add_fill(attrs.evolve(free, commission_asset="BNB"))
    for wrong in ({"price": D(1)}, {"qty": D(1)}, {"commission_asset": "BNB"}, {"order_id": 1}, {"time_ms": 1}):
        with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
            unit.add_fill(attrs.evolve(fill, **wrong))
        assert refused.value.code == "TW-B007"
        assert next(iter(wrong)) in str(refused.value)
    assert journal.fills(chain.id) == (fill, free)


def test_the_next_trade_id_follows_the_highest_of_the_symbol(journal: Journal, lease: Lease) -> None:
    with journal.begin(lease) as unit:
        for trade_id, symbol in ((900, "BTCUSDT"), (20, "BTCUSDT"), (5, "ETHUSDT")):
            unit.add_fill(samples.fill(trade_id=trade_id, symbol=symbol))
    assert [journal.next_trade_id(ACCOUNT, name) for name in ("BTCUSDT", "ETHUSDT", "XRPUSDT")] == [901, 6, 0]
    assert journal.next_trade_id("b", "BTCUSDT") == 0


def test_the_ledger_adds_up_exactly(journal: Journal, lease: Lease, chain: Chain) -> None:
    fill = samples.fill(chain.id, commission=D("0.00000001"))
    with journal.begin(lease) as unit:
        unit.post(samples.entry(delta=D("5000.00000001")))
        for change in postings(fill, Instrument(symbol="BTCUSDT")):
            unit.post(change)
    quote = D("5000.00000001") - fill.quote_qty
    assert journal.balances(ACCOUNT) == journal.ledger_sums(ACCOUNT) == {"BTC": D("0.09999999"), "USDT": quote}
    assert journal.chain_sums(chain.id) == {"BTC": D("0.09999999"), "USDT": -fill.quote_qty}
    with pytest.raises(JournalError), journal.begin(lease) as unit:
        unit.post(postings(fill, Instrument(symbol="BTCUSDT"))[0])


def test_a_bar_is_decided_once(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        unit.add_decision(samples.decision(chain.session_id))
        unit.add_decision(samples.decision(chain.session_id, bar_open_ms=BAR - 1))
        unit.add_decision(samples.decision(chain.session_id, slot="other", bar_open_ms=BAR + 9))
    with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
        unit.add_decision(samples.decision(chain.session_id, decision="hold"))
    assert refused.value.code == "TW-B006"
    newest = journal.last_decision(ACCOUNT, "BTCUSDT", "adaptive")
    assert newest == samples.decision(chain.session_id)
    assert journal.last_decision(ACCOUNT, "BTCUSDT", "nobody") is None


def test_a_refusal_that_is_passed_over_does_not_commit(journal: Journal, lease: Lease, chain: Chain) -> None:
    with pytest.raises(JournalError), journal.begin(lease) as unit:  # noqa: PT012  # the block is the unit
        unit.raise_halt(samples.halt())
        with pytest.raises(JournalError):
            unit.add_attempt(samples.attempt(999))
    assert journal.halts(ACCOUNT) == ()


def test_foreign_rows_keep_when_they_were_first_seen(journal: Journal, lease: Lease) -> None:
    with journal.begin(lease) as unit:
        unit.save_foreign_order(samples.foreign_order())
        unit.save_foreign_order(samples.foreign_order(first_seen_ms=NOW, updated_ms=NOW, executed_qty=D(1)))
        assert unit.add_foreign_transfer(samples.transfer())
        assert not unit.add_foreign_transfer(samples.transfer(detail="again"))
    (seen,) = journal.foreign_orders(ACCOUNT)
    assert (seen.first_seen_ms, seen.updated_ms, seen.executed_qty) == (BAR, NOW, D(1))
    with pytest.raises(JournalError) as refused, journal.begin(lease) as unit:
        unit.add_foreign_transfer(samples.transfer(delta=D(-21)))
    assert refused.value.code == "TW-B007"


def test_the_newest_checkpoint_takes_the_place_of_older_ones(journal: Journal, lease: Lease, chain: Chain) -> None:
    newer = samples.checkpoint(chain.session_id, bar_open_ms=BAR + 1, kernel_state=b"new")
    with journal.begin(lease) as unit:
        unit.save_checkpoint(samples.checkpoint(chain.session_id))
        unit.save_checkpoint(newer)
    assert journal.checkpoint(chain.session_id) == newer
    assert journal.checkpoint(999) is None


def test_positions_come_and_go(journal: Journal, lease: Lease, chain: Chain) -> None:
    with journal.begin(lease) as unit:
        first = unit.add_position(samples.position(chain.session_id, chain_id=chain.id))
        second = unit.add_position(samples.position(chain.session_id, symbol="ETHUSDT"))
        marked = attrs.evolve(first, current_price=D(44_000), unrealized_pnl=D("78.95"))
        unit.save_position(marked)
        unit.remove_position(second.id)
        unit.save_performance(samples.performance(chain.session_id))
        unit.save_performance(samples.performance(chain.session_id, total_return=0.2))
        unit.end_session(chain.session_id, ended_ms=NOW, reason="stop")
    assert journal.positions(chain.session_id) == (marked,)
    ended = journal.session(chain.session_id)
    assert ended is not None
    assert (ended.ended_ms, ended.end_reason) == (NOW, "stop")


@pytest.mark.parametrize("amount", [0.1, 1, "1", Decimal("NaN"), Decimal("Infinity"), True])
def test_an_amount_that_is_no_exact_decimal_never_becomes_a_record(amount: object) -> None:
    with pytest.raises(TypeError, match="expected a finite Decimal"):
        samples.entry(delta=amount)


def test_what_a_commit_raises_undoes_the_unit() -> None:
    def fail() -> None:
        raise OSError(28, "No space left on device")

    disk = Disk()
    journal = MemoryJournal(disk, before_commit=fail)
    with pytest.raises(OSError, match="No space"), journal.begin(None) as unit:
        unit.raise_halt(samples.halt())
    assert MemoryJournal(disk).halts(ACCOUNT) == ()


def test_a_sleeper_that_wakes_in_its_unit_writes_nothing() -> None:
    disk = Disk()
    sleeper = MemoryJournal(disk)
    lease = sleeper.acquire_lease(ACCOUNT, samples.owner(), now_ms=NOW)
    with pytest.raises(LeaseError), sleeper.begin(lease) as unit:  # noqa: PT012  # the block is the unit
        unit.raise_halt(samples.halt())
        successor = MemoryJournal(disk)
        taken = successor.acquire_lease(ACCOUNT, samples.owner("two"), now_ms=NOW, holder_is_dead=True)
        with successor.begin(taken) as other:
            other.raise_halt(samples.halt(breaker="CLOCK"))
        unit.raise_halt(samples.halt(breaker="LATE"))
    assert [halt.breaker for halt in MemoryJournal(disk).halts(ACCOUNT)] == ["CLOCK"]


def test_a_journal_on_sqlite_belongs_to_one_thread(tmp_path: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from tradewind.errors import StoreError

    journal = SqlJournal(open_store(tmp_path / "one.db"))
    assert journal.halts(ACCOUNT) == ()
    with ThreadPoolExecutor(1) as pool, pytest.raises(StoreError, match="thread"):
        pool.submit(journal.halts, ACCOUNT).result()
    journal.close()
