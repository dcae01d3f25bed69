"""The request weight that is used, and the gate that a refusal closes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tradewind_binance.weight import MINUTE, Budget

asked = st.lists(st.tuples(st.integers(1, 80), st.floats(0.0, 30.0)), min_size=1, max_size=60)


@given(asked)
def test_no_minute_holds_more_than_the_limit(requests):
    budget, now, used = Budget(limit=100), 0.0, {}
    for weight, later in requests:
        now += later
        while (pause := budget.wait(weight, now)) > 0:
            now += pause
        used[int(now // MINUTE)] = used.get(int(now // MINUTE), 0) + weight
    assert all(total <= 100 for total in used.values())


def test_what_others_used_counts():
    budget = Budget(limit=100)
    budget.note(95, 10.0)
    assert budget.wait(20, 10.0) == 50.0
    assert budget.wait(20, 60.0) == 0.0


def test_a_closed_gate_lets_nothing_through_until_its_time():
    budget = Budget(limit=100)
    budget.close(120.0, 5.0)
    assert budget.wait(1, 6.0) == 119.0
    assert budget.closed(124.0) == 1.0
    assert budget.wait(1, 125.0) == 0.0


def test_a_gate_is_never_opened_by_a_shorter_refusal():
    budget = Budget(limit=100)
    budget.close(120.0, 0.0)
    budget.close(1.0, 10.0)
    assert budget.closed(10.0) == 110.0


def test_the_weight_of_this_minute_can_be_told():
    budget = Budget(limit=100)
    budget.wait(20, 10.0)
    budget.note(35, 11.0)
    assert budget.used(12.0) == 35
    assert budget.used(60.0) == 0
