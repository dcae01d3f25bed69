"""Markets and ways to compute, shared by the tests of the catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tradewind_pandas_ta import indicator
from tradewind_pandas_ta.indicator import CatalogueIndicator
from tradewind_pandas_ta.settings import settings_class

Frame = pd.DataFrame


def made(name: str, **settings: Any) -> CatalogueIndicator:
    """Return the indicator of this name, built as the catalogue builds it."""
    found: CatalogueIndicator = getattr(indicator, name)(settings_class(name)(**settings))
    return found


def hourly(columns: dict[str, Any]) -> Frame:
    """Return bars of one hour from 2024-01-01 on."""
    rows = len(columns["close"])
    index = pd.date_range("2024-01-01", periods=rows, freq="h", tz="UTC", name="open_time")
    return pd.DataFrame({name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}, index=index)


def walk(rows: int, seed: int = 0, *, price: float = 100.0, idle: float = 0.0) -> Frame:
    """
    Return a random walk.

    Args:
        rows: How many bars.
        seed: Of the generator.
        price: Where it starts, quote units.
        idle: The share of bars in which nothing happens: no range and no volume.
    """
    rng = np.random.default_rng(seed)
    quiet = rng.random(rows) < idle
    close = price * np.exp(np.cumsum(np.where(quiet, 0.0, rng.normal(0.0, 0.01, rows))))
    before = np.concatenate([[close[0]], close[:-1]])
    open_ = np.where(quiet, close, before * np.exp(rng.normal(0.0, 0.002, rows)))
    high = np.maximum(open_, close) * np.where(quiet, 1.0, np.exp(np.abs(rng.normal(0.0, 0.004, rows))))
    low = np.minimum(open_, close) * np.where(quiet, 1.0, np.exp(-np.abs(rng.normal(0.0, 0.004, rows))))
    volume = np.where(quiet, 0.0, rng.lognormal(3.0, 1.0, rows))
    return hourly({"open": open_, "high": high, "low": low, "close": close, "volume": volume})


def flat(rows: int, volume: float = 5.0) -> Frame:
    """Return a market that does not move."""
    return hourly(dict.fromkeys(("open", "high", "low", "close"), np.full(rows, 100.0)) | {"volume": [volume] * rows})


MARKETS: dict[str, Callable[[int], Frame]] = {
    "random walk": lambda rows: walk(rows, 1),
    "half of the bars idle": lambda rows: walk(rows, 2, idle=0.5),
    "a price of a millionth": lambda rows: walk(rows, 3, price=1e-6),
    "a price of a million": lambda rows: walk(rows, 4, price=1e6),
    "flat": flat,
    "flat without volume": lambda rows: flat(rows, 0.0),
}


@pytest.fixture(scope="session")
def make() -> Callable[..., CatalogueIndicator]:
    """Build an indicator from its name and settings."""
    return made


@pytest.fixture(scope="session")
def markets() -> dict[str, Callable[[int], Frame]]:
    """Every market by its name, as a function of its length."""
    return MARKETS


@pytest.fixture(scope="session")
def random_walk() -> Callable[..., Frame]:
    """A random walk, see `walk`."""
    return walk


@pytest.fixture(scope="session")
def flat_market() -> Callable[..., Frame]:
    """A market that does not move, see `flat`."""
    return flat
