"""The contract of `cryptocompare`, on a host on this machine and with a made-up key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from sentiment.hosts import articles, hosting, news
from tradewind.testing import SeriesSourceContract


class TestCryptoCompare(SeriesSourceContract):
    spec = "cryptocompare"
    symbol = "BTCUSDT"
    start = "2024-01-01"
    end = "2024-01-21"
    config: ClassVar[dict[str, Any]] = {}
    secrets: ClassVar[dict[str, str]] = {"api_key": "made-up"}
    outage: ClassVar[dict[str, Any]] = {"url": "http://127.0.0.1:9", "tries": 1, "timeout": 0.5}
    xfails = {}

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _host(cls) -> Iterator[None]:
        with hosting(news(articles("2023-12-20", 40), page=200)) as host:
            cls.config = {"url": host.url, "per_minute": 6000.0}
            yield
