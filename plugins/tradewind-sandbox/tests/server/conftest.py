"""A sandbox on sockets for the length of one case."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import attrs
import pytest

from tradewind.api import Bars
from tradewind_sandbox.faults.script import FaultScript, faults_from
from tradewind_sandbox.market.driver import MarketRules, open_histories
from tradewind_sandbox.sandbox import Sandbox, SandboxRules, open_sandbox
from tradewind_sandbox.server.rules import SocketRules
from tradewind_sandbox.server.serving import SandboxServer
from tradewind_sandbox.server.ticking import Ticking

START = 1_717_200_000_000
TOKEN = "0123456789abcdef"  # noqa: S105  # of this test alone


@attrs.define
class Hall:
    """A running server, its sandbox, and a plain HTTP client."""

    server: SandboxServer
    sandbox: Sandbox
    http: aiohttp.ClientSession

    async def get(self, path: str, **params: Any) -> tuple[int, Any]:
        """Ask the exchange without a signature."""
        async with self.http.get(self.server.base_url + path, params=params) as answer:
            return answer.status, await answer.json(content_type=None)

    async def control(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Ask the control port."""
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with self.http.request(method, self.server.control_url + path, json=body, headers=headers) as answer:
            return answer.status, await answer.json(content_type=None)

    def socket(self, path: str, **options: Any) -> Any:
        """Open a WebSocket to the exchange's port."""
        return self.http.ws_connect(self.server.stream_url + path, **options)


@pytest.fixture
def in_hall(table_source: Callable[..., Any], make_walk: Callable[..., Bars]) -> Callable[..., None]:
    """Run a case against a server that stands still unless a speed is given."""

    def run(
        case: Callable[[Hall], Awaitable[None]],
        *,
        speed: float = 0.0,
        bars: int = 300,
        faults: list[dict[str, Any]] | None = None,
        balances: dict[str, str] | None = None,
        **rules: Any,
    ) -> None:
        async def whole() -> None:
            source = table_source({"BTCUSDT": make_walk(bars), "ETHUSDT": make_walk(bars, seed=9)})
            histories = open_histories(
                source, ["BTCUSDT", "ETHUSDT"], MarketRules(), start_ms=START + 3_600_000, seed=5
            )
            script = FaultScript(faults=faults_from(faults or [], histories[0].start_ms), seed=1)
            held = balances or {"USDT": "100000", "BTC": "1"}
            sandbox = open_sandbox(histories, SandboxRules(balances=held), script=script, seed=5)
            ticking = Ticking.at_speed(sandbox, speed, time.monotonic)
            server = SandboxServer(ticking=ticking, token=TOKEN, rules=SocketRules(**{"silence_s": 0.3, **rules}))
            await server.start()
            try:
                async with aiohttp.ClientSession() as http:
                    await case(Hall(server, sandbox, http))
                failure = server.failed()
                assert failure is None, failure
            finally:
                await server.stop()

        asyncio.run(asyncio.wait_for(whole(), 60))

    return run
