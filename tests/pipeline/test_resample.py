"""Longer bars are the venue's own, to the last bit."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from real_history import read_bars
from tradewind.errors import DataError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample

HOUR = 3_600_000
DAY = 24 * HOUR


def made(opens: list[int], timeframe: str = "1h", seed: int = 0) -> Bars:
    """Bars at these opens, counted in bar lengths from 2024-01-01 (a Monday)."""
    length = Timeframe(timeframe)
    rng = np.random.default_rng(seed)
    rows = len(opens)
    close = np.round(100.0 + rng.normal(0.0, 1.0, rows).cumsum() * 0.1 + 20.0, 2)
    start = np.round(close + rng.normal(0.0, 0.2, rows), 2)
    return Bars(
        timeframe=length,
        time=1_704_067_200_000 + np.array(opens, dtype=np.int64) * length.ms,
        open=start,
        high=np.maximum(start, close) + 0.5,
        low=np.minimum(start, close) - 0.5,
        close=close,
        volume=np.round(rng.lognormal(0.0, 1.0, rows), 5),
    )


def rows_equal(left: Bars, right: Bars) -> bool:
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in ("time", *FIELDS, "partial"))


def pairs(folder: Path) -> list[tuple[Path, str, Path, str]]:
    """Every file of finer bars beside the file of longer bars that it must add up to."""
    out = []
    for fine, coarse in (("1m", "1h"), ("5m", "1h"), ("1h", "1d")):
        for group in ("spot", "spot-panel-2018-2022"):
            for path in sorted((folder / group / fine).glob("*.parquet")):
                twin = folder / group / coarse / f"{path.name.split('-')[0]}-{coarse}.parquet"
                if "fullfields" not in path.name and twin.exists():
                    out.append((path, fine, twin, coarse))
    return out


def test_real_minutes_and_hours_add_up_to_the_venues_hours_and_days(market_data: Path) -> None:
    compared = 0
    for path, fine, twin, coarse in pairs(market_data):
        longer = resample(read_bars(path, fine), coarse)
        venue = read_bars(twin, coarse)
        first, last = longer.time[0], longer.time[-1]
        expected = venue.between(int(first), int(last) + 1)
        # a file that starts or stops inside a longer bar cannot have it whole; the listing's own first bar can
        cut_short = longer.partial[[0, -1]] & (first != venue.time[0])
        start, stop = int(cut_short[0]), len(longer) - int(cut_short[1])
        inner, wanted = longer.rows(start, stop), expected.rows(start, len(expected) - int(cut_short[1]))
        for name in ("time", *FIELDS):
            assert np.array_equal(getattr(wanted, name), getattr(inner, name)), (path.name, name)
        compared += len(inner)
    assert compared > 55_000


def test_real_days_with_outages_are_built_from_what_exists_and_marked_partial(market_data: Path) -> None:
    days = resample(read_bars(market_data / "spot/1h/BTCUSDT-1h.parquet", "1h"), "1d")
    partial = {pd.Timestamp(int(t), unit="ms").date().isoformat() for t in days.time[days.partial]}
    assert {"2017-08-17", "2018-02-08", "2018-02-09", "2023-03-24"} <= partial
    assert len(partial) == 30


def test_minutes_to_days_equal_minutes_to_hours_to_days() -> None:
    minutes = made(list(range(7 * 1440)), "1m")
    assert rows_equal(resample(minutes, "1d"), resample(resample(minutes, "1h"), "1d"))


@given(st.sets(st.integers(0, 90), min_size=1), st.integers(1, 91), st.sampled_from(["2h", "4h", "1d", "1w"]))
def test_bars_that_come_later_never_change_a_closed_longer_bar(opens: set[int], cut: int, longer: str) -> None:
    bars = made(sorted(opens))
    whole = resample(bars, longer)
    start = 1_704_067_200_000 + cut * HOUR
    early = resample(bars.between(0, start), longer)
    assert rows_equal(early, whole.rows(0, len(early)))
    assert all(early.time + early.timeframe.ms <= start)


@given(st.sets(st.integers(0, 60), min_size=1), st.data())
def test_each_longer_bar_is_what_a_slow_hand_would_write(opens: set[int], data: st.DataObject) -> None:
    bars = made(sorted(opens))
    longer = resample(bars, "4h")
    for row, start in enumerate(longer.time):
        inside = bars.between(int(start), int(start) + 4 * HOUR)
        assert longer.open[row] == inside.open[0]
        assert longer.high[row] == max(inside.high)
        assert longer.low[row] == min(inside.low)
        assert longer.close[row] == inside.close[-1]
        assert longer.volume[row] == pytest.approx(sum(inside.volume), rel=1e-12)
        assert longer.partial[row] == (len(inside) < 4)


def test_the_last_longer_bar_waits_for_its_close() -> None:
    assert len(resample(made(list(range(7))), "4h")) == 1
    assert len(resample(made(list(range(8))), "4h")) == 2


def test_a_known_end_of_data_closes_a_bar_whose_last_hours_are_missing() -> None:
    bars = made([0, 1, 2, 3, 4, 5])
    longer = resample(bars, "4h", until_ms=int(bars.time[0]) + 8 * HOUR)
    assert longer.partial.tolist() == [False, True]


def test_weeks_start_on_monday() -> None:
    weeks = resample(made(list(range(30)), "1d"), "1w")
    assert [pd.Timestamp(int(t), unit="ms").day_name() for t in weeks.time] == ["Monday"] * 4
    assert not weeks.partial.any()


def test_masked_bars_are_left_out_and_mark_the_longer_bar() -> None:
    frame = made(list(range(8))).to_frame()
    frame["high"] = frame["high"].where(np.arange(8) != 2)
    frame["close"] = frame["close"].mask(np.arange(8) == 3, -1.0)
    longer = resample(Bars.from_frame(frame, "1h"), "4h")
    assert longer.partial.tolist() == [True, False]
    assert longer.close[0] == frame["close"].iloc[1]
    assert not longer.masked.any()


def test_partial_is_inherited_from_the_finer_bars() -> None:
    hours = resample(made([m for m in range(1440) if m != 77], "1m"), "1h")
    assert resample(hours, "1d").partial.tolist() == [True]


def test_the_own_timeframe_answers_with_the_bars_themselves() -> None:
    bars = made([0, 1, 5])
    assert resample(bars, "1h") is bars


@pytest.mark.parametrize(("have", "asked"), [("4h", "1h"), ("4h", "6h"), ("3d", "1w")])
def test_a_timeframe_that_does_not_nest_is_refused(have: str, asked: str) -> None:
    with pytest.raises(DataError, match=f"{asked} bars cannot be built from {have} bars") as caught:
        resample(made([0, 1], have), asked)
    assert caught.value.code == "TW-D008"


def test_no_bars_give_no_bars() -> None:
    empty = made([0]).rows(0, 0)
    assert len(resample(empty, "1d")) == 0
    assert resample(empty, "1d").timeframe == Timeframe("1d")


def test_results_cannot_be_written_to() -> None:
    with pytest.raises(ValueError, match="read-only"):
        resample(made(list(range(8))), "4h").close[0] = 1.0
