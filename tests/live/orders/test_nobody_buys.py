"""A sale that nobody takes is tried again, but not so often that the venue would stop answering."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from tradewind.live.orders.intent import DeskRules
from tradewind.live.orders.placing import _sell_plainly
from tradewind.model.orders import OrderRequest, Reply, ReplyKind

QUANTITY = Decimal("0.5")


class Book:
    """A chain whose sales find so many buyers, and a clock that stands until it is told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.bought: dict[int, Decimal] = {}
        self.asked: list[float] = []
        self.unsold, self.sale_at = 0, 0.0
        self.short_since: float | None = None
        self.dossier = SimpleNamespace(chain=SimpleNamespace(symbol="BTCUSDT"), plan=SimpleNamespace(pending=""))
        self.bench = SimpleNamespace(rules=DeskRules(), seconds=lambda: self.now, route=lambda symbol: None)

    async def ask(self, role: str, make: Callable[[str], OrderRequest]) -> Reply:
        sold = self.bought.get(len(self.asked), Decimal(0))
        self.asked.append(self.now)
        orders: Any = (SimpleNamespace(executed=sold),)
        return Reply(kind=ReplyKind.DONE, orders=orders)

    def try_until(self, end: float) -> None:
        """Turn as a chain does that is woken all the time."""
        while self.now < end:
            driver: Any = self
            asyncio.run(_sell_plainly(driver, QUANTITY))
            self.now += 0.05


@pytest.mark.critical
def test_a_sale_that_nobody_takes_is_tried_more_and_more_rarely() -> None:
    book = Book()
    book.try_until(60.0)
    gaps = [later - sooner for sooner, later in zip(book.asked, book.asked[1:], strict=False)]
    assert gaps[0] < 0.5
    assert [gap for gap, before in zip(gaps[1:], gaps, strict=False) if gap < before - 0.06] == []
    assert max(gaps) <= book.bench.rules.bare_exit_s + 0.1
    assert len(book.asked) <= 18


@pytest.mark.critical
def test_a_sale_that_was_taken_makes_the_next_one_prompt() -> None:
    book = Book()
    book.bought = {3: QUANTITY}
    book.try_until(3.0)
    assert book.asked[4] - book.asked[3] == pytest.approx(0.05)
