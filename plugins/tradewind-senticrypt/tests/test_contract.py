"""The contract of `senticrypt`, on a host on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from sentiment.hosts import hosting, scores, senticrypt
from tradewind.testing import SeriesSourceContract


class TestSentiCrypt(SeriesSourceContract):
    spec = "senticrypt"
    symbol = "BTCUSDT"
    start = "2021-01-01"
    end = "2021-03-01"
    missing = ("2021-01-20",)
    config: ClassVar[dict[str, Any]] = {}
    outage: ClassVar[dict[str, Any]] = {"url": "http://127.0.0.1:9", "tries": 1, "timeout": 0.5}
    xfails = {}

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _host(cls) -> Iterator[None]:
        records = [one for one in scores("2020-12-01", 120) if one["date"] != "2021-01-20"]
        with hosting(senticrypt(records)) as host:
            cls.config = {"url": host.url, "per_minute": 6000.0}
            yield
