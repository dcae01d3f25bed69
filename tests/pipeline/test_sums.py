"""Sums of decimal quantities are those a venue prints."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from tradewind.pipeline.sums import group_sums

quantities = st.tuples(st.integers(0, 10**13), st.integers(0, 8)).map(lambda pair: Decimal(pair[0]).scaleb(-pair[1]))
groups = st.lists(st.lists(quantities, min_size=1, max_size=12), min_size=1, max_size=6)


def starts_of(lengths: list[int]) -> npt.NDArray[np.intp]:
    return np.cumsum([0, *lengths[:-1]]).astype(np.intp)


@given(groups)
def test_each_group_is_the_double_nearest_to_the_decimal_sum(values: list[list[Decimal]]) -> None:
    flat = np.array([float(v) for group in values for v in group])
    got = group_sums(flat, starts_of([len(group) for group in values]))
    assert [float(sum(group)) for group in values if sum(group) < 10**5] == [
        total for total, group in zip(got.tolist(), values, strict=True) if sum(group) < 10**5
    ]


@given(st.lists(st.lists(quantities.filter(lambda q: q < 1000), min_size=2, max_size=8), min_size=2, max_size=5))
def test_summing_in_two_steps_equals_summing_in_one(values: list[list[Decimal]]) -> None:
    flat = np.array([float(v) for group in values for v in group])
    parts = group_sums(flat, starts_of([len(group) for group in values]))
    assert group_sums(parts, np.array([0])).tolist() == group_sums(flat, np.array([0])).tolist()


@given(st.lists(st.floats(0, 1e300), max_size=20))
def test_numbers_that_are_no_decimals_are_rounded_once(values: list[float]) -> None:
    mixed = [*values, math.pi]
    assert group_sums(np.array(mixed), np.array([0])).tolist() == [float(sum(map(Fraction, mixed)))]


def test_no_groups_give_no_sums() -> None:
    assert group_sums(np.empty(0), np.empty(0, dtype=np.intp)).tolist() == []
