"""The contracts of the source and the executor `binance`, against the local exchange."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from tradewind.testing import BarSourceContract, ExecutorContract, Venue, sandbox_venue
from tradewind_binance.answers import Answer
from tradewind_binance.clients import AskingClient

pytestmark = pytest.mark.needs_others

ASKED: list[float] = []


class TestBinance(BarSourceContract):
    spec = "binance"
    symbol = "BTCUSDT"
    timeframe = "1m"
    start = "2024-02-29T12:00"
    end = "2024-02-29T18:00"
    stream_bars = 8
    rate_limit = (2250, 60.0)
    xfails = {}

    @pytest.fixture(autouse=True)
    def at_the_local_exchange(self, settings: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "config", settings, raising=False)
        ask = AskingClient.ask

        def noted(client: AskingClient, path: str, parameters: dict[str, Any]) -> Answer:
            ASKED.append(time.monotonic())
            return ask(client, path, parameters)

        monkeypatch.setattr(AskingClient, "ask", noted)

    def requests(self) -> Sequence[float]:
        return ASKED


class TestBinanceOrders(ExecutorContract):
    spec = "binance"
    facts: Mapping[str, Any]
    xfails = {}

    @pytest.fixture(autouse=True)
    def at_the_local_exchange(self, sandbox: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(type(self), "facts", sandbox, raising=False)

    def venue(self) -> AbstractAsyncContextManager[Venue]:
        return sandbox_venue(
            self.facts,
            config={"place": "custom", "rest_url": self.facts["base_url"]},
            secrets={name: self.facts[name] for name in ("api_key", "api_secret")},
        )
