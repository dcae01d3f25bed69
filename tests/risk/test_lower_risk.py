"""A plan that risks less never holds more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oracle.engines import with_kernel
from risk.lone import Lone, lone_entries

SLACK = 1.0 + 1e-9


@pytest.mark.critical
@given(lone_entries(), st.floats(0.0, 1.0))
def test_one_entry_at_lower_risk_never_holds_more_at_any_moment(lone: Lone, factor: float) -> None:
    bolder = with_kernel(lone.with_columns(risk=0.03).simulation)
    meeker = with_kernel(lone.with_columns(risk=0.03 * factor).simulation)
    for low, high in zip(meeker.equity, bolder.equity, strict=True):
        assert low.exposure <= high.exposure * SLACK


@pytest.mark.critical
@given(lone_entries(), st.floats(0.0, 1.0))
def test_one_entry_at_lower_confidence_never_loses_more(lone: Lone, factor: float) -> None:
    bolder = with_kernel(lone.simulation)
    meeker = with_kernel(lone.with_columns(confidence=lone.columns["confidence"] * factor).simulation)
    lost = max(row.drawdown for row in bolder.equity)
    assert max(row.drawdown for row in meeker.equity) <= lost * SLACK + 1e-12
