"""The control port: for who knows the token, about clock, faults and truth."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

Hall = Any


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 401),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "Bearer 0123456789abcdef"}, 200),
        ({"Authorization": "Bearer 0123456789abcdef", "Origin": "http://127.0.0.1"}, 403),
        ({"Authorization": "Bearer 0123456789abcdef", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Authorization": "Bearer 0123456789abcdef", "Host": "evil.example"}, 403),
    ],
)
def test_only_who_knows_the_token_is_let_in_and_no_browser(
    headers: dict[str, str], expected: int, in_hall: Callable[..., None]
) -> None:
    async def case(hall: Hall) -> None:
        async with hall.http.get(hall.server.control_url + "/_clock", headers=headers) as answer:
            assert answer.status == expected

    in_hall(case)


def test_the_exchange_port_has_no_control(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        headers = {"Authorization": "Bearer 0123456789abcdef"}
        for path in ("/_clock", "/_truth", "/_faults"):
            async with hall.http.get(hall.server.base_url + path, headers=headers) as answer:
                assert answer.status == 404

    in_hall(case)


def test_the_clock_tells_time_and_speed_and_moves_by_request(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        _, before = await hall.control("GET", "/_clock")
        assert (before["speed"], before["over"], before["time_ms"]) == (0.0, False, before["market_ms"])
        _, after = await hall.control("POST", "/_clock", {"advance_ms": 90_000})
        assert after["time_ms"] - before["time_ms"] == 90_000
        _, again = await hall.control("POST", "/_clock", {"until_ms": before["time_ms"] + 120_000})
        _, told = await hall.get("/api/v3/time")
        assert told["serverTime"] == again["time_ms"] == before["time_ms"] + 120_000
        for wrong in ({"advance_ms": "1s"}, {"faster": 1}, {"speed": -1}, [1]):
            assert (await hall.control("POST", "/_clock", wrong))[0] == 400

    in_hall(case)


def test_time_runs_at_the_speed_that_was_asked_for(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        loop = asyncio.get_running_loop()
        before = loop.time()
        _, first = await hall.control("POST", "/_clock", {"speed": 600})
        later = first
        # A machine that is too slow lets the market go slower, and never faster.
        while later["time_ms"] < first["time_ms"] + 300_000:
            await asyncio.sleep(0.05)
            _, later = await hall.control("GET", "/_clock")
            ran_s = (later["time_ms"] - first["time_ms"]) / 1000
            assert ran_s <= (loop.time() - before) * 600 * 1.01

    in_hall(case)


def test_the_truth_is_a_growing_ledger_and_exact_balances(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        _, before = await hall.control("GET", "/_truth")
        assert before["balances"]["main"] == {"BTC": [10**8, 0], "USDT": [10**13, 0]}
        await hall.control("POST", "/_faults", {"fault": [{"kind": "deposit", "asset": "BTC", "amount": "0.5"}]})
        _, after = await hall.control("GET", f"/_truth?since={len(before['entries'])}")
        assert [(one["kind"], one["data"]["cause"]) for one in after["entries"]] == [("TRANSFER", "deposit")]
        assert after["balances"]["main"]["BTC"] == [15 * 10**7, 0]

    in_hall(case)


def test_faults_are_added_counted_and_cleared(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        row = {"kind": "html", "endpoint": "GET /api/v3/time", "times": 2}
        assert (await hall.control("POST", "/_faults", {"fault": [row]}))[1] == {"added": [1]}
        assert [(await hall.get("/api/v3/ping"))[0], *[await status(hall) for _ in range(3)]] == [200, 502, 502, 200]
        _, told = await hall.control("GET", "/_faults")
        assert (told["injected"], [one["kind"] for one in told["faults"]]) == ({"html": 2}, ["html"])
        await hall.control("POST", "/_faults", {"fault": [{"kind": "html"}]})
        assert await status(hall) == 502
        await hall.control("DELETE", "/_faults")
        assert await status(hall) == 200
        _, refused = await hall.control("POST", "/_faults", {"fault": [{"kind": "explode"}]})
        assert "kind of fault 3 was 'explode'" in refused["error"]

    in_hall(case)


async def status(hall: Hall) -> int:
    async with hall.http.get(hall.server.base_url + "/api/v3/time") as answer:
        found: int = answer.status
        return found


def test_the_end_of_the_history_is_told(in_hall: Callable[..., None]) -> None:
    async def case(hall: Hall) -> None:
        _, told = await hall.control("POST", "/_clock", {"advance_ms": 20 * 60_000})
        assert told["over"] is True

    in_hall(case, bars=70)
