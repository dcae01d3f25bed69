"""An indicator may abstain when its record says so, and read a series; infinity is never an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from models.test_gate import market
from tradewind.api import IndicatorError, IndicatorSpec, Need
from tradewind.pipeline.features import features

BARS = market(300)
DAYS = pd.date_range("2019-12-01", periods=200, freq="D", tz="UTC")
MOOD = pd.DataFrame({"mood": np.arange(200.0), "known_at": DAYS + pd.Timedelta(1, unit="D")}, index=DAYS)


class Says:
    """Answers with what it was told to, or with the mood."""

    def __init__(self, value: float | None) -> None:
        self.value = value

    def warmup(self) -> int:
        return 1

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        values = bars["mood"].to_numpy(copy=True) if self.value is None else np.full(len(bars), 1.0)
        values[:1] = np.nan
        if self.value is not None:
            values[100] = self.value
        return pd.DataFrame({"out": values}, index=bars.index)


def told(value: float | None, need: Need, *, abstains: bool = True, series: bool = True) -> pd.Series[float]:
    spec = IndicatorSpec(name="says", summary="Says.", factory="a:b", outputs=("out",), abstains=abstains)

    def lookup(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
        return spec, Says(value)

    column: pd.Series[float] = features(BARS, [need], lookup, series={"mood": MOOD} if series else {})["out"]
    return column


def test_an_indicator_that_abstains_may_have_no_value_after_its_warmup() -> None:
    column = told(np.nan, Need("says"))
    assert np.flatnonzero(column.isna()).tolist() == [0, 100]


@pytest.mark.parametrize(("value", "abstains"), [(np.nan, False), (np.inf, False), (np.inf, True), (-np.inf, True)])
def test_any_other_gap_and_every_infinity_is_refused(value: float, abstains: bool) -> None:
    with pytest.raises(IndicatorError) as caught:
        told(value, Need("says"), abstains=abstains)
    assert caught.value.code == "TW-I002"
    assert "row 100" in caught.value.message


def test_reads_a_series_as_it_was_known_at_each_close() -> None:
    column = told(None, Need("says", series="mood"))
    closes = BARS.index + pd.Timedelta(4, unit="h")
    known = np.searchsorted(pd.DatetimeIndex(MOOD["known_at"]), closes, side="right") - 1
    np.testing.assert_array_equal(column.iloc[1:], known[1:].astype(np.float64))


def test_a_series_that_is_missing_is_refused_unless_it_is_optional() -> None:
    with pytest.raises(IndicatorError) as caught:
        told(None, Need("says", series="mood"), series=False)
    assert caught.value.code == "TW-I003"
    optional = Need("says", series="mood", columns={"out": "out"}, optional=True)
    assert told(None, optional, series=False).isna().all()


def test_a_series_beside_bars_of_a_longer_timeframe_is_refused() -> None:
    with pytest.raises(IndicatorError) as caught:
        told(None, Need("says", series="mood", timeframe="1d"))
    assert caught.value.code == "TW-I001"
