"""Edges, named conditions, distances and the ranges of settings."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from tradewind.errors import SettingsError, StrategyError
from tradewind.model.bounds import check_ladder, check_order, one_of, whole, within
from tradewind.model.conditions import bits_of, distance, edge, protection
from tradewind.model.limits import Limits


def flags(text: str) -> np.ndarray[Any, Any]:
    return np.array([letter == "x" for letter in text], dtype=np.bool_)


@pytest.mark.parametrize(
    ("state", "known", "turned"),
    [
        ("--xx-x", "xxxxxx", "--x--x"),
        ("xxx---", "xxxxxx", "------"),
        ("--xxxx", "-x-xxx", "--x---"),
        ("--xxxx", "x-xxxx", "------"),
        ("", "", ""),
        ("x", "x", "-"),
    ],
)
def test_an_edge_is_a_state_that_was_known_not_to_hold_before(state: str, known: str, turned: str) -> None:
    np.testing.assert_array_equal(edge(flags(state), flags(known)), flags(turned))


def test_an_edge_leaves_its_arguments_alone() -> None:
    state, known = flags("-x-x"), flags("xxxx")
    edge(state, known)
    np.testing.assert_array_equal(state, flags("-x-x"))
    np.testing.assert_array_equal(known, flags("xxxx"))


def test_the_first_condition_is_the_lowest_bit() -> None:
    bits = bits_of({"one": flags("x-x"), "two": flags("-xx")})
    assert bits.dtype == np.uint32
    assert bits.tolist() == [1, 2, 3]


def test_thirty_two_conditions_fit_and_no_more() -> None:
    many = {f"c{place}": flags("x") for place in range(32)}
    assert bits_of(many).tolist() == [2**32 - 1]
    with pytest.raises(StrategyError, match="TW-K003 33 conditions"):
        bits_of(many | {"more": flags("x")})
    with pytest.raises(StrategyError, match="TW-K003 0 conditions"):
        bits_of({})


@attrs.frozen(kw_only=True)
class Some:
    share: float = attrs.field(default=0.5, validator=within(0.0, 1.0, above_low=True))
    level: float = attrs.field(default=0.0, validator=within(-1.0, 10.0))
    length: int = attrs.field(default=5, validator=whole(2, 9))
    mode: str = attrs.field(default="a", validator=one_of("a", "b"))


@pytest.mark.parametrize("good", [{"share": 1.0}, {"share": 1}, {"level": -1.0}, {"length": 2}, {"length": 9}])
def test_accepts_what_lies_in_range_to_its_ends(good: dict[str, Any]) -> None:
    assert attrs.asdict(Some(**good)).items() >= good.items()


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ({"share": 0.0}, "share was 0.0, expected a number above 0 to 1."),
        ({"share": True}, "share was True, expected a number above 0 to 1."),
        ({"share": "1"}, "share was '1', expected a number above 0 to 1."),
        ({"share": float("nan")}, "share was nan, expected a number above 0 to 1."),
        ({"level": float("inf")}, "level was inf, expected a number from -1 to 10."),
        ({"length": 10}, "length was 10, expected a whole number from 2 to 9."),
        ({"length": 5.0}, "length was 5.0, expected a whole number from 2 to 9."),
        ({"length": True}, "length was True, expected a whole number from 2 to 9."),
        ({"mode": "c"}, "mode was 'c', expected one of 'a', 'b'."),
    ],
)
def test_refuses_what_is_out_of_range_in_words(bad: dict[str, Any], expected: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Some(**bad)
    assert caught.value.message == expected
    assert caught.value.code == "TW-S004"
    assert caught.value.data == {"setting": next(iter(bad))}


def test_a_percentage_where_a_fraction_is_meant_is_told_how_to_write_it() -> None:
    with pytest.raises(SettingsError) as caught:
        Some(share=2)
    assert caught.value.hint == "It is a fraction: for 2% write 0.02."


@pytest.mark.parametrize(
    ("targets", "fractions"), [((), ()), ((2.0,), (1.0,)), ((1.0, 2.0, 3.0), (0.1, 0.2, 0.7)), ((0.5, 9.0), (0.5, 0.5))]
)
def test_accepts_a_ladder_that_rises_and_sums_to_at_most_the_whole(
    targets: tuple[float, ...], fractions: tuple[float, ...]
) -> None:
    check_ladder(targets, fractions)


@pytest.mark.parametrize(
    ("targets", "fractions", "setting"),
    [
        ((2.0,), (), "target_fractions"),
        ((2.0, 2.0), (0.1, 0.1), "target_r"),
        ((0.0,), (0.1,), "target_r"),
        ((float("nan"),), (0.1,), "target_r"),
        ((1.0, 2.0), (0.6, 0.5), "target_fractions"),
        ((1.0,), (0.0,), "target_fractions"),
        ((1.0,), (float("nan"),), "target_fractions"),
    ],
)
def test_refuses_a_ladder_that_cannot_be_carried_out(
    targets: tuple[float, ...], fractions: tuple[float, ...], setting: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        check_ladder(targets, fractions)
    assert caught.value.code == "TW-S004"
    assert caught.value.data == {"setting": setting}


@attrs.frozen(kw_only=True)
class Pair:
    near: float = 1.0
    far: float = 2.0


def test_two_settings_in_order_are_accepted() -> None:
    check_order(Pair(), ("near", "far"))


@pytest.mark.parametrize("far", [1.0, 0.5])
def test_settings_out_of_order_are_refused_and_both_named(far: float) -> None:
    with pytest.raises(SettingsError) as caught:
        check_order(Pair(far=far), ("near", "far"))
    assert str(caught.value) == f"TW-S004 near was 1.0, expected less than far, which is {far}."
    assert caught.value.data == {"setting": "near"}


def test_a_distance_that_is_unknown_or_nothing_asks_for_none() -> None:
    wanted = np.array([2.5, 0.0, -1.0, np.nan, np.inf])
    np.testing.assert_array_equal(distance(wanted), [2.5, np.nan, np.nan, np.nan, np.nan])


def test_an_account_limit_out_of_range_is_named_with_its_table() -> None:
    with pytest.raises(SettingsError) as caught:
        Limits(max_drawdown=20.0)
    assert caught.value.message == "limits.max_drawdown was 20.0, expected a number above 0 to 1."
    assert caught.value.hint == "It is a fraction: for 20% write 0.2."
    assert caught.value.data == {"setting": "limits.max_drawdown"}


@attrs.frozen
class Protecting:
    trail_atr: float = 3.0
    trail_arm_r: float = 1.0
    target_r: tuple[float, ...] = (2.0, 3.0)
    target_fractions: tuple[float, ...] = (0.3, 0.4)
    cap: float = 0.1


def test_protection_is_in_columns_of_signals_and_asks_for_none_where_nothing_is_known() -> None:
    columns = protection(Protecting(), np.array([5.0, 0.0, np.nan]), np.array([2.0, np.nan, 0.0]))

    assert columns.pop("stop_dist").tolist() == pytest.approx([5.0, np.nan, np.nan], nan_ok=True)
    assert columns.pop("trail_dist").tolist() == pytest.approx([6.0, np.nan, np.nan], nan_ok=True)
    assert columns == {"trail_arm_r": 1.0, "tp_r": (2.0, 3.0), "tp_frac": (0.3, 0.4), "cap": 0.1}
