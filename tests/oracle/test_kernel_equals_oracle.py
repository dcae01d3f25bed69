"""The compiled kernel against the oracle: the same fills, trades, equity and decisions on random markets."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
from hypothesis import given, settings
from hypothesis.strategies import SearchStrategy

from generators.accounts import DECIMAL_TICKS
from generators.cases import Case, cases
from oracle.compare import differences
from oracle.engines import with_kernel, with_oracle


@attrs.define
class Tally:
    """
    How many examples were judged.

    An example is discarded when the oracle found two amounts so close that floats may order
    them otherwise: the engines may then differ and both be right.
    """

    seen: int = 0
    discarded: int = 0
    trades: int = 0

    def compare(self, case: Case) -> None:
        """Hold the kernel to the oracle in one case."""
        self.seen += 1
        expected = with_oracle(case)
        if expected.near_ties:
            self.discarded += 1
            return
        self.trades += len(expected.trades)
        assert differences(expected, with_kernel(case)) == []

    @property
    def judged(self) -> float:
        """The share of examples that were compared."""
        return 1.0 - self.discarded / max(1, self.seen)


def compare_all(strategy: SearchStrategy[Case], *, judged: float) -> None:
    """Compare on every drawn case; at least this share of them must have been comparable."""
    tally = Tally()
    _examine(strategy, tally.compare)
    assert tally.judged >= judged, tally
    assert tally.trades >= tally.seen - tally.discarded, tally


def _examine(strategy: SearchStrategy[Case], look: Callable[[Case], None]) -> None:
    @settings(max_examples=settings.default.max_examples * 4)  # type: ignore[union-attr]
    @given(strategy)
    def examine(case: Case) -> None:
        look(case)

    examine()


@pytest.mark.critical
def test_one_slot_goes_as_the_page_says() -> None:
    compare_all(cases(), judged=0.75)


@pytest.mark.critical
def test_several_symbols_and_strategies_share_one_account_as_the_page_says() -> None:
    compare_all(cases(symbols=3, strategies=3), judged=0.5)


@pytest.mark.critical
def test_finer_bars_decide_what_happens_inside_a_row_as_the_page_says() -> None:
    compare_all(cases(finer=True), judged=0.75)


@pytest.mark.critical
def test_several_slots_on_finer_bars_go_as_the_page_says() -> None:
    compare_all(cases(symbols=3, strategies=2, finer=True), judged=0.5)


@pytest.mark.critical
def test_prices_on_decimal_ticks_are_met_exactly() -> None:
    compare_all(cases(ticks=DECIMAL_TICKS), judged=0.5)
