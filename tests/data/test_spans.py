"""Spans behave as the sets of moments they stand for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tradewind.cache.spans import Span, intersect, subtract, union

spans = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def moments(of: tuple[Span, ...] | list[Span]) -> set[int]:
    return {moment for start, end in of for moment in range(start, end)}


@given(spans, spans)
def test_union_intersection_and_difference_are_those_of_sets(left: list[Span], right: list[Span]) -> None:
    assert moments(union([*left, *right])) == moments(left) | moments(right)
    assert moments(intersect(left, right)) == moments(left) & moments(right)
    assert moments(subtract(left, right)) == moments(left) - moments(right)


@given(spans)
def test_spans_come_out_sorted_and_apart(given_spans: list[Span]) -> None:
    out = union(given_spans)
    assert all(start < end for start, end in out)
    assert all(a[1] < b[0] for a, b in pairwise(out))
