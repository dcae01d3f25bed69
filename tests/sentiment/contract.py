"""The contract of a source of daily values, held on a host on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import pytest

from sentiment.hosts import Answer, hosting
from tradewind.testing import SeriesSourceContract


class HostedSeriesContract(SeriesSourceContract):
    """What every source on the web promises; a source says what its host answers."""

    symbol = "BTCUSDT"
    start = "2021-01-01"
    end = "2021-03-01"
    config: ClassVar[dict[str, Any]] = {}
    outage: ClassVar[dict[str, Any]] = {"url": "http://127.0.0.1:9", "tries": 1, "timeout": 0.5}
    xfails: ClassVar[dict[str, str]] = {}

    @classmethod
    def answers(cls) -> Answer:
        """Return what the host says, from 2020-12-01 on for 120 days."""
        raise NotImplementedError

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _host(cls) -> Iterator[None]:
        with hosting(cls.answers()) as host:
            cls.config = {"url": host.url, "per_minute": 6000.0}
            yield
