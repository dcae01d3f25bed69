"""The frame that strategies see: every feature once, at the bar where it was known, as declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import IndicatorError, PluginError, UsageError
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.features import features
from tradewind.pipeline.fingerprint import fingerprint
from tradewind.pipeline.memo import Memo, data_key
from tradewind.plugins.protocols import Need
from tradewind.plugins.specs import IndicatorSpec

HOUR = 3_600_000
START = 1_704_067_200_000

CALLS: list[int] = []
"""The lengths of the frames that `Mean` was asked for, in order."""


@attrs.frozen
class Mean:
    """The mean of the last closes; by frames."""

    length: int = 3

    def warmup(self) -> int:
        return self.length - 1

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        CALLS.append(len(bars))
        return pd.DataFrame({"mean": bars["close"].rolling(self.length).mean()})


@attrs.frozen
class Range:
    """High less low, and close less open; by arrays."""

    def warmup(self) -> int:
        return 0

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        raise AssertionError("arrays are there")

    def arrays(self, bars: Mapping[str, Any]) -> dict[str, Any]:
        assert set(bars) == {"time", *FIELDS}
        assert not any(array.flags.writeable for array in bars.values())
        return {"span": bars["high"] - bars["low"], "body": bars["close"] - bars["open"]}


class Nameless:
    """An indicator that equals only itself."""

    def __init__(self, shift: float = 0.0) -> None:
        self.shift = shift

    def warmup(self) -> int:
        return 0

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return pd.DataFrame({"shifted": bars["close"] + self.shift})


MADE: dict[str, tuple[Callable[..., Any], tuple[str, ...]]] = {
    "mean": (Mean, ("mean",)),
    "range": (Range, ("span", "body")),
    "nameless": (Nameless, ("shifted",)),
}


def lookup(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
    if name not in MADE:
        raise PluginError(f"there is no indicator {name!r}.", code="TW-P005")
    factory, outputs = MADE[name]
    return IndicatorSpec(name=name, summary="A test.", factory=f"test:{name}", outputs=outputs), factory(**params)


def bars_of(closes: list[float], opens: list[int] | None = None) -> Bars:
    """Hourly bars around the closes, by default without a gap."""
    close = np.array(closes, dtype=np.float64)
    steps = np.array(opens if opens is not None else range(len(closes)), dtype=np.int64)
    return Bars(
        timeframe=Timeframe("1h"),
        time=START + steps * HOUR,
        open=close,
        high=close + 1.0,
        low=close - 0.5,
        close=close,
        volume=np.ones(len(close)),
    )


def got(bars: Bars, *needs: Need, memo: Memo | None = None, **more: Any) -> pd.DataFrame:
    return features(bars, needs, lookup, memo=Memo(1 << 20) if memo is None else memo, **more)


@pytest.fixture(autouse=True)
def no_calls() -> None:
    CALLS.clear()


COUNTED = [float(n) for n in range(1, 21)]


def test_without_needs_it_is_the_bars() -> None:
    bars = bars_of(COUNTED)
    pd.testing.assert_frame_equal(got(bars), bars.to_frame())


def test_outputs_stand_beside_the_bars_under_the_names_that_are_wished() -> None:
    bars = bars_of(COUNTED)
    frame = got(
        bars,
        Need("mean", {"length": 2}, columns="fast"),
        Need("mean", {"length": 5}, columns={"mean": "slow"}),
        Need("range", columns={"span": "reach"}),
    )
    assert list(frame.columns) == [*FIELDS, "fast", "slow", "reach", "body"]
    assert frame.index.equals(bars.index)
    assert (frame.dtypes == np.float64).all()
    np.testing.assert_array_equal(frame["fast"], [np.nan, *np.arange(1.5, 20.0)])
    np.testing.assert_array_equal(frame["slow"].iloc[4:], np.arange(3.0, 19.0))
    assert (frame["reach"] == 1.5).all()
    assert (frame["body"] == 0.0).all()


def test_no_bars_have_no_features() -> None:
    frame = got(bars_of([]), Need("mean"), Need("mean", {"length": 2}, columns="daily", timeframe="1d"))
    assert list(frame.columns) == [*FIELDS, "mean", "daily"]
    assert len(frame) == 0


def test_columns_cannot_be_written_to() -> None:
    frame = got(bars_of(COUNTED), Need("mean"))
    for name in frame:
        with pytest.raises(ValueError, match="read-only"):
            frame[name].to_numpy()[0] = 1.0


@pytest.mark.parametrize(
    ("needs", "code", "words"),
    [
        ([Need("range", columns="both")], "TW-I001", "2 outputs"),
        ([Need("mean", columns={"average": "x"})], "TW-I001", "renames average, expected one of mean"),
        ([Need("mean", {"length": 2}), Need("mean", {"length": 3})], "TW-I004", "'mean', which belongs to 'mean'"),
        ([Need("mean", columns="close")], "TW-I004", "which belongs to the bars"),
        ([Need("range", columns={"span": "x", "body": "y"}), Need("mean", columns="x")], "TW-I004", "'x'"),
        ([Need("mean"), Need("mean", timeframe="4h")], "TW-I004", "'mean'"),
        ([Need("gauge", kind="series")], "TW-I003", "the series 'gauge' is needed"),
    ],
)
def test_needs_that_do_not_go_together_are_refused(needs: list[Need], code: str, words: str) -> None:
    with pytest.raises(IndicatorError) as caught:
        got(bars_of(COUNTED), *needs)
    assert caught.value.code == code
    assert words in caught.value.message


def test_two_needs_that_mean_the_same_share_a_column_and_a_computation() -> None:
    frame = got(bars_of(COUNTED), Need("mean"), Need("mean", {"length": 3}), Need("mean", columns="again"))
    assert list(frame.columns) == [*FIELDS, "mean", "again"]
    assert CALLS == [20]


def test_what_was_computed_is_found_again_for_equal_data_only() -> None:
    memo = Memo(1 << 20)
    first = got(bars_of(COUNTED), Need("mean"), memo=memo)
    again = got(bars_of(COUNTED), Need("mean", columns="other"), memo=memo)
    assert CALLS == [20]
    np.testing.assert_array_equal(first["mean"], again["other"])
    got(bars_of(COUNTED), Need("mean", {"length": 4}), memo=memo)
    got(bars_of([*COUNTED[:-1], 20.5]), Need("mean"), memo=memo)
    got(bars_of(COUNTED, [*range(19), 25]), Need("mean"), memo=memo)
    got(bars_of(COUNTED), Need("mean"), memo=memo, max_gap_ms=HOUR)
    assert CALLS == [20] * 5


def test_data_changed_behind_the_bars_are_other_data() -> None:
    memo, bars = Memo(1 << 20), bars_of(COUNTED)
    got(bars, Need("mean"), memo=memo)
    bars.close[7] += 0.25
    assert got(bars, Need("mean"), memo=memo)["mean"].iloc[7] == pytest.approx(7 + 0.25 / 3)


def test_an_indicator_that_equals_only_itself_is_never_mistaken_for_another() -> None:
    memo, bars = Memo(1 << 20), bars_of(COUNTED)
    for shift in (1.0, 2.0):

        def redefined(_: str, __: Mapping[str, Any], shift: float = shift) -> tuple[IndicatorSpec, Any]:
            return lookup("nameless", {})[0], Nameless(shift)

        assert features(bars, [Need("nameless")], redefined, memo=memo)["shifted"].iloc[0] == 1.0 + shift
    assert len(memo) == 0


def test_masked_bars_are_left_out_and_have_no_value() -> None:
    closes = [*COUNTED]
    closes[5], closes[12] = np.nan, -3.0
    bars = bars_of(closes)
    frame = got(bars, Need("mean"), Need("range"))
    good = ~bars.masked
    assert list(np.flatnonzero(~good)) == [5, 12]
    assert CALLS == [18]
    kept = pd.Series(np.array(closes)[good]).rolling(3).mean()
    np.testing.assert_array_equal(frame["mean"].to_numpy()[good], kept)
    assert frame.loc[~good, ["mean", "span", "body"]].isna().all(axis=None)
    assert np.isnan(frame["close"].iloc[5])


@pytest.mark.parametrize(("missing", "parts"), [(48, [20]), (49, [10, 10])])
def test_more_than_two_days_without_bars_start_indicators_anew(missing: int, parts: list[int]) -> None:
    bars = bars_of(COUNTED, [*range(10), *range(10 + missing, 20 + missing)])
    frame = got(bars, Need("mean"))
    assert parts == CALLS
    assert list(np.flatnonzero(frame["mean"].isna())) == ([0, 1] if len(parts) == 1 else [0, 1, 10, 11])


def test_the_gap_that_is_borne_can_be_chosen() -> None:
    bars = bars_of(COUNTED, [*range(10), *range(15, 25)])
    got(bars, Need("mean"), max_gap_ms=4 * HOUR)
    assert CALLS == [10, 10]


def test_masked_bars_make_gaps() -> None:
    closes = [1.0] * 10 + [np.nan] * 49 + [2.0] * 10
    frame = got(bars_of(closes), Need("mean", {"length": 2}))
    assert np.isnan(frame["mean"].iloc[59])
    assert (frame["mean"].iloc[60:] == 2.0).all()


def test_a_higher_timeframe_is_seen_from_its_close_on() -> None:
    frame = got(bars_of(COUNTED), Need("mean", {"length": 2}, timeframe="4h", columns="slow"), Need("mean"))
    # closes of 4 h bars: 4, 8, 12, 16, 20; the first mean, 6, is known at the close of hour 7
    expected = [np.nan] * 7 + [6.0] * 4 + [10.0] * 4 + [14.0] * 4 + [18.0]
    np.testing.assert_array_equal(frame["slow"], expected)


def test_the_same_length_by_another_name_is_the_bars_own_timeframe() -> None:
    frame = got(bars_of(COUNTED), Need("mean", timeframe="60m"), Need("mean"))
    assert CALLS == [20]
    assert frame["mean"].iloc[2] == 2.0


def test_after_a_long_gap_a_higher_timeframe_is_unknown_until_it_has_warmed_up_again() -> None:
    bars = bars_of(COUNTED, [*range(8), *range(80, 92)])
    frame = got(bars, Need("mean", {"length": 1}, timeframe="4h", columns="last"))
    # 4 h bars close at hours 4 and 8, and again at 84, 88 and 92
    expected = [np.nan] * 3 + [4.0] * 4 + [8.0] + [np.nan] * 3 + [12.0] * 4 + [16.0] * 4 + [20.0]
    np.testing.assert_array_equal(frame["last"], expected)


def test_masked_bars_have_no_value_of_a_higher_timeframe_either() -> None:
    closes = [*COUNTED]
    closes[9] = np.inf
    frame = got(bars_of(closes), Need("mean", {"length": 1}, timeframe="4h"))
    assert np.isnan(frame["mean"].iloc[9])
    assert frame["mean"].iloc[10] == 8.0


def test_a_shorter_timeframe_cannot_be_built() -> None:
    with pytest.raises(Exception, match="cannot be built") as caught:
        got(bars_of(COUNTED), Need("mean", timeframe="15m"))
    assert getattr(caught.value, "code", "") == "TW-D008"
    with pytest.raises(UsageError, match="timeframe was 'daily'"):
        got(bars_of(COUNTED), Need("mean", timeframe="daily"))


def gauge() -> pd.DataFrame:
    index = pd.to_datetime([START, START + 5 * HOUR], unit="ms", utc=True)
    known = pd.to_datetime([START + 2 * HOUR, START + 10 * HOUR], unit="ms", utc=True)
    return pd.DataFrame({"value": [10, 20], "count": [1.0, 2.0], "known_at": known}, index=index)


def test_series_are_joined_from_when_they_were_known() -> None:
    need = Need("fear-greed", kind="series", columns={"value": "mood"})
    frame = got(bars_of(COUNTED), need, series={"fear_greed": gauge()})
    assert list(frame.columns) == [*FIELDS, "mood", "count"]
    np.testing.assert_array_equal(frame["mood"], [np.nan] + [10.0] * 8 + [20.0] * 11)


def test_what_is_optional_and_absent_is_nan_under_its_names() -> None:
    frame = got(
        bars_of(COUNTED),
        Need("gauge", kind="series", optional=True, columns={"value": "mood"}),
        Need("other", kind="series", optional=True),
        Need("no_such_line", optional=True, columns="line"),
    )
    assert list(frame.columns) == [*FIELDS, "mood", "other", "line"]
    assert frame[["mood", "other", "line"]].isna().all(axis=None)
    with pytest.raises(PluginError, match="no_such_line"):
        got(bars_of(COUNTED), Need("no_such_line"))


def test_an_optional_indicator_that_is_broken_is_still_an_error() -> None:
    def broken(_: str, __: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
        raise PluginError("its module raised.", code="TW-P001")

    with pytest.raises(PluginError, match="its module raised"):
        features(bars_of(COUNTED), [Need("mean", optional=True)], broken)


def answering(compute: Callable[[pd.DataFrame], Any], warmup: int = 1) -> Callable[..., Any]:
    """A look-up that always finds an indicator with the output `x` that answers so."""

    class Answering:
        def warmup(self) -> int:
            return warmup

        def compute(self, bars: pd.DataFrame) -> Any:
            return compute(bars)

    record = IndicatorSpec(name="odd", summary="A test.", factory="test:odd", outputs=("x",))
    return lambda *_: (record, Answering())


def like(bars: pd.DataFrame, values: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": values}, index=bars.index)


def filled(bars: pd.DataFrame, row: int, value: float) -> pd.DataFrame:
    column = np.ones(len(bars))
    column[0] = np.nan
    column[row] = value
    return like(bars, column)


@pytest.mark.parametrize(
    ("compute", "words"),
    [
        (lambda b: b["close"].to_numpy(), "answered with ndarray, expected a DataFrame"),
        (lambda b: like(b, 1.0).rename(columns={"x": "y"}), "answered with the columns y, expected x"),
        (lambda b: like(b, 1.0).assign(y=1.0), "answered with the columns x, y, expected x"),
        (lambda b: like(b, 1.0)[[]], "answered with the columns none, expected x"),
        (lambda b: filled(b, 1, 1.0).iloc[1:], "answered with 19 rows, expected the bars' 20"),
        (lambda b: filled(b, 1, 1.0).shift(freq="h"), "expected the bars' 20 on their index"),
        (lambda b: like(b, 1), "answered with int64 in 'x', expected float64"),
        (lambda b: like(b, 1.0).astype(np.float32), "answered with float32 in 'x', expected float64"),
        (lambda b: like(b, 1.0), "has a value of 'x' in row 0, expected NaN in the first 1"),
        (lambda b: filled(b, 7, np.nan), "has nan of 'x' in row 7, expected finite values from row 1 on"),
        (lambda b: filled(b, 9, -np.inf), "has -inf of 'x' in row 9"),
    ],
)
def test_an_indicator_that_breaks_its_declaration_is_named(compute: Callable[[pd.DataFrame], Any], words: str) -> None:
    with pytest.raises(IndicatorError) as caught:
        features(bars_of(COUNTED), [Need("odd")], answering(compute))
    assert caught.value.code == "TW-I002"
    assert caught.value.message.startswith("indicator 'odd' ")
    assert words in caught.value.message


def test_huge_values_are_finite_values() -> None:
    frame = features(bars_of(COUNTED), [Need("odd")], answering(lambda b: filled(b, 1, 1.7e308) * 1.05))
    assert frame["x"].iloc[2] == 1.05
    huge = features(bars_of(COUNTED), [Need("odd")], answering(lambda b: like(b, 1.7e308), warmup=0))
    assert (huge["x"] == 1.7e308).all()


def test_what_an_indicator_raises_is_told_with_its_name() -> None:
    def fails(_: pd.DataFrame) -> Any:
        raise ZeroDivisionError("by nothing")

    with pytest.raises(IndicatorError, match="indicator 'odd' raised ZeroDivisionError: by nothing") as caught:
        features(bars_of(COUNTED), [Need("odd")], answering(fails))
    assert caught.value.code == "TW-K007"
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_an_indicator_that_adds_to_its_frame_adds_to_nothing_else() -> None:
    def careless(bars: pd.DataFrame) -> pd.DataFrame:
        bars["junk"] = 1.0
        return like(bars, 1.0)

    needs = [Need("odd", columns="a"), Need("odd", {"n": 1}, columns="b")]
    frame = features(bars_of(COUNTED), needs, answering(careless, warmup=0))
    assert list(frame.columns) == [*FIELDS, "a", "b"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([1.0, 2.0, 3.5, np.nan]), min_size=2, max_size=60),
    st.sampled_from([1, 3, 50]),
    st.data(),
)
def test_no_row_knows_a_later_bar(closes: list[float], step: int, data: st.DataObject) -> None:
    jump = data.draw(st.integers(1, len(closes)))
    opens = [n if n < jump else n + step - 1 for n in range(len(closes))]
    bars, cut = bars_of(closes, opens), data.draw(st.integers(1, len(closes)))
    needs = [Need("mean"), Need("range"), Need("mean", {"length": 2}, timeframe="4h", columns="higher")]
    whole, early = got(bars, *needs), got(bars.rows(0, cut), *needs)
    pd.testing.assert_frame_equal(whole.iloc[:cut], early, check_exact=True, check_freq=False)


def test_the_memo_drops_what_was_not_used_for_longest() -> None:
    memo = Memo(100 * 8)
    column = np.zeros(40)
    for key in ("a", "b"):
        memo.put(key, {"x": column})
    assert memo.get("a") is not None
    memo.put("c", {"x": column})
    assert memo.get("b") is None
    assert memo.get("a") is not None
    assert (len(memo), memo.size) == (2, 640)
    memo.put("a", {"x": column[:10]})
    assert memo.size == 400
    memo.put("large", {"x": np.zeros(101)})
    assert memo.get("large") is None
    memo.clear()
    assert (len(memo), memo.size) == (0, 0)


def test_the_memo_serves_many_threads() -> None:
    memo, bars = Memo(1 << 12), [bars_of([float(n), *COUNTED]) for n in range(1, 9)]

    def work(n: int) -> float:
        return float(got(bars[n % 8], Need("mean", {"length": 1 + n % 3}), memo=memo)["mean"].iloc[-1])

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(120))) == [20.0 - (n % 3) / 2 for n in range(120)]
    assert memo.size <= memo.limit


@given(st.lists(st.floats(), min_size=1, max_size=70), st.data())
def test_a_fingerprint_tells_one_changed_bit(values: list[float], data: st.DataObject) -> None:
    column = np.array(values)
    changed = column.copy()
    row, bit = data.draw(st.integers(0, len(values) - 1)), data.draw(st.integers(0, 63))
    changed.view(np.uint64)[row] ^= np.uint64(1 << bit)
    assert fingerprint(column) == fingerprint(column.copy())
    assert fingerprint(column) != fingerprint(changed)


def test_a_fingerprint_tells_order_length_and_far_rows_apart() -> None:
    column = np.random.default_rng(3).integers(1, 100, 200_000).astype(np.float64)
    swapped = column.copy()
    swapped[[5, 150_000]] = column[[5, 150_000]] + [1.0, -1.0]
    shifted = np.concatenate([column[1 << 15 :], column[: 1 << 15]])
    seen = {fingerprint(x) for x in (column, swapped, shifted, column[:-1], column[::-1], np.zeros(3), np.zeros(4))}
    assert len(seen) == 7


def test_data_differ_by_time_timeframe_and_every_column() -> None:
    bars = bars_of(COUNTED)
    others = [attrs.evolve(bars, **{name: getattr(bars, name) + 0.25}) for name in FIELDS]
    others.append(bars_of(COUNTED, list(range(1, 21))))
    others.append(bars_of(COUNTED, [*range(10), *range(11, 21)]))
    others.append(bars_of(COUNTED, [*range(9), *range(10, 21)]))
    others.append(attrs.evolve(bars, timeframe=Timeframe("30m")))
    assert len({data_key(one) for one in (bars, bars_of(COUNTED), *others)}) == len(others) + 1
