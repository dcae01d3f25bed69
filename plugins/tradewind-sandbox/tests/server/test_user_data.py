"""Contract cases C110, C111, C114, C115 and C118 over a socket, and what a script does to the WebSocket API."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import aiohttp
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

Hall = Any
SUBSCRIBE = "userDataStream.subscribe.signature"
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


def signed(hall: Hall, params: dict[str, Any] | None = None, *, ed25519: bool = False) -> dict[str, Any]:
    """Return parameters with key, timestamp and signature."""
    made = hall.sandbox.credentials
    given = {**(params or {}), "apiKey": made.ed25519_key if ed25519 else made.key, "timestamp": hall.sandbox.now_ms()}
    payload = "&".join(f"{name}={given[name]}" for name in sorted(given)).encode()
    if ed25519:
        private: Any = load_pem_private_key(made.private_pem.encode(), None)
        return {**given, "signature": base64.b64encode(private.sign(payload)).decode()}
    return {**given, "signature": hmac.new(made.secret.encode(), payload, hashlib.sha256).hexdigest()}


async def ask(socket: Any, method: str, params: dict[str, Any] | None = None) -> Any:
    """Send a frame and return the next message."""
    await socket.send_json({"id": method, "method": method, "params": params or {}})
    return json.loads((await socket.receive(timeout=30)).data)


async def until_reply(socket: Any) -> tuple[Any, list[Any]]:
    """Return the reply to a frame and the events that came before it."""
    events = []
    while True:
        message = json.loads((await socket.receive(timeout=30)).data)
        if "event" not in message:
            return message, events
        events.append(message["event"])


def test_c110_a_signed_subscription_is_one_per_account(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            assert (await ask(socket, SUBSCRIBE, signed(hall)))["result"] == {"subscriptionId": 0}
            again = await ask(socket, SUBSCRIBE, signed(hall))
            assert (again["status"], again["error"]["code"]) == (400, -2035)

    in_hall(case)


def test_c111_a_session_is_logged_on_with_ed25519_only(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            assert (await ask(socket, "userDataStream.subscribe"))["status"] == 401
            assert (await ask(socket, "session.logon", signed(hall)))["status"] == 400
            logon = await ask(socket, "session.logon", signed(hall, ed25519=True))
            assert logon["result"]["userDataStream"] is False
            assert (await ask(socket, "userDataStream.subscribe"))["result"] == {"subscriptionId": 0}
            assert (await ask(socket, "session.status"))["result"]["userDataStream"] is True
            order = {**BUY, "timestamp": hall.sandbox.now_ms()}
            await socket.send_json({"id": 1, "method": "order.place", "params": order})
            reply, events = await until_reply(socket)
            assert (reply["result"]["status"], events[0]["x"]) == ("FILLED", "NEW")

    in_hall(case)


def test_c114_nothing_is_replayed_to_who_comes_back(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await ask(socket, SUBSCRIBE, signed(hall))
        async with hall.socket("/ws-api/v3") as other:
            filled = await ask(other, "order.place", signed(hall, BUY))
            order_id = filled["result"]["orderId"]
        async with hall.socket("/ws-api/v3") as back:
            assert (await ask(back, SUBSCRIBE, signed(hall)))["result"] == {"subscriptionId": 0}
            with pytest.raises(TimeoutError):
                await back.receive(timeout=0.2)
            trades = (await ask(back, "myTrades", signed(hall, {"symbol": "BTCUSDT"})))["result"]
            assert {one["orderId"] for one in trades} == {order_id}

    in_hall(case)


def test_c115_a_subscription_that_is_left_says_so(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await ask(socket, SUBSCRIBE, signed(hall))
            await socket.send_json({"id": 1, "method": "userDataStream.unsubscribe", "params": {}})
            reply, events = await until_reply(socket)
            assert (reply["status"], [one["e"] for one in events]) == (200, ["eventStreamTerminated"])

    in_hall(case)


def test_c118_the_old_way_to_user_data_is_gone(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.http.post(hall.server.base_url + "/api/v3/userDataStream") as answer:
            assert answer.status == 410

    in_hall(case)


def test_a_frame_that_is_no_json_is_refused_and_the_connection_stays(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await socket.send_str("{")
            refusal = json.loads((await socket.receive(timeout=30)).data)
            assert (refusal["id"], refusal["status"], refusal["error"]["code"]) == (None, 400, -1135)
            assert (await ask(socket, "ping"))["status"] == 200

    in_hall(case)


def test_c119_an_error_of_the_script_comes_as_a_status_and_the_connection_stays(in_hall: Callable[..., None]) -> None:
    faults = [{"kind": "fail-after", "endpoint": "WS order.place", "times": 1}]

    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            reply = await ask(socket, "order.place", signed(hall, BUY))
            assert (reply["id"], reply["status"], reply["error"]["code"]) == ("order.place", 504, -1007)
            trades = await ask(socket, "myTrades", signed(hall, {"symbol": "BTCUSDT"}))
            assert trades["result"] != []

    in_hall(case, faults=faults)


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"kind": "lose-event", "event": "executionReport", "calls": [1]}, ["TRADE"]),
        ({"kind": "duplicate-event", "calls": [1]}, ["NEW", "NEW", "TRADE"]),
        ({"kind": "reorder-event", "calls": [1]}, ["TRADE", "NEW"]),
        ({"kind": "lose-subscription", "calls": [2]}, ["NEW"]),
        ({"kind": "stall"}, []),
    ],
)
def test_user_events_are_lost_doubled_and_reordered(
    fault: dict[str, Any], expected: list[str], in_hall: Callable[..., None]
) -> None:
    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as listening, hall.socket("/ws-api/v3") as acting:
            await ask(listening, SUBSCRIBE, signed(hall))
            await ask(acting, "order.place", signed(hall, BUY))
            told = []
            while True:
                try:
                    message = await asyncio.wait_for(listening.receive(), 0.2)
                except TimeoutError:
                    break
                event = json.loads(message.data)["event"]
                told += [event["x"]] if event["e"] == "executionReport" else []
            assert told == expected

    in_hall(case, faults=[{"stream": "user", **fault}])


@pytest.mark.parametrize("ending", ["reset", "silence"])
def test_a_lost_reply_over_a_socket_leaves_the_order_executed(ending: str, in_hall: Callable[..., None]) -> None:
    faults = [{"kind": "lose-response", "endpoint": "WS order.place", "ending": ending}]

    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await socket.send_json({"id": 1, "method": "order.place", "params": signed(hall, BUY)})
            if ending == "silence":
                with pytest.raises(TimeoutError):
                    await socket.receive(timeout=0.2)
            else:
                gone = (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
                assert (await socket.receive(timeout=30)).type in gone
        assert [one.kind for one in hall.sandbox.exchange.truth().entries][-1] == "TRADE"

    in_hall(case, faults=faults)


def test_an_ended_stream_says_so_and_the_connection_lives(in_hall: Callable[..., None]) -> None:
    faults = [{"kind": "end-subscription", "stream": "user", "calls": [1]}]

    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await ask(socket, SUBSCRIBE, signed(hall))
            await socket.send_json({"id": 1, "method": "order.place", "params": signed(hall, BUY)})
            reply, events = await until_reply(socket)
            assert (reply["status"], [one["e"] for one in events]) == (200, ["eventStreamTerminated"])

    in_hall(case, faults=faults)


def test_a_subscription_that_was_lost_is_missing_and_can_be_had_again(in_hall: Callable[..., None]) -> None:
    faults = [{"kind": "lose-subscription", "stream": "user", "calls": [1]}]

    async def case(hall: Hall) -> None:
        async with hall.socket("/ws-api/v3") as socket:
            await ask(socket, SUBSCRIBE, signed(hall))
            assert (await ask(socket, "session.subscriptions"))["result"] == [{"subscriptionId": 0}]
            assert (await ask(socket, "order.place", signed(hall, BUY)))["status"] == 200
            assert (await ask(socket, "session.subscriptions"))["result"] == []
            assert (await ask(socket, SUBSCRIBE, signed(hall)))["result"] == {"subscriptionId": 1}
            await socket.send_json({"id": 1, "method": "order.place", "params": signed(hall, BUY)})
            reply, events = await until_reply(socket)
            assert (reply["status"], events[0]["x"]) == (200, "NEW")

    in_hall(case, faults=faults)
