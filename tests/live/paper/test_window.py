"""The window of closed bars: what was handed out never changes, and its hash is that of its bars."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.market import walk
from tradewind.kernel.grid import scanned
from tradewind.live.feed.moment import Candle
from tradewind.live.feed.window import BarWindow, hash_of
from tradewind.model.bars import COLUMNS, FIELDS, Bars

BARS = walk(120, 3)


def candle(bars: Bars, row: int) -> Candle:
    first, high, low, last, volume = (float(getattr(bars, name)[row]) for name in FIELDS)
    return Candle(int(bars.time[row]), first, high, low, last, volume)


@given(warm=st.integers(0, 30), keep=st.integers(1, 12), spare=st.integers(1, 20), more=st.integers(0, 80))
def test_it_holds_the_newest_bars_and_their_hash(warm: int, keep: int, spare: int, more: int) -> None:
    window = BarWindow(BARS.rows(0, warm), keep=keep, capacity=keep + spare)
    handed = []
    for row in range(warm, warm + more):
        window.append(candle(BARS, row))
        bars = window.bars()
        handed.append((bars, bars.sha256()))
        assert len(window) == len(bars) <= keep + spare
        assert bars.time[-1] == window.last_ms == BARS.time[row]
        assert bars.time[0] == window.anchor_ms
        same = BARS.rows(row + 1 - len(bars), row + 1)
        for name in FIELDS:
            np.testing.assert_array_equal(getattr(bars, name), getattr(same, name))
        assert window.inputs_hash() == hash_of(bars) == hash_of(same)
        assert window.bars() is bars
        assert [one.tobytes() for one in scanned(bars)] == [one.tobytes() for one in scanned(same)]
    assert [bars.sha256() for bars, _ in handed] == [before for _, before in handed]


def test_what_is_handed_out_is_read_only() -> None:
    window = BarWindow(BARS.rows(0, 10), keep=5, capacity=20)
    for column in (*(getattr(window.bars(), name) for name in COLUMNS), *scanned(window.bars())):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 1


def test_what_was_scanned_stays_as_it_was_when_more_comes() -> None:
    window = BarWindow(BARS.rows(0, 30), keep=20, capacity=40)
    handed = []
    for row in range(30, 90):
        window.append(candle(BARS, row))
        flags, atr = scanned(window.bars())
        handed.append((flags, atr, [flags.tobytes(), atr.tobytes()]))
    assert [[flags.tobytes(), atr.tobytes()] for flags, atr, _ in handed] == [before for *_, before in handed]


def test_bars_come_in_order() -> None:
    window = BarWindow(BARS.rows(0, 10), keep=5, capacity=20)
    with pytest.raises(ValueError, match="not after"):
        window.append(candle(BARS, 9))
