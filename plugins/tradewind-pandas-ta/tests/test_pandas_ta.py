"""Where the formula is pandas-ta's, so are the numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import pytest

from tradewind_pandas_ta.catalogue import CATALOGUE
from tradewind_pandas_ta.compute.vendor import pandas_ta
from tradewind_pandas_ta.entry import VENDOR

Make = Callable[..., Any]
Theirs = Callable[[Any, pd.DataFrame], Any]


def of_close(name: str, **settings: Any) -> Theirs:
    return lambda ta, b: getattr(ta, name)(b["close"], **settings)


REFERENCES: Final[dict[str, tuple[dict[str, Any], Theirs]]] = {
    "alma": ({"length": 12, "center": 0.6}, of_close("alma", length=12, dist_offset=0.6)),
    "alphatrend": (
        {"length": 10},
        lambda ta, b: ta.alphatrend(b["open"], b["high"], b["low"], b["close"], length=10),
    ),
    "amat": ({}, of_close("amat")),
    "aobv": ({}, lambda ta, b: ta.aobv(b["close"], b["volume"])),
    "atrts": ({}, lambda ta, b: ta.atrts(b["high"], b["low"], b["close"])),
    "bias": ({}, of_close("bias")),
    "cg": ({"length": 7}, of_close("cg", length=7)),
    "chop": ({"length": 9}, lambda ta, b: ta.chop(b["high"], b["low"], b["close"], length=9)),
    "cksp": ({}, lambda ta, b: ta.cksp(b["high"], b["low"], b["close"], tvmode=False)),
    "cti": ({}, of_close("cti")),
    "decay": ({"length": 4}, of_close("decay", length=4)),
    "ebsw": ({}, of_close("ebsw")),
    "entropy": ({}, of_close("entropy")),
    "exhc": ({}, of_close("exhc")),
    "fwma": ({"length": 8}, of_close("fwma", length=8)),
    "hwc": ({}, of_close("hwc")),
    "hwma": ({}, of_close("hwma")),
    "jma": ({"length": 9}, of_close("jma", length=9)),
    "kurtosis": ({}, of_close("kurtosis")),
    "kvo": ({}, lambda ta, b: ta.kvo(b["high"], b["low"], b["close"], b["volume"])),
    "median": ({}, of_close("median")),
    "pdist": ({}, lambda ta, b: ta.pdist(b["open"], b["high"], b["low"], b["close"])),
    "pgo": ({}, lambda ta, b: ta.pgo(b["high"], b["low"], b["close"])),
    "psl": ({}, of_close("psl")),
    "pvol": ({}, lambda ta, b: ta.pvol(b["close"], b["volume"])),
    "pvr": ({}, lambda ta, b: ta.pvr(b["close"], b["volume"])),
    "pwma": ({"length": 6}, of_close("pwma", length=6)),
    "quantile": ({"q": 0.2}, of_close("quantile", q=0.2)),
    "rsx": ({}, of_close("rsx")),
    "rvgi": ({}, lambda ta, b: ta.rvgi(b["open"], b["high"], b["low"], b["close"])),
    "rwi": ({}, lambda ta, b: ta.rwi(b["high"], b["low"], b["close"])),
    "sinwma": ({}, of_close("sinwma")),
    "skew": ({}, of_close("skew")),
    "slope": ({"length": 3}, of_close("slope", length=3)),
    "squeeze_pro": (
        {},
        lambda ta, b: ta.squeeze_pro(b["high"], b["low"], b["close"]),
    ),
    "ssf": ({}, of_close("ssf", everget=True, pi=np.pi, sqrt2=np.sqrt(2.0))),
    "ssf3": ({}, of_close("ssf3", pi=np.pi, sqrt3=np.sqrt(3.0))),
    "swma": ({}, of_close("swma")),
    "thermo": ({}, lambda ta, b: ta.thermo(b["high"], b["low"])),
    "tmo": ({}, lambda ta, b: ta.tmo(b["open"], b["close"]).iloc[:, :2]),
    "tsv": ({}, lambda ta, b: ta.tsv(b["close"], b["volume"])),
    "ttm_squeeze": ({}, lambda ta, b: ta.squeeze(b["high"], b["low"], b["close"])),
    "ttm_trend": ({}, lambda ta, b: ta.trend.ttm_trend(b["high"], b["low"], b["close"])),
    "ui": ({}, of_close("ui")),
    "vwap": ({}, lambda ta, b: ta.vwap(b["high"], b["low"], b["close"], b["volume"])),
}
"""Settings and pandas-ta's own answer, columns in our order."""


def test_all_that_pandas_ta_computes_is_compared() -> None:
    assert {name for name, entry in CATALOGUE.items() if entry.origin == VENDOR} <= set(REFERENCES)


@pytest.mark.filterwarnings("ignore")  # pandas-ta's own calls, not ours
@pytest.mark.parametrize("name", sorted(REFERENCES))
def test_has_pandas_tas_numbers_after_the_warm_up(
    make: Make, random_walk: Callable[..., pd.DataFrame], name: str
) -> None:
    settings, theirs = REFERENCES[name]
    bars = random_walk(400, 21)
    indicator = make(name, **settings)
    mine = indicator.compute(bars)
    answer = theirs(pandas_ta(), bars.copy(deep=True))
    expected = (answer.to_frame() if isinstance(answer, pd.Series) else answer).astype(np.float64).to_numpy()
    assert expected.shape == mine.shape
    first = indicator.warmup()
    np.testing.assert_allclose(mine.to_numpy()[first:], expected[first:], rtol=1e-9, atol=1e-9)
