"""Contract cases C117 and C130–C139: market streams and klines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import aiohttp

Hall = Any
START = 1_717_200_000_000 + 3_600_000
MINUTE = 60_000
PATIENCE_S: Final = 30.0
"""How long something is waited for that takes a moment on a machine with nothing else to do."""


async def heard(socket: Any, count: int) -> list[Any]:
    """Return the next messages of a socket."""
    return [json.loads((await socket.receive(timeout=PATIENCE_S)).data) for _ in range(count)]


async def everything(socket: Any) -> list[Any]:
    """Return all messages that were sent up to now: those before the answer to a question, or before the end."""
    found: list[Any] = []
    if not socket.closed:
        with suppress(ConnectionError):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": "so far"})
    while True:
        message = await socket.receive(timeout=PATIENCE_S)
        if message.type is not aiohttp.WSMsgType.TEXT:
            return found
        told = json.loads(message.data)
        if told.get("id") == "so far":
            return found
        found.append(told)


async def quiet(socket: Any, seconds: float) -> bool:
    """Tell whether nothing is said for so long."""
    try:
        await asyncio.wait_for(socket.receive(), seconds)
    except TimeoutError:
        return True
    return False


async def ended(socket: Any) -> int | None:
    """Return the code with which a connection ends."""
    while True:
        message = await socket.receive(timeout=PATIENCE_S)
        if message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}:
            return socket.close_code


def test_c130_klines_are_pushed_every_two_seconds_and_close_exactly_once(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@kline_1m") as socket:
            await everything(socket)
            await hall.server.ticking.go_to(START + 3 * MINUTE)
            klines = [one["k"] for one in await everything(socket)]
            closing = [one for one in klines if one["x"]]
            assert [(one["t"], one["T"]) for one in closing] == [
                (START + n * MINUTE, START + (n + 1) * MINUTE - 1) for n in range(3)
            ]
            first = [one for one in klines if one["t"] == START]
            assert 29 <= len(first) <= 31

    in_hall(case)


def test_c131_rest_shows_what_the_closing_push_said(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@kline_5m") as socket:
            await everything(socket)
            await hall.server.ticking.go_to(START + 7 * MINUTE)
            closing = next(one["k"] for one in await everything(socket) if one["k"]["x"])
            _, rows = await hall.get("/api/v3/klines", symbol="BTCUSDT", interval="5m", limit=2)
            told = [closing[name] for name in ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q")]
            assert rows[0][:11] == told
            assert [len(rows), len(rows[0]), rows[1][0]] == [2, 12, START + 5 * MINUTE]

    in_hall(case)


def test_c132_klines_from_a_start_are_the_oldest_and_both_bounds_count(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        ask = {"symbol": "BTCUSDT", "interval": "1m"}
        begin = START - 50 * MINUTE
        _, rows = await hall.get("/api/v3/klines", **ask, startTime=begin, limit=10)
        assert [row[0] for row in rows] == [begin + n * MINUTE for n in range(10)]
        _, rows = await hall.get("/api/v3/klines", **ask, startTime=begin, endTime=begin + 3 * MINUTE)
        assert [row[0] for row in rows] == [begin + n * MINUTE for n in range(4)]

    in_hall(case)


def test_c133_intervals_are_case_sensitive(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        await hall.server.ticking.go_to(START + MINUTE)
        ask = "/api/v3/klines"
        _, minutes = await hall.get(ask, symbol="BTCUSDT", interval="1m", limit=1)
        _, months = await hall.get(ask, symbol="BTCUSDT", interval="1M", limit=1)
        assert (minutes[0][6] - minutes[0][0], months[0][6] - months[0][0]) == (59_999, 30 * 86_400_000 - 1)
        status, refusal = await hall.get(ask, symbol="BTCUSDT", interval="7m")
        assert (status, refusal["code"]) == (400, -1120)

    in_hall(case)


def test_c134_a_connection_is_pinged_and_closed_when_no_pong_comes(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@kline_1m", autoping=False) as socket:
            assert (await socket.receive(timeout=PATIENCE_S)).type is aiohttp.WSMsgType.PING
            assert await ended(socket) == 1008
        async with hall.socket("/ws/btcusdt@kline_1m") as answering:
            assert await quiet(answering, 2.0)
            assert not answering.closed

    in_hall(case, ping_s=0.2, pong_s=1.5)


def test_c135_a_connection_lives_no_longer_than_its_day(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@kline_1m") as socket:
            assert await ended(socket) == 1001

    in_hall(case, life_s=0.2)


def test_c136_six_messages_in_a_second_end_the_connection(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws") as socket:
            for number in range(6):
                await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            assert await ended(socket) == 1008
        async with hall.socket("/ws") as socket:
            for number in range(5):
                await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            assert [one["id"] for one in await heard(socket, 5)] == [0, 1, 2, 3, 4]

    in_hall(case)


def test_c137_streams_are_joined_and_left_while_connected(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/stream?streams=btcusdt@aggTrade") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["ethusdt@bookTicker"], "id": 1})
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 2})
            await socket.send_json({"method": "UNSUBSCRIBE", "params": ["btcusdt@aggTrade"], "id": 3})
            await socket.send_json({"method": "GET_PROPERTY", "params": ["combined"], "id": "four"})
            assert await heard(socket, 4) == [
                {"result": None, "id": 1},
                {"result": ["btcusdt@aggTrade", "ethusdt@bookTicker"], "id": 2},
                {"result": None, "id": 3},
                {"result": True, "id": "four"},
            ]
            await hall.server.ticking.go_to(START + MINUTE)
            messages = await everything(socket)
            assert {one["stream"] for one in messages} == {"ethusdt@bookTicker"}
            assert sorted(messages[0]["data"]) == ["A", "B", "a", "b", "s", "u"]
            await socket.send_json({"method": "SET_PROPERTY", "params": ["combined", False], "id": 5})
            await heard(socket, 1)
            await hall.server.ticking.go_to(START + 2 * MINUTE)
            assert {one["s"] for one in await everything(socket)} == {"ETHUSDT"}

    in_hall(case, inbound_per_s=20)


def test_what_is_no_command_is_answered_with_an_error(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws") as socket:
            for text in ("{", "[]", '{"method": "JUMP", "id": 1}', '{"method": "SUBSCRIBE", "params": [], "id": 2}'):
                await socket.send_str(text)
            found = await heard(socket, 4)
            assert [(one["error"]["code"], one["id"]) for one in found] == [(3, None), (2, None), (2, 1), (2, 2)]

    in_hall(case)


def test_c138_a_break_stops_the_klines_and_cancel_only_takes_cancels(in_hall: Callable[..., None]) -> None:
    faults = [
        {"kind": "status", "value": "BREAK", "symbol": "BTCUSDT", "at": "60s", "lasts": "2m"},
        {"kind": "status", "value": "CANCEL_ONLY", "symbol": "ETHUSDT", "at": "60s"},
    ]

    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@kline_1m") as socket:
            await everything(socket)
            await hall.server.ticking.go_to(START + 90_000)
            _, info = await hall.get("/api/v3/exchangeInfo")
            assert [one["status"] for one in info["symbols"]] == ["BREAK", "CANCEL_ONLY"]
            await hall.server.ticking.go_to(START + 5 * MINUTE - 1)
            opened = sorted({one["k"]["t"] for one in await everything(socket)})
            assert [(one - START) // MINUTE for one in opened] == [0, 3, 4]

    in_hall(case, faults=faults)


def test_c139_an_unknown_pair_is_subscribed_to_in_silence(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/nosuch@kline_1m") as socket:
            await socket.send_json({"method": "SUBSCRIBE", "params": ["alsonone@aggTrade"], "id": 1})
            assert await everything(socket) == [{"result": None, "id": 1}]
            await hall.server.ticking.go_to(START + MINUTE)
            assert await everything(socket) == []

    in_hall(case)


def test_a_mini_ticker_tells_the_day(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/btcusdt@miniTicker") as socket:
            await everything(socket)
            await hall.server.ticking.go_to(START + MINUTE)
            (told, *_) = await everything(socket)
            assert (told["e"], told["s"]) == ("24hrMiniTicker", "BTCUSDT")
            assert float(told["l"]) <= float(told["c"]) <= float(told["h"])

    in_hall(case)


def test_c117_a_shutdown_is_announced_on_every_connection_and_then_comes(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with (
            hall.socket("/ws/btcusdt@kline_1m") as raw,
            hall.socket("/stream?streams=btcusdt@kline_1m") as combined,
            hall.socket("/ws-api/v3") as api,
        ):
            await everything(raw)
            await everything(combined)
            await hall.control("POST", "/_shutdown", {"after_ms": 100})
            event = {"e": "serverShutdown", "E": hall.sandbox.now_ms()}
            assert await heard(raw, 1) == [event]
            assert await heard(combined, 1) == [{"stream": "!serverShutdown", "data": event}]
            assert await heard(api, 1) == [{"event": event}]
            assert [await ended(one) for one in (raw, combined, api)] == [1001, 1001, 1001]

    in_hall(case)


def test_a_script_strikes_streams_while_pings_go_on(in_hall: Callable[..., None]) -> None:
    faults = [
        {"kind": "stall", "stream": "btcusdt@*", "at": "1m", "lasts": "1m"},
        {"kind": "corrupt-event", "stream": "ethusdt@*", "field": "k.c", "value": "NaN", "closing": True},
        {"kind": "close-stream", "stream": "ethusdt@aggTrade", "at": "2m", "code": 1006},
    ]

    async def case(hall: Hall) -> None:
        path = "/stream?streams=btcusdt@kline_1m/ethusdt@kline_1m/ethusdt@aggTrade"
        async with hall.socket(path) as socket:
            await everything(socket)
            await hall.server.ticking.go_to(START + 2 * MINUTE - 1)
            messages = await everything(socket)
            klines = [one["data"]["k"] for one in messages if "kline" in one["stream"]]
            assert {one["t"] for one in klines if one["s"] == "BTCUSDT"} == {START}
            assert {one["c"] for one in klines if one["s"] == "ETHUSDT" and one["x"]} == {"NaN"}
            await hall.server.ticking.go_to(START + 2 * MINUTE + 10_000)
            assert await ended(socket) == 1006

    in_hall(case, faults=faults)


def test_a_connection_has_no_more_streams_than_it_may(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws/a@aggTrade") as socket:
            for number, names in enumerate((["b@aggTrade"], ["c@aggTrade"])):
                await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": number})
            first, second = await heard(socket, 2)
            assert (first, second["error"]["code"]) == ({"result": None, "id": 0}, 2)
        async with hall.http.get(hall.server.base_url + "/stream?streams=a@aggTrade/b@aggTrade/c@aggTrade") as answer:
            assert answer.status == 400

    in_hall(case, streams=2)
