"""The contract of the source `ccxt`, against the local exchange."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from tradewind.testing import BarSourceContract
from tradewind_ccxt.source import CcxtSource

pytestmark = pytest.mark.needs_others

ASKED: list[float] = []


class TestCcxt(BarSourceContract):
    spec = "ccxt"
    symbol = "BTCUSDT"
    timeframe = "1m"
    start = "2024-02-29T18:00"
    end = "2024-02-29T22:00"
    rate_limit = (1200, 60.0)
    stream_bars = 5
    xfails = {}

    @pytest.fixture(autouse=True)
    def at_the_local_exchange(self, fast_sandbox: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            type(self),
            "config",
            {"exchange": "binance", "base_url": fast_sandbox["base_url"], "poll": 0.1},
            raising=False,
        )
        asked = CcxtSource._asked

        def noted(source: CcxtSource, what: str, ask: Any) -> Any:
            ASKED.append(time.monotonic())
            return asked(source, what, ask)

        monkeypatch.setattr(CcxtSource, "_asked", noted)

    def requests(self) -> Sequence[float]:
        return ASKED
