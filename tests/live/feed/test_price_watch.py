"""Prices from a stream: what is none, or jumps without another price to confirm it, is left out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.live.feed.price_watch import CONFIRMED_BY, PriceWatch


def seen(prices: Sequence[str], last: str | None = None) -> list[str]:
    """Return the prices that are handed on when each is looked at before the next one comes."""
    found: list[str] = []

    async def see(symbol: str, price: Decimal) -> None:
        assert symbol == "BTCUSDT"
        found.append(str(price))

    async def hear() -> None:
        watch = PriceWatch(None, see, {} if last is None else {"BTCUSDT": Decimal(last)})
        running = asyncio.ensure_future(watch.run())
        for price in prices:
            watch.hear("BTCUSDT", Decimal(price))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        await watch.stop(running)

    asyncio.run(hear())
    return found


@pytest.mark.parametrize("wrong", ["NaN", "sNaN", "Infinity", "0", "-100", "1e308", "10", "1000"])
def test_a_price_that_is_none_or_a_digit_off_is_left_out(wrong: str) -> None:
    assert seen(["100", wrong, "101"]) == ["100", "101"]


def test_a_jump_is_believed_once_others_confirm_it() -> None:
    assert seen(["100", "75", "76", "74", "73"]) == ["100", "74", "73"]


def test_the_first_price_is_held_against_the_close_that_is_known() -> None:
    assert seen(["1000", "101"], last="100") == ["101"]


def test_jumps_to_different_places_confirm_nothing() -> None:
    assert seen(["100", "10", "1000", "10", "1000", "101"]) == ["100", "101"]


def test_a_good_price_between_ends_the_doubt() -> None:
    assert seen(["100", "10", "10", "100", "10", "10", "99"]) == ["100", "100", "99"]


@given(st.lists(st.decimals("0.8", "1.2", places=3), min_size=1, max_size=30))
def test_moves_of_up_to_a_fifth_are_handed_on_at_once(steps: list[Decimal]) -> None:
    price, prices = Decimal(100), []
    for step in steps:
        price *= step
        prices.append(str(price))
    assert seen(["100", *prices]) == ["100", *prices]


def test_after_a_crash_prices_are_handed_on_again() -> None:
    crash = ["20"] * (CONFIRMED_BY + 2)
    assert seen(["100", *crash]) == ["100", *crash[CONFIRMED_BY - 1 :]]
