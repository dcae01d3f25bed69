"""Frames that were seen before: the same bars while they hold the same, and other bars as soon as they do not."""

from __future__ import annotations

import gc
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from tradewind.errors import DataError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.signals import Signals, times_of
from tradewind.pipeline import known
from tradewind.pipeline.known import known_bars


def frame(rows: int = 50, start: str = "2024-01-01") -> pd.DataFrame:
    index = pd.date_range(start, periods=rows, freq="1h", tz="UTC", name="open_time")
    level = 100.0 + np.arange(rows)
    values = {"open": level, "high": level + 2.0, "low": level - 2.0, "close": level + 1.0, "volume": level / 10}
    return pd.DataFrame(values, index=index)


def in_blocks(given: pd.DataFrame) -> pd.DataFrame:
    columns = {name: given[name].to_numpy(copy=True) for name in given.columns}
    return pd.DataFrame(columns, index=given.index, copy=False)


def from_rows(given: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(given.to_numpy(copy=True), columns=given.columns, index=given.index)


def with_more(given: pd.DataFrame) -> pd.DataFrame:
    return given.assign(trades=np.arange(len(given)), note="x")[["note", "volume", *FIELDS[:4], "trades"]]


LAYOUTS = [pd.DataFrame.copy, in_blocks, from_rows, with_more]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_frame_that_holds_the_same_gives_the_same_bars(layout: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    given = layout(frame())
    first = known_bars(given)
    pd.testing.assert_frame_equal(first.to_frame(), Bars.from_frame(given).to_frame())
    assert known_bars(given) is first


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", FIELDS)
def test_a_value_written_in_place_makes_other_bars(layout: Callable[[pd.DataFrame], pd.DataFrame], name: str) -> None:
    given = layout(frame())
    first = known_bars(given)
    given.loc[given.index[7], name] = 104.5
    second = known_bars(given)
    assert second is not first
    assert getattr(second, name)[7] == 104.5


def test_a_value_written_behind_the_frame_makes_other_bars() -> None:
    memory = frame().to_numpy().T.copy()
    given = pd.DataFrame(memory.T, columns=list(FIELDS), index=frame().index, copy=False)
    first = known_bars(given)
    memory[4, 3] = 77.0
    second = known_bars(given)
    assert second is not first
    assert second.volume[3] == 77.0


def test_other_names_and_another_index_make_other_bars() -> None:
    given = frame()
    first = known_bars(given)
    given.columns = pd.Index(["open", "high", "low", "volume", "close"])
    second = known_bars(given)
    assert second.close.tolist() == first.volume.tolist()
    given.index = frame(start="2025-01-01").index
    third = known_bars(given)
    assert int(third.time[0]) == 1_735_689_600_000
    assert third.close.tolist() == second.close.tolist()


def test_columns_that_are_no_floats_are_taken_over_at_every_call() -> None:
    whole = frame().assign(volume=np.arange(50))
    marked = frame().assign(partial=True)
    assert known_bars(whole).volume.tolist() == list(range(50))
    assert known_bars(whole) is not known_bars(whole)
    assert known_bars(marked).partial.all()
    assert known_bars(marked) is not known_bars(marked)


def test_a_column_that_turns_into_text_is_refused() -> None:
    given = frame()
    known_bars(given)
    given["close"] = "x"
    with pytest.raises(DataError, match="close"):
        known_bars(given)


def test_nothing_is_kept_of_a_frame_that_is_gone() -> None:
    given = frame()
    known_bars(given)
    address = id(given)
    assert address in known._SEEN
    del given
    gc.collect()
    assert address not in known._SEEN


def test_bars_are_given_back_as_they_are() -> None:
    bars = Bars.from_frame(frame())
    assert known_bars(bars) is bars


def test_signals_on_the_index_of_bars_have_the_very_times_of_the_bars() -> None:
    bars = known_bars(frame())
    handed = bars.to_frame().copy(deep=False)
    assert Signals.from_arrays(handed.index, enter=0).time is bars.time


def test_a_part_and_a_reversal_of_known_times_are_looked_at_anew() -> None:
    index = pd.DatetimeIndex(frame().index).as_unit("ms")
    whole = times_of(index)
    assert times_of(index[:20]).tolist() == whole[:20].tolist()
    assert times_of(index[::2]).tolist() == whole[::2].tolist()
    with pytest.raises(Exception, match="strictly increasing"):
        times_of(index[::-1])
    with pytest.raises(Exception, match="strictly increasing"):
        times_of(index.repeat(2))


def test_memory_that_was_given_back_and_taken_again_is_looked_at_anew() -> None:
    base = np.arange(20_000, dtype=np.int64) * 60_000
    for shift in range(50):
        index = pd.DatetimeIndex((base + shift).view("datetime64[ms]"), tz="UTC")
        assert int(times_of(index)[0]) == shift
