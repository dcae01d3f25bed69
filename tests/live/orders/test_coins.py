"""What the balances prove of a position without a stop, and what they do not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.live.orders.coins import Coins, _is_free, coins_of
from tradewind.live.orders.intent import DeskRules
from tradewind.model.orders import OrderKind, OrderRequest, Side, Verb
from tradewind.model.venue import AccountSnapshot, Balance

D = Decimal
LOT = D("0.00154")
amounts = st.integers(1, 6).map(lambda n: n * LOT)


def placed(client_id: str) -> OrderRequest:
    return OrderRequest(
        symbol="BTCUSDT", side=Side.SELL, kind=OrderKind.STOP, quantity=LOT, client_id=client_id, verb=Verb.PLACE,
        stop_price=D(49_000), timestamp_ms=1, recv_window_ms=300,
    )  # fmt: skip


def look(*, free: str, locked: str, booked: str, money: str, cash: str, others: Iterable[str]) -> Coins:
    """Look for a chain that holds one lot, of whose stop nothing was heard since it was placed."""
    shown = AccountSnapshot(
        balances={"BTC": Balance(free=D(free), locked=D(locked)), "USDT": Balance(free=D(money), locked=D(0))}
    )

    async def ask(question: Any, within_s: float) -> AccountSnapshot:
        return shown

    bench: Any = SimpleNamespace(
        rules=DeskRules(),
        line=SimpleNamespace(ask=ask),
        balance=lambda asset: {"BTC": D(booked), "USDT": D(cash)}[asset],
        locked=lambda driver: frozenset(map(D, others)),
    )
    dossier = SimpleNamespace(
        instrument=SimpleNamespace(base="BTC", quote="USDT"),
        requests={"R": placed("R")},
        plan=SimpleNamespace(token_qty=D(0), never=()),
        sellable=LOT,
        created=lambda: ["R"],
        known=lambda client_id: None,
        executed_entry=LOT,
        refused_id="",
    )
    driver: Any = SimpleNamespace(bench=bench, dossier=dossier)
    return asyncio.run(coins_of(driver))


@pytest.mark.critical
def test_coins_that_are_all_there_and_free_were_not_sold() -> None:
    assert look(free="1.00154", locked="0", booked="1.00154", money="5", cash="9", others=["0"]).unsold


@pytest.mark.critical
def test_a_lock_that_may_be_the_own_stops_proves_nothing() -> None:
    found = look(free="1", locked="0.00154", booked="1.00154", money="9", cash="9", others=["0", "0.00154"])
    assert not found.unsold


@pytest.mark.critical
def test_a_lock_that_is_surely_anothers_proves_that_the_own_stop_is_gone() -> None:
    assert look(free="1", locked="0.00154", booked="1.00154", money="9", cash="9", others=["0.00154"]).unsold


@pytest.mark.critical
def test_money_that_stands_where_it_did_says_nothing_when_just_the_own_coins_are_short() -> None:
    assert not look(free="1", locked="0", booked="1.00154", money="9", cash="9", others=["0"]).unsold
    assert look(free="0.5", locked="0", booked="1.00154", money="9", cash="9", others=["0"]).unsold


@given(st.sets(amounts), st.sets(amounts, min_size=1), st.booleans())
def test_the_own_lock_is_never_taken_for_another_chains(others: set[D], own: set[D], known: bool) -> None:
    sums = frozenset(others) if known and others else frozenset({*others, D(0)})
    for lock in own:
        for other in sums:
            assert not _is_free(lock + other, sums, frozenset(own))
