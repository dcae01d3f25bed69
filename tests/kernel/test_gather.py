"""Asks stand in the order of decision (D2), however they are put into it, compiled or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.kernel import asks, door
from tradewind.kernel.asks import NEVER, STALE, Slot, asks_of
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.gather import gather, tally
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan
from tradewind.model.timeframe import Timeframe

HOUR_MS = 3_600_000
NAMES = ("C", "A", "B")


def bars_of(rng: np.random.Generator, rows: int) -> Bars:
    close = 100.0 + rng.random(rows)
    time = np.arange(rows, dtype=np.int64) * HOUR_MS
    prices: dict[str, Any] = {"open": close, "high": close + 1.0, "low": close - 1.0, "close": close}
    return Bars(timeframe=Timeframe("1h"), time=time, volume=rng.random(rows), **prices)


def slots_of(rng: np.random.Generator, rows: int, count: int) -> list[Slot]:
    bars = [bars_of(rng, rows) for _ in NAMES]
    slots = []
    for _ in range(count):
        symbol = int(rng.integers(len(NAMES)))
        columns: dict[str, Any] = {"enter": rng.integers(-1, 2, rows).astype(np.int8)}
        if rng.random() < 0.5:
            columns |= {"exit_long": rng.random(rows) < 0.5, "stop_dist": rng.random(rows) + 0.1}
        if rng.random() < 0.5:
            columns |= {"tp_r": np.array([1.0, 2.0])[: int(rng.integers(1, 3))], "tp_frac": 0.5}
        plan = Plan.from_arrays(bars[symbol].time, **columns)
        slots.append(Slot(symbol=symbol, plan=plan, bars=bars[symbol], priority=int(rng.integers(2))))
    return slots


def decided_of(rng: np.random.Generator, rows: int, count: int) -> list[Any]:
    same = np.arange(rows)
    return [same if rng.random() < 0.5 else np.where(rng.random(rows) < 0.9, same, -1) for _ in range(count)]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows=st.sampled_from([1, 3, 40]), count=st.integers(1, 5))
def test_asks_are_placed_where_sorting_puts_them(seed: int, rows: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    slots, decided = slots_of(rng, rows, count), decided_of(rng, rows, count)
    found, ladders = asks_of(slots, decided, NAMES)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asks, "_is_one_value", lambda columns: False)
        wanted, rungs = asks_of(slots, decided, NAMES)
    for name in wanted.dtype.names or ():
        np.testing.assert_array_equal(wanted[name], found[name])
    np.testing.assert_array_equal(rungs, ladders)


def test_what_is_decided_at_no_bar_stands_last_as_stale() -> None:
    rng = np.random.default_rng(3)
    slots = slots_of(rng, 40, 3)
    found, _ = asks_of(slots, decided_of(np.random.default_rng(1), 40, 3), NAMES)
    never = found["bar"] == NEVER
    assert 0 < never.sum() < len(found)
    assert never[-int(never.sum()) :].all()
    assert (set(found["outcome"][never]).pop(), set(found["outcome"][~never]).pop()) == (STALE, 0)
    assert (np.diff(found["bar"][~never]) >= 0).all()


@pytest.mark.parametrize("seed", range(6))
def test_the_source_writes_the_asks_that_the_compiled_code_writes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(seed)
    slots, decided = slots_of(rng, 40, 3), decided_of(rng, 40, 3)
    compiled, _ = asks_of(slots, decided, NAMES)
    monkeypatch.setattr(door, "compiled_gather", lambda: uncompiled(gather))
    monkeypatch.setattr(door, "compiled_tally", lambda: uncompiled(tally))
    plain, _ = asks_of(slots, decided, NAMES)
    for name in plain.dtype.names or ():
        np.testing.assert_array_equal(plain[name], compiled[name])
