"""The judge of a drill: each broken promise is seen in the exchange's ledger, and nothing else is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tradewind.live.orders.ids import OrderName, OrderNames
from tradewind.live.review.judge import BARE_S, Judge, book_differences

NAMES = OrderNames("fp", ["trend"], ["BTCUSDT"])
SECOND = 1_000_000


def client_id(role: str, k: int = 0, bar_ms: int = 1_700_000_000_000) -> str:
    return NAMES.write(OrderName("trend", 0, bar_ms, "BTCUSDT", role, k))


def line(
    at_s: float, role: str, order_id: int, status: str, *, bought: int = 0, sold: int = 0, fee: int = 0,
    fee_asset: str = "BTC", cid: str = "",
) -> dict[str, Any]:  # fmt: skip
    quantity = bought or sold
    trade = {"quantity": str(quantity), "commission": str(fee), "commission_asset": fee_asset} if quantity else None
    return {
        "time_us": int(at_s * SECOND),
        "kind": "TRADE" if quantity else "ORDER",
        "symbol": "BTCUSDT",
        "data": {
            "client_id": cid or client_id(role),
            "order_id": order_id,
            "side": "BUY" if role == "E" else "SELL",
            "type": {"E": "LIMIT", "S": "STOP_LOSS"}.get(role, "MARKET"),
            "status": status,
            "trade": trade,
        },
    }


ENTRY = (line(10, "E", 1, "FILLED", bought=100_000, fee=100), line(10, "S", 2, "NEW"))


def judged(*lines: dict[str, Any], pace: float = 1.0, until_s: float = 100.0) -> Judge:
    judge = Judge(pace)
    judge.take(lines)
    judge.finish(int(until_s * SECOND))
    return judge


@pytest.mark.critical
def test_a_position_that_is_protected_from_its_first_moment_breaks_no_promise() -> None:
    judge = judged(*ENTRY, line(40, "S", 2, "FILLED", sold=99_900, fee=3, fee_asset="USDT"))
    assert (judge.violations, judge.entries, judge.open_now) == ([], 1, 0)
    assert (judge.protected_s, judge.bare_s) == (30.0, 0.0)


@pytest.mark.critical
def test_a_stop_that_is_swapped_in_one_act_leaves_no_bare_moment() -> None:
    second = line(20, "S", 3, "NEW", cid=client_id("S", 1))
    judge = judged(*ENTRY, line(20, "S", 2, "CANCELED"), second, until_s=30.0)
    assert (judge.violations, judge.protected_s, judge.bare_s, judge.open_now) == ([], 20.0, 0.0, 1)


@pytest.mark.critical
def test_a_moment_without_a_stop_is_counted_in_the_networks_time() -> None:
    lines = (*ENTRY, line(20, "S", 2, "CANCELED"), line(80, "S", 3, "NEW", cid=client_id("S", 1)))
    slow = judged(*lines)
    assert (slow.bare_s, slow.longest_bare_s) == (60.0, 60.0)
    assert [text.partition(": ")[2] for text in slow.violations] == [
        "was without a stop for 60.0 s of the network's time"
    ]
    fast = judged(*lines, pace=60.0)
    assert (fast.bare_s, fast.violations) == (1.0, [])
    assert BARE_S == 5.0


@pytest.mark.critical
def test_a_position_that_is_bare_to_the_end_is_seen() -> None:
    judge = judged(line(10, "E", 1, "FILLED", bought=100_000))
    assert len(judge.violations) == 1
    assert judge.bare_s == 90.0


@pytest.mark.critical
def test_selling_more_than_was_bought_and_a_second_entry_are_seen_once() -> None:
    sold = line(20, "X", 5, "FILLED", sold=60_000)
    judge = judged(*ENTRY, sold, sold, line(30, "E", 9, "FILLED", bought=1_000), line(31, "S", 10, "NEW"))
    assert [text.partition(": ")[2] for text in judge.violations] == [
        "sold more than it bought",
        "was entered more than once",
    ]


def test_orders_of_other_hands_are_counted_and_not_judged() -> None:
    judge = judged(line(10, "X", 1, "FILLED", sold=100_000, cid="by-hand"))
    assert (judge.violations, judge.foreign, judge.entries) == ([], 1, 0)


@pytest.mark.critical
def test_books_are_compared_to_the_last_unit() -> None:
    kept = {"USDT": Decimal("10.00000001"), "BTC": Decimal("0.5")}
    assert book_differences(kept, {"USDT": (1_000_000_000, 1), "BTC": (25_000_000, 25_000_000)}) == []
    assert book_differences(kept, {"USDT": (1_000_000_000, 0), "BTC": (50_000_000, 0), "BNB": (1, 0)}) == [
        "the ledger holds 0 BNB, the exchange 0.00000001",
        "the ledger holds 10.00000001 USDT, the exchange 10.00000000",
    ]
