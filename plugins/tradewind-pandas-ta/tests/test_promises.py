"""What every indicator of the catalogue promises, under settings drawn at random."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tradewind.api import IndicatorError
from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.entry import Param

Make = Callable[..., Any]
Markets = Mapping[str, Callable[[int], pd.DataFrame]]

NAMES = sorted(CATALOGUE)


def values(param: Param) -> st.SearchStrategy[Any]:
    """Draw a value of a setting: any choice, any switch, a number near its least or its default."""
    if param.choices:
        return st.sampled_from(param.choices)
    if param.type is bool:
        return st.booleans()
    high = min(param.high, max(3 * float(param.default), param.low + 5))
    if param.type is int:
        return st.integers(int(param.low), min(int(high), 60))
    return st.floats(param.low, high)


def drawn(data: st.DataObject, make: Make, name: str) -> Any:
    """Draw settings that go together and return the indicator under them."""
    chosen = {param.name: data.draw(values(param), label=param.name) for param in CATALOGUE[name].params}
    try:
        return make(name, **chosen)
    except IndicatorError:
        assume(False)


few = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_is_nan_in_the_warm_up_and_finite_after_it(
    make: Make, markets: Markets, name: str, data: st.DataObject
) -> None:
    indicator = drawn(data, make, name)
    first = indicator.warmup()
    bars = markets[data.draw(st.sampled_from(sorted(markets)))](first + data.draw(st.sampled_from([1, 2, 60])))
    answer = indicator.compute(bars).to_numpy()
    assert np.isnan(answer[:first]).all()
    assert np.isfinite(answer[first:]).all()


@pytest.mark.parametrize("name", NAMES)
@few
@given(data=st.data())
def test_sees_no_later_bar(make: Make, markets: Markets, name: str, data: st.DataObject) -> None:
    indicator = drawn(data, make, name)
    rows = indicator.warmup() + 80
    bars = markets[data.draw(st.sampled_from(sorted(markets)))](rows)
    cut = data.draw(st.integers(0, rows))
    whole, early = indicator.compute(bars).to_numpy()[:cut], indicator.compute(bars.iloc[:cut]).to_numpy()
    scale = np.nanmax(np.abs(whole), initial=0.0)
    np.testing.assert_allclose(early, whole, rtol=1e-12, atol=1e-12 * scale)


@pytest.mark.parametrize("name", NAMES)
def test_a_wilder_future_changes_no_earlier_row(
    make: Make, random_walk: Callable[..., pd.DataFrame], name: str
) -> None:
    indicator = make(name)
    rows = indicator.warmup() + 120
    bars, cut = random_walk(rows, 11), rows - 50
    other = bars.copy()
    prices = ["open", "high", "low", "close"]
    other.loc[other.index[cut:], prices] = other.iloc[cut:][prices].to_numpy() * 3.0
    other.loc[other.index[cut + 5 :], prices] = float(bars["close"].iloc[cut])  # a dead end trips sums over the whole
    other.loc[other.index[cut:], "volume"] = 0.0
    np.testing.assert_array_equal(indicator.compute(other).to_numpy()[:cut], indicator.compute(bars).to_numpy()[:cut])


@pytest.mark.parametrize("name", NAMES)
def test_answers_float64_by_declared_outputs_on_the_bars_own_index(
    make: Make, random_walk: Callable[..., pd.DataFrame], name: str
) -> None:
    indicator = make(name)
    history = random_walk(indicator.warmup() + 30, 3)
    for rows in (0, 1, 2, indicator.warmup(), len(history)):
        bars = history.iloc[:rows]
        answer = indicator.compute(bars)
        assert tuple(answer.columns) == CATALOGUE[name].outputs
        assert (answer.dtypes == np.float64).all()
        assert answer.index.equals(bars.index)


@pytest.mark.parametrize("name", NAMES)
def test_leaves_its_bars_alone_and_repeats_itself(
    make: Make, random_walk: Callable[..., pd.DataFrame], name: str
) -> None:
    indicator = make(name)
    bars = random_walk(indicator.warmup() + 60, 5)
    before = bars.copy(deep=True)
    first = indicator.compute(bars)
    assert not any(np.shares_memory(first[out].to_numpy(), bars[c].to_numpy()) for out in first for c in bars)
    pd.testing.assert_frame_equal(bars, before, check_exact=True)
    indicator.compute(random_walk(indicator.warmup() + 31, 6))
    pd.testing.assert_frame_equal(indicator.compute(bars), first, check_exact=True)


@pytest.mark.parametrize("name", NAMES)
def test_arrays_answer_what_frames_do(make: Make, random_walk: Callable[..., pd.DataFrame], name: str) -> None:
    indicator = make(name)
    bars = random_walk(indicator.warmup() + 40, 7)
    arrays: dict[str, Any] = {str(c): bars[c].to_numpy(copy=True) for c in bars}
    arrays["time"] = pd.DatetimeIndex(bars.index).as_unit("ms").asi8.copy()
    for array in arrays.values():
        array.flags.writeable = False
    answer = indicator.arrays(arrays)
    pd.testing.assert_frame_equal(pd.DataFrame(answer, index=bars.index), indicator.compute(bars), check_exact=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_column_or_value_is_named(make: Make, random_walk: Callable[..., pd.DataFrame], name: str) -> None:
    indicator, column = make(name), CATALOGUE[name].inputs[0]
    bars = random_walk(indicator.warmup() + 40, 7)
    for rows in (1, len(bars)):
        with pytest.raises(IndicatorError, match=column) as caught:
            indicator.compute(bars.iloc[:rows].drop(columns=column))
        assert caught.value.code == "TW-I003"
        assert name in caught.value.message
    bars.loc[bars.index[20], column] = np.nan
    with pytest.raises(IndicatorError, match="row 20") as caught:
        indicator.compute(bars)
    assert caught.value.code == "TW-I003"
