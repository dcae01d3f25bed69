"""Contract case C156 and its kin: answers that are lost, broken, late or lies, over a real socket."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

Hall = Any
BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


async def signed(hall: Hall, method: str, path: str, params: dict[str, Any]) -> tuple[int, Any, bytes]:
    """Send a signed request; return status, headers and bytes."""
    made = hall.sandbox.credentials
    query = urlencode({**params, "timestamp": hall.sandbox.now_ms()})
    query += "&signature=" + hmac.new(made.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    url = f"{hall.server.base_url}{path}?{query}"
    async with hall.http.request(method, url, headers={"X-MBX-APIKEY": made.key}) as answer:
        return answer.status, answer.headers, await answer.read()


def executions(hall: Hall) -> int:
    return sum(one.kind == "TRADE" for one in hall.sandbox.exchange.truth().entries)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "executed"),
    [
        ({"kind": "html"}, 502, "text/html", False),
        ({"kind": "html", "status": 403, "executed": True}, 403, "text/html", True),
        ({"kind": "fail-before"}, 503, "application/json", False),
        ({"kind": "fail-after"}, 504, "application/json", True),
        ({"kind": "truncated"}, 200, "application/json", True),
        ({"kind": "empty"}, 200, "application/json", True),
        ({"kind": "bad-timestamp"}, 400, "application/json", False),
    ],
)
def test_c156_an_answer_is_broken_and_the_ledger_knows_what_happened(
    fault: dict[str, Any], status: int, kind: str, executed: bool, in_hall: Callable[..., None]
) -> None:
    async def case(hall: Hall) -> None:
        found, headers, body = await signed(hall, "POST", "/api/v3/order", BUY)
        assert (found, headers["Content-Type"].split(";")[0], executions(hall) > 0) == (status, kind, executed)
        if fault["kind"] in {"html", "truncated", "empty"}:
            with pytest.raises(ValueError, match=r"Expecting|Unterminated|Extra"):
                json.loads(body)
        assert (await signed(hall, "GET", "/api/v3/account", {}))[0] == 200

    in_hall(case, faults=[{"endpoint": "POST /api/v3/order", **fault}])


@pytest.mark.parametrize("ending", ["reset", "silence"])
@pytest.mark.parametrize(("kind", "executed"), [("lose-request", False), ("lose-response", True)])
def test_c156_a_connection_is_cut_before_or_after_the_order(
    kind: str, executed: bool, ending: str, in_hall: Callable[..., None]
) -> None:
    async def case(hall: Hall) -> None:
        with pytest.raises(aiohttp.ClientError):
            await signed(hall, "POST", "/api/v3/order", BUY)
        assert (executions(hall) > 0) is executed

    in_hall(case, faults=[{"endpoint": "POST *", "kind": kind, "ending": ending}])


@pytest.mark.parametrize(("kind", "status"), [("rate-limit", 429), ("ban", 418)])
def test_a_gate_holds_for_every_call_until_it_is_over(kind: str, status: int, in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        found, headers, _ = await signed(hall, "POST", "/api/v3/order", BUY)
        assert (found, headers["Retry-After"]) == (status, "30")
        assert (await hall.get("/api/v3/time"))[0] == status
        await hall.server.ticking.go_to(hall.sandbox.clock.market_ms + 30_000)
        assert (await hall.get("/api/v3/time"))[0] == 200
        assert executions(hall) == 0

    in_hall(case, faults=[{"endpoint": "POST *", "kind": kind, "retry": "30s"}])


def test_c007_a_request_held_in_the_gateway_too_long_never_becomes_an_order(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        begun = time.monotonic()
        status, _, body = await signed(hall, "POST", "/api/v3/order", {**BUY, "recvWindow": 200})
        assert time.monotonic() - begun >= 0.4
        assert (status, json.loads(body)["code"], executions(hall)) == (400, -1021, 0)

    in_hall(case, speed=1.0, faults=[{"endpoint": "POST *", "kind": "hold-request", "by": 400}])


def test_a_window_counts_the_networks_time_at_any_speed(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        held, _, body = await signed(hall, "POST", "/api/v3/order", {**BUY, "recvWindow": 2000})
        assert (held, json.loads(body)["status"]) == (200, "FILLED")
        late, _, refusal = await signed(hall, "POST", "/api/v3/order", {**BUY, "recvWindow": 100})
        assert (late, json.loads(refusal)["code"]) == (400, -1021)

    in_hall(case, speed=60.0, faults=[{"endpoint": "POST *", "kind": "hold-request", "by": 300}])


def test_a_duplicated_order_executes_twice(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        status, _, body = await signed(hall, "POST", "/api/v3/order", BUY)
        orders = json.loads((await signed(hall, "GET", "/api/v3/allOrders", {"symbol": "BTCUSDT"}))[2])
        assert (status, len(orders), orders[0]["orderId"]) == (200, 2, json.loads(body)["orderId"])

    in_hall(case, faults=[{"endpoint": "POST *", "kind": "duplicate-request"}])


def test_c150_a_stale_read_does_not_know_the_order_for_a_while(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        order_id = json.loads((await signed(hall, "POST", "/api/v3/order", BUY))[2])["orderId"]
        ask = {"symbol": "BTCUSDT", "orderId": order_id}
        for seconds, expected in ((0, -2013), (29, -2013), (31, None)):
            await hall.server.ticking.go_to(hall.sandbox.driver.histories[0].start_ms + seconds * 1000)
            body = json.loads((await signed(hall, "GET", "/api/v3/order", ask))[2])
            assert body.get("code") == expected

    in_hall(case, faults=[{"endpoint": "GET /api/v3/order", "kind": "stale-read", "lag": "30s"}])


def test_a_request_for_another_host_is_refused(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        url = hall.server.base_url + "/api/v3/time"
        for host, expected in (("evil.example", 403), ("localhost:1", 200), ("127.0.0.1", 200)):
            async with hall.http.get(url, headers={"Host": host}) as answer:
                assert answer.status == expected

    in_hall(case)


def test_too_many_connections_are_turned_away(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        for _ in range(2):
            async with hall.socket("/ws"):
                pass
        with pytest.raises(aiohttp.WSServerHandshakeError, match="429"):
            await hall.socket("/ws")

    in_hall(case, attempts=2)
