"""Streams that fall silent while their connection lives: they are noticed in time and opened anew."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tradewind.api import StreamEvent, Timeframe
from tradewind_binance.bar_stream import BarStream
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.source import BinanceSource
from tradewind_binance.user_stream import ANSWERS_WITHIN, CHECK_EVERY, UserStream

MINUTE = 60_000
OPENED = 1_713_866_400_000

Talk = Callable[[ServerConnection, int], Awaitable[None]]


@asynccontextmanager
async def venue(talk: Talk) -> AsyncIterator[tuple[str, list[float]]]:
    """Serve a venue on loopback; tell where it is and when each connection came, seconds of the loop's clock."""
    came: list[float] = []

    async def serve_one(connection: ServerConnection) -> None:
        came.append(asyncio.get_running_loop().time())
        await talk(connection, len(came))
        await connection.wait_closed()

    async with serve(serve_one, "127.0.0.1", 0) as server:
        host, port = next(iter(server.sockets)).getsockname()[:2]
        yield f"ws://{host}:{port}", came


def kline(minute: int) -> str:
    """Return a push that closes a minute."""
    opens = OPENED + minute * MINUTE
    prices = dict.fromkeys("ohlcv", "1.0")
    k = {"t": opens, "T": opens + MINUTE - 1, "x": True, "q": "1.0", "n": 1, "V": "1.0", "Q": "1.0", **prices}
    return json.dumps({"stream": "s", "data": {"e": "kline", "E": opens + MINUTE, "s": "BTCUSDT", "k": k}})


def config_at(url: str, **more: Any) -> BinanceConfig:
    return BinanceConfig(place="custom", rest_url=url.replace("ws://", "http://"), **more)


async def one_then_silence(connection: ServerConnection, number: int) -> None:
    await connection.send(kline(number))


class Whole(BarStream):
    """A stream that has missed nothing: no history is asked for."""

    async def _missed(self, symbol: str, until: int | None = None) -> list[Any]:
        del symbol, until
        return []


def test_a_market_stream_that_is_silent_is_opened_anew_when_its_patience_ends() -> None:
    async def listen() -> tuple[list[float], list[float]]:
        async with venue(one_then_silence) as (url, came):
            source = BinanceSource(config=config_at(url, stall=1.0))
            stream = Whole(
                config=source.config, history=source.history, symbols=("BTCUSDT",), timeframe=Timeframe("1m"),
                interval="1m", heard=source._hear,
            )  # fmt: skip
            stream._last["BTCUSDT"] = OPENED
            quiet: list[float] = []
            async for _ in stream.bars():
                quiet.append(source.quiet_s() or 0.0)
                if len(quiet) == 2:
                    break
            return came, quiet

    came, quiet = asyncio.run(asyncio.wait_for(listen(), 20))
    assert len(came) == 2
    assert 1.0 <= came[1] - came[0] <= 4.0
    assert max(quiet) < 0.5


def test_ten_seconds_is_what_a_market_may_be_silent_by_default() -> None:
    assert BinanceConfig().stall <= 10.0


async def subscribe(connection: ServerConnection) -> None:
    request = json.loads(await connection.recv())
    await connection.send(json.dumps({"id": request["id"], "status": 200, "result": {"subscriptionId": 0}}))


async def mute(connection: ServerConnection, number: int) -> None:
    del number
    await subscribe(connection)


async def without_subscription(connection: ServerConnection, number: int) -> None:
    del number
    await subscribe(connection)
    request = json.loads(await connection.recv())
    await connection.send(json.dumps({"id": request["id"], "status": 200, "result": []}))


async def alive(connection: ServerConnection, number: int) -> None:
    del number
    await subscribe(connection)
    async for text in connection:
        request = json.loads(text)
        await connection.send(json.dumps({"id": request["id"], "status": 200, "result": [{"subscriptionId": 0}]}))


async def heard(talk: Talk, *, seconds: float) -> list[StreamEvent]:
    """Return what an account's stream tells of itself for so long; it is looked at five times a second."""
    found: list[StreamEvent] = []
    async with venue(talk) as (url, _):
        addresses = SimpleNamespace(ws_api=url)
        config = SimpleNamespace(addresses=addresses, max_age_hours=23.0, timeout=5.0, recv_window_ms=2_000)
        client = SimpleNamespace(signed_message=lambda parameters: parameters)
        rest: Any = SimpleNamespace(config=config, client=client, now_ms=lambda: OPENED)
        events = UserStream(rest=rest, check_every=0.2, answers_within=0.2).events()
        try:
            async with asyncio.timeout(seconds):
                async for event in events:
                    assert isinstance(event, StreamEvent)
                    found.append(event)
                    if not event.live:
                        break
        except TimeoutError:
            pass
        await events.aclose()
    return found


@pytest.mark.parametrize(("talk", "words"), [(mute, "does not say"), (without_subscription, "is gone")])
def test_an_account_stream_that_is_lost_without_a_word_is_noticed(talk: Talk, words: str) -> None:
    begun, ended = asyncio.run(heard(talk, seconds=10.0))
    assert begun.live
    assert not ended.live
    assert words in ended.reason


def test_an_account_stream_that_answers_is_left_alone() -> None:
    assert [event.live for event in asyncio.run(heard(alive, seconds=1.5))] == [True]


def test_a_lost_account_stream_is_noticed_within_a_minute() -> None:
    assert CHECK_EVERY + ANSWERS_WITHIN <= 60.0
