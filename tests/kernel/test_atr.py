"""The pass over bars: flags and ATR14."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from generators.cases import Case, cases
from kernel.stage import BAD, FLAT, HOUR, MONDAY, bars_of
from tradewind.kernel import door
from tradewind.kernel.atr import REACHED
from tradewind.kernel.grid import scanned
from tradewind.kernel.layout import AFTER_GAP, MASKED
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe

FORMS: Final[tuple[door.Form, ...]] = ("compiled", "uncompiled")


def noisy(rows: int, seed: int = 3) -> Bars:
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0, 0.01, rows)))
    opened = np.concatenate([[100.0], close[:-1]]) * (1 + rng.normal(0, 0.002, rows))
    high = np.maximum(opened, close) * (1 + rng.random(rows) * 0.01)
    low = np.minimum(opened, close) * (1 - rng.random(rows) * 0.01)
    time = MONDAY + np.arange(rows, dtype=np.int64) * HOUR
    volume = np.ones(rows)
    return Bars(timeframe=Timeframe("1h"), time=time, open=opened, high=high, low=low, close=close, volume=volume)


def test_the_atr_is_that_of_talib() -> None:
    bars = noisy(500)
    expected = talib.ATR(bars.high, bars.low, bars.close, 14)
    _, found = scanned(bars)
    assert np.isnan(found[:14]).all()
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_first_atr_is_the_mean_of_the_fourteen_true_ranges_before_it() -> None:
    _, atr = scanned(bars_of([FLAT] * 14 + [(100.0, 116.0, 100.0, 110.0), FLAT]))
    assert np.isnan(atr[13])
    assert atr[14] == pytest.approx((13 * 2 + 16) / 14, rel=1e-15)
    # the last close was 110: the true range reaches from there to 99
    assert atr[15] == pytest.approx((atr[14] * 13 + 11) / 14, rel=1e-15)


def test_masked_bars_are_skipped_and_repeat_the_value_before_them() -> None:
    good = noisy(60)
    places = [20, 33, 34]
    columns = {name: np.insert(getattr(good, name), places, np.nan) for name in ("open", "high", "low", "close")}
    length = 60 + len(places)
    time = MONDAY + np.arange(length, dtype=np.int64) * HOUR
    holed = Bars(timeframe=good.timeframe, time=time, volume=np.ones(length), **columns)
    flags, atr = scanned(holed)
    masked = (flags & MASKED) != 0
    np.testing.assert_array_equal(atr[~masked], scanned(good)[1])
    np.testing.assert_array_equal(atr[1:][masked[1:]], atr[:-1][masked[1:]])


def test_the_bar_after_a_missing_or_masked_one_is_flagged_and_the_first_is_not() -> None:
    flags, _ = scanned(bars_of([FLAT, FLAT, None, FLAT, BAD, FLAT, FLAT]))
    assert flags.tolist() == [0, 0, AFTER_GAP, MASKED, AFTER_GAP, 0]


def test_bars_are_scanned_once() -> None:
    bars = noisy(30)
    assert scanned(bars)[1] is scanned(bars)[1]
    assert not scanned(bars)[1].flags.writeable


@given(cases())
def test_flags_are_those_that_bars_state_of_themselves(case: Case) -> None:
    (bars,) = case.bars.values()
    flags, _ = scanned(bars)
    np.testing.assert_array_equal((flags & MASKED) != 0, bars.masked)
    np.testing.assert_array_equal((flags & AFTER_GAP) != 0, bars.after_gap)


def test_the_compiled_pass_equals_its_source_bit_for_bit() -> None:
    bars = noisy(300)
    columns = (bars.time, bars.open, bars.high, bars.low, bars.close, bars.volume, bars.timeframe.ms)
    for compiled, plain in zip(door.scan(*columns), door.scan(*columns, form="uncompiled"), strict=True):
        assert compiled.tobytes() == plain.tobytes()


@given(case=cases(), data=st.data())
def test_a_scan_that_goes_on_bar_by_bar_writes_what_one_over_all_bars_does(case: Case, data: st.DataObject) -> None:
    (bars,) = case.bars.values()
    columns = tuple(np.ascontiguousarray(getattr(bars, name)) for name in ("time", *FIELDS))
    form = data.draw(st.sampled_from(FORMS))
    stops = sorted({*data.draw(st.lists(st.integers(0, len(bars)), max_size=6)), len(bars)})
    flags, atr = np.empty(len(bars), dtype=np.uint8), np.empty(len(bars))
    reached = np.zeros(1, dtype=REACHED)
    start = 0
    for stop in stops:
        door.scan_on(columns, bars.timeframe.ms, flags, atr, reached, start, stop, form=form)
        start = stop
    whole = scanned(bars)
    assert (flags.tobytes(), atr.tobytes()) == tuple(one.tobytes() for one in whole)
