"""Amounts: exact text and back, locks that always cover what fills cost."""

from decimal import Decimal

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tradewind_sandbox.exchange.money import decimal, floor_to, product, product_up, text, units

AMOUNTS = st.integers(min_value=-(10**18), max_value=10**18)
POSITIVE = st.integers(min_value=1, max_value=10**16)


@given(AMOUNTS)
def test_text_and_back_is_the_same_amount(amount):
    assert units(text(amount)) == amount
    assert units(decimal(amount)) == amount
    assert Decimal(text(amount)) == decimal(amount)


@pytest.mark.parametrize("spelled", ["", ".", "-", "1e5", "NaN", "1,0", "0.123456789", "\u0661", "+1", "1 "])
def test_what_is_no_plain_decimal_is_refused(spelled):
    with pytest.raises(ValueError, match=r"is not a plain decimal number|has more than 8 decimals"):
        units(spelled)


def test_whole_numbers_and_trailing_zeros():
    assert (units(3), units("0.10000000000"), units(".5"), units("5.")) == (
        300_000_000,
        10_000_000,
        50_000_000,
        500_000_000,
    )


@given(price=POSITIVE, parts=st.lists(POSITIVE, min_size=1, max_size=6))
def test_a_lock_covers_fills_in_any_parts(price, parts):
    left = sum(parts)
    locked = product_up(price, left)
    for part in parts:
        left -= part
        released = locked - product_up(price, left)
        assert released >= product(price, part)
        locked -= released
    assert locked == 0


@given(amount=st.integers(min_value=0, max_value=10**16), step=st.integers(min_value=0, max_value=10**9))
def test_floor_is_the_largest_multiple_below(amount, step):
    floored = floor_to(amount, step)
    assert 0 <= amount - floored < max(step, 1)
    assert step == 0 or floored % step == 0
