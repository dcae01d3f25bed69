"""Client order ids: readable, repeatable, refused when damaged."""

from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.live.orders.ids import ALPHABET, LENGTH, MOST_TRANCHES, ROLES, OrderName, OrderNames, is_ours
from tradewind_binance.panic.flatten import sale_of

NAMES = OrderNames("account", ["trend", "ml"], ["BTCUSDT", "ETHUSDT"])

names = st.builds(
    OrderName,
    st.sampled_from(["trend", "ml"]),
    st.integers(0, MOST_TRANCHES - 1),
    st.integers(0, 32**6).map(lambda seconds: seconds * 1_000),
    st.sampled_from(["BTCUSDT", "ETHUSDT"]),
    st.sampled_from(sorted(ROLES)),
    st.integers(0, 32**3 - 1),
)


@given(names)
def test_an_id_says_what_it_was_made_from(name: OrderName) -> None:
    assert name == NAMES.read(NAMES.write(name))


@given(names)
def test_an_id_fits_the_venue_and_holds_no_word(name: OrderName) -> None:
    written = NAMES.write(name)
    assert len(written) == LENGTH
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,36}", written)
    assert not set("AEIOU") & set(ALPHABET)


@given(names, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_a_damaged_id_is_foreign(name: OrderName, place: int, letter: str) -> None:
    written = NAMES.write(name)
    damaged = written[:place] + letter + written[place + 1 :]
    assert damaged == written or NAMES.read(damaged) is None


def test_the_id_of_another_slot_is_ours_in_kind_and_foreign() -> None:
    other = OrderNames("account", ["another"], ["BTCUSDT"])
    written = other.write(OrderName("another", 0, 0, "BTCUSDT", "E", 0))
    assert is_ours(written)
    assert NAMES.read(written) is None


def test_the_same_intent_has_the_same_id_in_every_process() -> None:
    written = OrderNames("account", ["trend"], ["BTCUSDT"]).write(
        OrderName("trend", 0, 1_782_863_700_000, "BTCUSDT", "E", 0)
    )
    assert NAMES.write(OrderName("trend", 0, 1_782_863_700_000, "BTCUSDT", "E", 0)) == written


@pytest.mark.parametrize(
    "name", [OrderName("trend", 0, 500, "BTCUSDT", "E", 0), OrderName("trend", 0, 0, "BTCUSDT", "Q", 0)]
)
def test_what_cannot_be_written_is_refused(name: OrderName) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        NAMES.write(name)


@given(st.integers(0, 32**3 - 2), st.integers(0, 2**31).map(lambda seconds: seconds * 1_000))
def test_what_panic_sells_has_the_name_that_the_engine_would_give_its_exit(k: int, bar_ms: int) -> None:
    names = OrderNames("account", ["adaptive"], ["BTCUSDT"])
    stop = OrderName("adaptive", 1, bar_ms, "BTCUSDT", "S", k)
    assert names.write(attrs.evolve(stop, role="X", k=k + 1)) == sale_of(names.write(stop))
