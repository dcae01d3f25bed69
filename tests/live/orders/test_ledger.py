"""The ledger: exact to the last unit, whatever the fee is taken in; deposits are no profit."""

from __future__ import annotations

import os
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.live.orders.ledger import DAY_MS, Marks, account_state, marks_of, post_fill, post_transfer, postings
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Side
from tradewind.store.accounts import AccountPoint
from tradewind.store.memory import MemoryJournal
from tradewind.store.records import ZERO, Fill, ForeignTransfer, Halt, Lease, LeaseOwner

INSTRUMENT = Instrument(symbol="BTCUSDT", base="BTC", quote="USDT")
EIGHTH = Decimal("1e-8")


def leased() -> tuple[MemoryJournal, Lease]:
    journal = MemoryJournal()
    owner = LeaseOwner(uuid="u", host="h", pid=1, boot_id="b")
    return journal, journal.acquire_lease("a", owner, now_ms=0)


def drawn(number: int, random: Random) -> Fill:
    price = Decimal(random.randint(1, 10**13)) * EIGHTH
    quantity = Decimal(random.randint(1, 10**11)) * EIGHTH
    return Fill(
        account_fp="a",
        symbol="BTCUSDT",
        trade_id=number,
        order_id=number // 3,
        side=random.choice([Side.BUY, Side.SELL]),
        price=price,
        qty=quantity,
        quote_qty=(price * quantity).quantize(EIGHTH),
        commission=Decimal(random.randint(0, 10**9)) * EIGHTH,
        commission_asset=random.choice(["BTC", "USDT", "BNB"]),
        time_ms=number,
    )


def test_the_ledger_is_exact_over_many_fills_in_three_fee_coins() -> None:
    count = int(os.environ.get("TRADEWIND_LEDGER_FILLS", "20000"))
    journal, lease = leased()
    random = Random(7)  # noqa: S311 - repeatable on purpose
    units: dict[str, int] = {"BTC": 0, "USDT": 0, "BNB": 0}
    for start in range(0, count, 1_000):
        with journal.begin(lease) as unit:
            for number in range(start, min(start + 1_000, count)):
                fill = drawn(number, random)
                assert post_fill(unit, fill, INSTRUMENT)
                sign = 1 if fill.side is Side.BUY else -1
                units["BTC"] += sign * int(fill.qty / EIGHTH)
                units["USDT"] -= sign * int(fill.quote_qty / EIGHTH)
                units[fill.commission_asset] -= int(fill.commission / EIGHTH)
    exact = {asset: Decimal(amount).scaleb(-8) for asset, amount in units.items()}
    assert exact == journal.balances("a")
    assert exact == journal.ledger_sums("a")


def test_an_execution_that_is_heard_of_twice_is_booked_once() -> None:
    journal, lease = leased()
    fill = drawn(1, Random(1))  # noqa: S311
    with journal.begin(lease) as unit:
        booked = [post_fill(unit, fill, INSTRUMENT), post_fill(unit, fill, INSTRUMENT)]
    assert booked == [True, False]
    assert sum((entry.delta for entry in postings(fill, INSTRUMENT) if entry.asset == "BTC"), ZERO) == journal.balances(
        "a"
    ).get("BTC", ZERO)


def test_a_transfer_that_is_heard_of_twice_is_booked_once() -> None:
    journal, lease = leased()
    transfer = ForeignTransfer(account_fp="a", transfer_id="t", asset="USDT", delta=Decimal(5), time_ms=0)
    with journal.begin(lease) as unit:
        booked = [post_transfer(unit, transfer), post_transfer(unit, transfer)]
    assert booked == [True, False]
    assert {"USDT": Decimal(5)} == journal.balances("a")


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30), st.integers(-(10**5), 10**5))
def test_a_deposit_is_neither_profit_nor_loss(equities: list[int], flow: int) -> None:
    marks = Marks()
    for hour, equity in enumerate(equities):
        marks = marks.after(Decimal(equity), hour * 3_600_000)
    moved = marks.moved(Decimal(flow))
    now = Decimal(equities[-1])
    assert marks.peak - now == moved.peak - (now + flow)
    assert marks.day_start - now == moved.day_start - (now + flow)


def test_a_day_begins_once_even_when_the_clock_goes_back() -> None:
    marks = Marks().after(Decimal(100), DAY_MS).after(Decimal(90), 2 * DAY_MS)
    back = marks.after(Decimal(80), 2 * DAY_MS - 1).after(Decimal(70), 2 * DAY_MS + 1)
    assert Decimal(90) == back.day_start
    assert Decimal(100) == back.peak


def test_the_fall_from_the_peak_is_a_fraction_of_the_peak() -> None:
    marks = Marks(peak=Decimal(200), day_start=Decimal(100), day=1)
    state = account_state(cash=Decimal(100), values=[Decimal(50)], on_the_way=Decimal(7), marks=marks, now_ms=0)
    assert (Decimal(150), Decimal("0.25"), Decimal(57)) == (state.equity, state.drawdown, state.exposure)


@pytest.mark.parametrize("side", [Side.BUY, Side.SELL])
def test_every_leg_has_its_sign(side: Side) -> None:
    fill = Fill(
        account_fp="a",
        symbol="BTCUSDT",
        trade_id=1,
        order_id=1,
        side=side,
        price=Decimal(10),
        qty=Decimal(2),
        quote_qty=Decimal(20),
        commission=Decimal("0.5"),
        commission_asset="BNB",
        time_ms=0,
    )
    sign = 1 if side is Side.BUY else -1
    deltas = {entry.leg: entry.delta for entry in postings(fill, INSTRUMENT)}
    assert {"base": 2 * sign, "quote": -20 * sign, "commission": Decimal("-0.5")} == deltas


def test_a_restart_measures_losses_from_the_peak_that_was() -> None:
    points = [
        AccountPoint(session_id=1, timestamp=time_ms, balance=ZERO, equity=Decimal(equity), drawdown=0.0)
        for time_ms, equity in ((0, 100), (10, 150), (30, 140), (DAY_MS, 130))
    ]
    opening = ForeignTransfer(account_fp="a", transfer_id="o", asset="USDT", delta=Decimal(100), time_ms=0)
    deposit = ForeignTransfer(account_fp="a", transfer_id="d", asset="USDT", delta=Decimal(20), time_ms=20)
    coins = ForeignTransfer(account_fp="a", transfer_id="c", asset="BTC", delta=Decimal(9), time_ms=20)
    later = ForeignTransfer(account_fp="a", transfer_id="l", asset="USDT", delta=Decimal(5), time_ms=2 * DAY_MS)
    marks = marks_of(points, [opening, deposit, coins, later], ["USDT"])
    assert marks == Marks(peak=Decimal(175), day_start=Decimal(135), day=1)


def test_who_clears_a_drawdown_accepts_the_loss_also_after_a_restart() -> None:
    points = [
        AccountPoint(session_id=1, timestamp=time_ms, balance=ZERO, equity=Decimal(equity), drawdown=0.0)
        for time_ms, equity in ((0, 100), (10, 70), (30, 72))
    ]
    halt = Halt(account_fp="a", scope="account", breaker="DRAWDOWN", raised_ms=10, cleared_ms=20, cleared_by="operator")
    assert marks_of(points, [], ["USDT"], [halt]) == Marks(peak=Decimal(72), day_start=Decimal(100), day=0)
    assert Marks(peak=Decimal(9)).accepted("AUTH", Decimal(5)) == Marks(peak=Decimal(9))
