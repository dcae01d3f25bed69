"""What the desk takes for the market's price: the newest that it was told, whatever it hears of late."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from simulation.process import Process
from simulation.world import Scene, World
from tradewind.live.orders.desk import OrderDesk

NEW, OLD = Decimal("49000"), Decimal("50000")


def a_desk() -> OrderDesk:
    """Return the desk of a session in fair weather that has begun."""
    world = World(Scene(seed=1, only=frozenset(), intensity=0.0))

    async def begun() -> None:
        world._walk()
        world.processes.append(Process(world, 0))
        while not world.processes[0].started:
            await asyncio.sleep(0.1)

    world.loop.run_until_complete(begun())
    desk: OrderDesk = world.processes[0].desk
    return desk


@pytest.mark.critical
def test_a_bar_that_comes_late_is_no_newer_than_the_prices_since_it_closed() -> None:
    desk = a_desk()
    now = desk.bench.clock.now_ms()
    desk.observe("BTCUSDT", NEW)
    desk.observe("BTCUSDT", OLD, time_ms=now - 60_000)
    assert desk.bench.prices["BTCUSDT"] == NEW
    desk.observe("BTCUSDT", OLD, time_ms=now + 60_000)
    assert desk.bench.prices["BTCUSDT"] == OLD


def test_an_account_that_is_valued_at_a_close_is_told_no_price_of_the_market() -> None:
    desk = a_desk()
    desk.observe("BTCUSDT", NEW)
    desk.account({"BTCUSDT": OLD})
    assert desk.bench.prices["BTCUSDT"] == NEW


def test_a_stop_that_would_trigger_at_once_tells_that_the_market_is_not_above_it() -> None:
    desk = a_desk()
    desk.observe("BTCUSDT", OLD)
    desk.bench.fell_to("BTCUSDT", NEW)
    assert desk.bench.prices["BTCUSDT"] == NEW
