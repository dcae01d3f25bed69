"""The contract of `fear-greed`, on a host on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pandas as pd
import pytest

from sentiment.hosts import fear_greed, hosting
from tradewind.testing import SeriesSourceContract


class TestFearGreed(SeriesSourceContract):
    spec = "fear-greed"
    symbol = "ETHUSDT"
    start = "2021-01-01"
    end = "2021-03-01"
    missing = ("2021-01-20",)
    config: ClassVar[dict[str, Any]] = {}
    outage: ClassVar[dict[str, Any]] = {"url": "http://127.0.0.1:9", "tries": 1, "timeout": 0.5}
    xfails = {}

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _host(cls) -> Iterator[None]:
        days = pd.date_range("2020-12-01", periods=120, freq="D").delete(51)
        index = {day.strftime("%Y-%m-%d"): at * 7 % 101 for at, day in enumerate(days)}
        with hosting(fear_greed(index)) as host:
            cls.config = {"url": host.url, "per_minute": 6000.0}
            yield
