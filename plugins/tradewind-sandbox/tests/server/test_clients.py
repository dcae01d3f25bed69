"""Client libraries, unmodified, work against the sandbox over sockets."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

Hall = Any

pytest.importorskip("binance", reason="python-binance is not installed")
ccxt = pytest.importorskip("ccxt.async_support", reason="ccxt is not installed")

with warnings.catch_warnings():
    # It still imports what the websockets library calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from binance import AsyncClient, BinanceSocketManager
    from binance.exceptions import BinanceAPIException
    from binance.ws.reconnecting_websocket import ReconnectingWebsocket

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


async def connected(hall: Hall, **keys: str) -> Any:
    class Client(AsyncClient):
        API_URL = hall.server.base_url + "/api"
        MARGIN_API_URL = hall.server.base_url + "/sapi"
        WS_API_URL = hall.server.ws_api_url

    made = hall.sandbox.credentials
    return await Client.create(**(keys or {"api_key": made.key, "api_secret": made.secret}))


def test_python_binance_reads_markets_and_trades(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        client = await connected(hall)
        try:
            rows = await client.get_klines(symbol="BTCUSDT", interval="5m", limit=12)
            assert [len(rows), len(rows[0]), rows[1][0] - rows[0][0]] == [12, 12, 300_000]
            bought = await client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
            assert bought["status"] == "FILLED"
            assert sum(Decimal(fill["qty"]) for fill in bought["fills"]) == Decimal("0.01")
            resting = await client.order_limit_buy(symbol="BTCUSDT", quantity="0.01", price="15000")
            assert [one["orderId"] for one in await client.get_open_orders(symbol="BTCUSDT")] == [resting["orderId"]]
            gone = await client.cancel_order(symbol="BTCUSDT", orderId=resting["orderId"])
            assert (gone["status"], await client.get_open_orders()) == ("CANCELED", [])
            account = await client.get_account()
            free = {row["asset"]: Decimal(row["free"]) for row in account["balances"]}
            assert free["BTC"] == Decimal("1.01") - sum(Decimal(fill["commission"]) for fill in bought["fills"])
            trades = await client.get_my_trades(symbol="BTCUSDT")
            assert [one["orderId"] for one in trades] == [bought["orderId"]] * len(bought["fills"])
            with pytest.raises(BinanceAPIException, match="-1121"):
                await client.get_symbol_ticker(symbol="NOSUCH")
        finally:
            await client.close_connection()

    in_hall(case)


def test_python_binance_signs_with_ed25519(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        made = hall.sandbox.credentials
        client = await connected(hall, api_key=made.ed25519_key, private_key=made.private_pem)
        try:
            assert (await client.get_account())["canTrade"] is True
        finally:
            await client.close_connection()

    in_hall(case)


def test_python_binance_hears_markets_and_its_own_account(
    in_hall: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    # It ends a socket only when a wait for a message is over: ten seconds each by default.
    monkeypatch.setattr(ReconnectingWebsocket, "TIMEOUT", 0.5)

    async def case(hall: Hall) -> None:
        client = await connected(hall)
        sockets = BinanceSocketManager(client)
        sockets.STREAM_URL = hall.server.stream_url + "/"
        try:
            async with (
                sockets.kline_socket("BTCUSDT", "1m") as klines,
                sockets.multiplex_socket(["ethusdt@aggTrade", "ethusdt@bookTicker"]) as both,
                sockets.user_socket() as user,
            ):
                # Orders first: the library reads the clock's difference once, and the market is about to leap.
                bought = await client.order_market_buy(symbol="BTCUSDT", quantity="0.01")
                events = [await user.recv() for _ in range(len(bought["fills"]) + 2)]
                told = [one["x"] if one["e"] == "executionReport" else one["e"] for one in events]
                assert told == ["NEW", *["TRADE"] * len(bought["fills"]), "outboundAccountPosition"]
                await hall.server.ticking.go_to(hall.sandbox.clock.market_ms + 62_000)
                heard = [(await klines.recv())["k"] for _ in range(30)]
                assert [one["x"] for one in heard].count(True) == 1
                assert {(await both.recv())["stream"] for _ in range(4)} == {"ethusdt@aggTrade", "ethusdt@bookTicker"}
        finally:
            await client.close_connection()

    in_hall(case)


def test_ccxt_reads_markets_and_trades(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        made = hall.sandbox.credentials
        options = {
            "defaultType": "spot",
            "fetchMarkets": {"types": ["spot"]},
            "fetchCurrencies": False,
            "fetchMargins": False,
        }
        exchange = ccxt.binance(
            {"apiKey": made.key, "secret": made.secret, "options": {**options, "adjustForTimeDifference": True}}
        )
        # A rewritten address of which one was forgotten sends a signed request to the real host.
        exchange.urls["api"] = {
            name: hall.server.base_url + "/" + url.split("/", 3)[3] for name, url in exchange.urls["api"].items()
        }
        try:
            markets = await exchange.load_markets()
            assert sorted(markets) == ["BTC/USDT", "ETH/USDT"]
            rows = await exchange.fetch_ohlcv("BTC/USDT", "15m", limit=4)
            assert [row[0] for row in rows][1:] == [row[0] + 900_000 for row in rows][:-1]
            book = await exchange.fetch_order_book("BTC/USDT", 5)
            assert [len(book["bids"]), len(book["asks"])] == [5, 5]
            order = await exchange.create_order("BTC/USDT", "limit", "buy", 0.01, 15_000)
            assert order["status"] == "open"
            assert (await exchange.fetch_balance())["USDT"]["used"] == 150.0
            await exchange.cancel_order(order["id"], "BTC/USDT")
            sold = await exchange.create_order("BTC/USDT", "market", "sell", 0.02)
            assert (sold["status"], sold["filled"]) == ("closed", 0.02)
        finally:
            await exchange.close()

    in_hall(case)
