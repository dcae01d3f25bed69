"""The compiled kernel is its source, and a run is the same however it is cut into pieces."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generators.cases import Case, cases
from kernel.stage import BTC, FLAT, bars_of, pair, plan_of
from tradewind.backtest.run import Run
from tradewind.backtest.simulate import run_plan
from tradewind.kernel import door
from tradewind.kernel.state import Records
from tradewind.model.costs import Costs
from tradewind.model.limits import Limits

pytestmark = pytest.mark.critical


def arguments(case: Case) -> dict[str, Any]:
    """Return the arguments of a drawn case; its clusters are those of the last day given."""
    given = case.arguments()
    days = list(case.clusters.values())
    return given | {"clusters": days[-1] if days and isinstance(days[-1], dict) else None}


def bits(run: Run) -> tuple[bytes, ...]:
    """Return everything a run left behind, as bytes: NaN equals itself, −0.0 does not equal 0.0."""
    records = run.state.records
    arrays = (
        run.trade_records,
        run.fill_records,
        run.table.asks,
        run.state.account,
        run.state.slots,
        records.equity,
        records.cash,
        records.exposure,
    )
    return tuple(b"".join(np.ascontiguousarray(part).tobytes() for part in fields(array)) for array in arrays)


def fields(array: np.ndarray[Any, Any]) -> list[np.ndarray[Any, Any]]:
    """Return the fields of records apart: what lies between them is not theirs."""
    return [array[name] for name in array.dtype.names] if array.dtype.names else [array]


def cut(run_arguments: dict[str, Any], edges: list[float], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run in pieces: `edges` are the fractions of the run at which it stops and goes on."""
    whole = door.advance

    def pieces(state: Any, market: Any, plan: Any, limits: Any, i0: int, i1: int, **more: Any) -> None:
        stops = sorted({i0, i1, *(i0 + int(edge * (i1 - i0)) for edge in edges)})
        for start, stop in pairwise(stops):
            whole(state, market, plan, limits, start, stop, **more)

    with monkeypatch.context() as patch:
        patch.setattr(door, "advance", pieces)
        return run_plan(**run_arguments)


@settings(max_examples=200)
@given(case=cases())
def test_the_compiled_kernel_equals_its_source_bit_for_bit(case: Case) -> None:
    compiled = run_plan(**arguments(case))
    assert bits(compiled) == bits(run_plan(**arguments(case), form="uncompiled"))


@settings(max_examples=100)
@given(case=cases(symbols=3, strategies=2, finer=True))
def test_the_compiled_kernel_equals_its_source_on_several_slots_and_finer_bars(case: Case) -> None:
    compiled = run_plan(**arguments(case))
    assert bits(compiled) == bits(run_plan(**arguments(case), form="uncompiled"))


@settings(max_examples=200)
@given(case=cases(symbols=3, strategies=2), edges=st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_any_split_of_a_run_gives_the_same_bits(case: Case, edges: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        assert bits(cut(arguments(case), edges, patch)) == bits(run_plan(**arguments(case)))


@settings(max_examples=80)
@given(case=cases(symbols=2, finer=True))
def test_a_run_one_bar_at_a_time_gives_the_same_bits(case: Case) -> None:
    every = [i / 1_000 for i in range(1_000)]
    with pytest.MonkeyPatch.context() as patch:
        assert bits(cut(arguments(case), every, patch)) == bits(run_plan(**arguments(case)))


@settings(max_examples=80)
@given(case=cases(symbols=2, strategies=2))
def test_full_buffers_grow_and_change_nothing(case: Case) -> None:
    with pytest.MonkeyPatch.context() as patch:
        tight = staticmethod(lambda bars, capacity, empty=Records.empty: empty(bars, 0))
        patch.setattr(Records, "empty", tight)
        grown = run_plan(**arguments(case))
    assert bits(grown) == bits(run_plan(**arguments(case)))


def test_a_long_run_outgrows_its_first_buffers() -> None:
    rows = 150_000
    prices = bars_of([FLAT] * rows)
    entering = {row: {"enter": 1} for row in range(0, rows, 2)}
    leaving = {row: {"exit_long": True} for row in range(1, rows, 2)}
    plan = plan_of(prices, {**entering, **leaving})
    run = run_plan({BTC: prices}, {BTC: plan}, limits=Limits.open(), costs=Costs.free(), instrument=pair())
    assert len(run.trade_records) == rows // 2 - 1
    assert np.array_equal(run.trade_records["position"], np.arange(1, rows // 2))


def test_the_same_plan_gives_the_same_bits_twice() -> None:
    prices = bars_of([(100.0, 104.0, 95.0 + i % 3, 101.0) for i in range(200)])
    plan = plan_of(prices, {row: {"enter": 1} for row in range(0, 200, 3)}, tp_r=[0.5], tp_frac=[0.5])
    first, second = (run_plan(prices, plan, instrument=pair()) for _ in range(2))
    assert bits(first) == bits(second)
