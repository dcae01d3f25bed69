"""Between two closes, a stream of bars tells prices, too: a target is not missed for want of a close."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

from websockets.asyncio.server import ServerConnection, serve

from tradewind.api import Instrument, Timeframe
from tradewind_binance.settings import BinanceConfig
from tradewind_binance.source import BinanceSource

OPENED = 1_713_866_400_000


def push(price: str, *, closes: bool) -> str:
    k = {"t": OPENED, "T": OPENED + 59_999, "x": closes, "q": "1.0", "n": 1, "V": "1.0", "Q": "1.0"}
    k |= {"o": "1.0", "h": price, "l": "1.0", "c": price, "v": "1.0"}
    return json.dumps({"stream": "s", "data": {"e": "kline", "E": OPENED + 1_000, "s": "BTCUSDT", "k": k}})


def test_prices_between_two_closes_are_told_exactly_to_who_watches_them() -> None:
    async def talk(connection: ServerConnection) -> None:
        await connection.send(push("101.10", closes=False))
        await connection.send(push("100.20", closes=True))
        await connection.wait_closed()

    async def listen() -> list[tuple[str, Decimal]]:
        heard: list[tuple[str, Decimal]] = []
        async with serve(talk, "127.0.0.1", 0) as server:
            host, port = next(iter(server.sockets)).getsockname()[:2]
            source = BinanceSource(config=BinanceConfig(place="custom", rest_url=f"http://{host}:{port}"))
            source.watch_prices(lambda symbol, price: heard.append((symbol, price)))
            async for _ in source.stream([Instrument(symbol="BTCUSDT")], Timeframe("1m")):
                break
        return heard

    expected = [("BTCUSDT", Decimal("101.10")), ("BTCUSDT", Decimal("100.20"))]
    assert asyncio.run(asyncio.wait_for(listen(), 60)) == expected
