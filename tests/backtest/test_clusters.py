"""Clusters use what was known when the day began, and follow links."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from tradewind.backtest.clusters import clusters_of
from tradewind.model.bars import Bars

DAYS = 200
Floats = npt.NDArray[np.float64]


def bars_of(returns: Floats) -> Bars:
    close = 100.0 * np.exp(np.cumsum(returns))
    index = pd.date_range("2024-01-01", periods=len(close), freq="1D", tz="UTC")
    return Bars.from_frame(
        pd.DataFrame({"open": close, "high": close, "low": close, "close": close, "volume": 1.0}, index=index), "1d"
    )


@pytest.fixture
def returns() -> dict[str, Floats]:
    rng = np.random.default_rng(7)
    common = rng.normal(0, 0.02, DAYS)
    return {
        "A": common + rng.normal(0, 0.005, DAYS),
        "B": common + rng.normal(0, 0.005, DAYS),
        "C": rng.normal(0, 0.02, DAYS),
    }


def test_symbols_that_move_together_share_a_cluster_and_others_have_none(returns: dict[str, Floats]) -> None:
    found = clusters_of({name: bars_of(values) for name, values in returns.items()})
    assert found is not None
    last = found.iloc[-1]
    assert last["A"] == last["B"] >= 0
    assert last["C"] == -1
    assert (found.iloc[:31] == -1).all().all()


def test_links_chain_symbols_into_one_cluster() -> None:
    rng = np.random.default_rng(3)
    a, c = rng.normal(0, 0.02, DAYS), rng.normal(0, 0.02, DAYS)
    found = clusters_of({"A": bars_of(a), "B": bars_of(a + c), "C": bars_of(c)}, threshold=0.6)
    assert found is not None
    assert set(found.iloc[-1]) == {0}


def test_a_day_never_sees_its_own_or_later_closes(returns: dict[str, Floats]) -> None:
    whole = clusters_of({name: bars_of(values) for name, values in returns.items()})
    cut = clusters_of({name: bars_of(values[:120]) for name, values in returns.items()})
    assert whole is not None
    assert cut is not None
    assert cut.index[-1] == pd.Timestamp("2024-04-30", tz="UTC")
    pd.testing.assert_frame_equal(whole.loc[: cut.index[-1]], cut, check_freq=False)


def test_one_symbol_has_no_clusters(returns: dict[str, Floats]) -> None:
    assert clusters_of({"A": bars_of(returns["A"])}) is None
