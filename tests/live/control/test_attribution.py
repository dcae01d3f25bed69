"""Attribution: the parts sum to the difference to the last digit, and each cause is told from the others."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.live.review.attribution import CAUSES, Case, Deal, attribute

BAR = 3_600_000
PRICE = st.decimals("0.00000001", "999999.99999999", places=8)
AMOUNT = st.decimals("0.00000001", "9999.99999999", places=8)


@st.composite
def deals(draw: st.DrawFn) -> Deal:
    entry_ms = draw(st.integers(0, 6)) * BAR + draw(st.integers(0, BAR - 1))
    return Deal(
        strategy=draw(st.sampled_from(["a", "b"])),
        symbol=draw(st.sampled_from(["BTCUSDT", "ETHUSDT"])),
        side=draw(st.sampled_from([1, -1])),
        quantity=draw(AMOUNT),
        entry_ms=entry_ms,
        entry_price=draw(PRICE),
        exit_ms=entry_ms + draw(st.integers(0, 3 * BAR)),
        exit_price=draw(PRICE),
        pnl=draw(st.decimals("-99999", "99999", places=12)),
        reason=draw(st.sampled_from(["stop", "signal", "operator", "open"])),
    )


PLACES = st.frozensets(
    st.tuples(
        st.sampled_from(["a", "b"]), st.sampled_from(["BTCUSDT", "ETHUSDT"]), st.sampled_from(range(0, 7 * BAR, BAR))
    ),
    max_size=4,
)


@pytest.mark.critical
@settings(max_examples=150, deadline=None)
@given(
    ideal=st.lists(deals(), max_size=6), actual=st.lists(deals(), max_size=6), revised=PLACES, unlike=PLACES,
    hand=st.booleans(),
)  # fmt: skip
def test_the_parts_sum_exactly_to_the_difference(
    ideal: list[Deal], actual: list[Deal], revised: frozenset[tuple[str, str, int]],
    unlike: frozenset[tuple[str, str, int]], hand: bool,
) -> None:  # fmt: skip
    case = Case(bar_ms=BAR, revised=revised, unlike=unlike, by_hand=lambda _: hand)
    found = attribute(ideal, actual, case)
    assert sum((part.amount for part in found.parts), Decimal(0)) == found.difference
    assert sum(found.totals().values(), Decimal(0)) == found.difference
    assert found.difference == sum((one.pnl for one in actual), Decimal(0)) - sum(
        (one.pnl for one in ideal), Decimal(0)
    )
    assert {part.cause for part in found.parts} <= set(CAUSES)


@settings(max_examples=60, deadline=None)
@given(same=st.lists(deals(), max_size=6))
def test_what_is_equal_has_no_parts(same: list[Deal]) -> None:
    found = attribute(same, list(reversed(same)), Case(bar_ms=BAR))
    assert (found.parts, found.difference) == ((), Decimal(0))


DEAL = Deal(
    strategy="a",
    symbol="BTCUSDT",
    side=1,
    quantity=Decimal(2),
    entry_ms=10 * BAR,
    entry_price=Decimal(100),
    exit_ms=20 * BAR,
    exit_price=Decimal(110),
    pnl=Decimal(19),
    reason="stop",
)


@pytest.mark.critical
@pytest.mark.parametrize(
    ("changes", "case", "totals"),
    [
        ({"entry_price": Decimal(101), "pnl": Decimal(17)}, {}, {"price": -2}),
        ({"exit_price": Decimal(109), "pnl": Decimal(17)}, {}, {"price": -2}),
        ({"entry_price": Decimal(101), "entry_ms": 11 * BAR, "pnl": Decimal(17)}, {}, {"timing": -2}),
        ({"exit_price": Decimal(109), "exit_ms": 22 * BAR, "pnl": Decimal(17)}, {}, {"timing": -2}),
        ({"pnl": Decimal("18.5")}, {}, {"fee": Decimal("-0.5")}),
        ({"quantity": Decimal(1), "pnl": Decimal(9)}, {}, {"partial": -10}),
        ({"exit_price": Decimal(109), "reason": "signal", "pnl": Decimal(17)}, {}, {"signal": -2}),
        ({"exit_price": Decimal(109), "reason": "operator", "pnl": Decimal(17)}, {}, {"manual": -2}),
        (
            {"entry_price": Decimal(101), "pnl": Decimal(17)},
            {"revised": frozenset({("a", "BTCUSDT", 9 * BAR)})},
            {"revision": -2},
        ),
        (
            {"exit_price": Decimal(109), "pnl": Decimal(17)},
            {"unlike": frozenset({("a", "BTCUSDT", 19 * BAR)})},
            {"signal": -2},
        ),
    ],
)
def test_each_cause_is_told_from_the_others(
    changes: dict[str, object], case: dict[str, object], totals: dict[str, object]
) -> None:
    found = attribute([DEAL], [attrs.evolve(DEAL, **changes)], Case(bar_ms=BAR, **case))  # type: ignore[arg-type]
    assert {cause: amount for cause, amount in found.totals().items() if amount} == totals


@pytest.mark.parametrize(
    ("ideal", "actual", "by_hand", "totals"),
    [
        ([DEAL], [], False, {"partial": -19}),
        ([DEAL], [], True, {"manual": -19}),
        ([], [DEAL], False, {"signal": 19}),
        ([], [DEAL], True, {"manual": 19}),
    ],
)
def test_a_deal_that_one_side_lacks_counts_whole(
    ideal: list[Deal], actual: list[Deal], by_hand: bool, totals: dict[str, int]
) -> None:
    found = attribute(ideal, actual, Case(bar_ms=BAR, by_hand=lambda _: by_hand))
    assert {cause: amount for cause, amount in found.totals().items() if amount} == totals
