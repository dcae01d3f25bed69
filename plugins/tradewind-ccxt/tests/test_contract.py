"""The contracts of the source and the executor `ccxt`, against the local exchange."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tradewind.testing import BarSourceContract, ExecutorContract, Venue, sandbox_venue
from tradewind_ccxt import executor
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


class TestCcxtOrders(ExecutorContract):
    spec = "ccxt"
    facts: Mapping[str, Any]
    xfails = {}

    @pytest.fixture(autouse=True)
    def at_the_local_exchange(self, sandbox: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "facts", sandbox, raising=False)
        venue_of = executor.venue_of

        def hurried(*arguments: Any) -> Any:
            made = venue_of(*arguments)
            made.enableRateLimit, made.timeout_on_exit = False, 0
            return made

        monkeypatch.setattr(executor, "venue_of", hurried)

    def venue(self) -> AbstractAsyncContextManager[Venue]:
        return sandbox_venue(
            self.facts,
            config={"exchange": "binance", "base_url": self.facts["base_url"], "poll": 0.1},
            secrets={name: self.facts[name] for name in ("api_key", "api_secret")},
        )
