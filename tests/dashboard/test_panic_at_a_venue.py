"""Panic from a browser, at an exchange of this machine: typed, at this account alone, in words, written down."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dashboard.serving import Served, served
from live.venue.stage import (
    LOT,
    OPEN,
    STANDING,
    Stage,
    assert_books_are_exact,
    sandbox,
    tell_bars,
    wait_until,
)

ENTERED_MS = 1_713_877_200_000
"""2024-04-23T13:00 UTC: the first entry was decided."""
BAR_MS = 900_000
ORDERS = ("ORDER", "TRADE")
OTHERS = {"api_key": "of-another-account", "api_secret": "worth-real-money"}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Give an exchange half an hour before an entry."""
    (tmp_path / "tradewind.toml").write_text("[commands.dashboard]\ncontrols = true\n")
    with sandbox(tmp_path, "--speed", "1", start="2024-04-23T12:15") as made:
        made.stand_still()
        yield made


@pytest.fixture
def holding(stage: Stage) -> Iterator[subprocess.Popen[bytes]]:
    """Give a session that has bought."""
    process = stage.run("run.out", program=STANDING)
    try:
        wait_until(lambda: stage.rows("SELECT id FROM trading_sessions") or process.poll() is not None, stage.said)
        tell_bars(stage, process, until_ms=ENTERED_MS + 2_000)
        assert held(stage) >= LOT
        yield process
    finally:
        process.kill()
        process.wait(30)


def held(stage: Stage) -> int:
    """Return the coins that the exchange has for the account, units of 10^-8."""
    return sum(stage.truth()["balances"]["main"].get("BTC", (0, 0)))


def resting(stage: Stage) -> int:
    """Return how many orders rest at the exchange."""
    newest = {
        one["data"]["order_id"]: one["data"]["status"] for one in stage.truth()["entries"] if one["kind"] in ORDERS
    }
    return sum(status in OPEN for status in newest.values())


def is_decided(stage: Stage, bar: int) -> bool:
    """Tell whether a bar was decided."""
    return (bar,) in stage.rows("SELECT bar_open_ms FROM bar_decision")


def go_on(stage: Stage, process: subprocess.Popen[bytes], *, bars: int) -> None:
    """Let the market go on by bars, each of which is decided."""
    now = int(stage.ask("/_clock")["market_ms"])
    for closes in range(now - now % BAR_MS + BAR_MS, now + (bars + 1) * BAR_MS, BAR_MS)[:bars]:
        stage.ask("/_clock", {"until_ms": closes + 7_000})
        wait_until(partial(is_decided, stage, closes - BAR_MS), stage.said)
        assert process.poll() is None, stage.said()


def wait_until_closed(stage: Stage) -> None:
    """Wait until the session has seen that nothing of its chains can act any more."""
    wait_until(lambda: stage.rows("SELECT DISTINCT state FROM chain") == [("closed",)], stage.said, at_most_s=60.0)


def stop(process: subprocess.Popen[bytes]) -> int:
    """End a session and return its exit code."""
    process.terminate()
    return process.wait(60)


def assert_booked(stage: Stage) -> None:
    """Require that the session knows the sale for its own: books exact, the chain closed, nobody else suspected."""
    assert_books_are_exact(stage, stage.truth())
    print(
        stage.rows("SELECT state,qty,k,detail from chain"),
        stage.rows("select client_id, role, status, executed_qty, terminal from order_fact"),
        stage.rows("select client_id,verb,state,code,msg from attempt"),
        stage.rows("select breaker, scope,detail,cleared_ms from halt"),
        stage.rows("select client_id,side,qty,commission from fill"),
    )
    assert stage.rows("SELECT count(*) FROM trades") == [(3,)]
    up = {breaker for (breaker,) in stage.rows("SELECT breaker FROM halt WHERE cleared_ms IS NULL")}
    assert up == {"OPERATOR"}


def panic(board: Served) -> Any:
    """Ask for it as the page does, with the session's name typed."""
    (session,) = board.get("/sessions")
    assert session["mode"] == "practice"
    for wrong in ({}, {"confirm": "live 1"}, {"confirm": f"practice {session['id'] + 1}"}):
        assert board.post(f"/sessions/{session['id']}/commands", {"verb": "panic", **wrong}).status == 409
    body = {"verb": "panic", "confirm": f"practice {session['id']}"}
    answer = board.post(f"/sessions/{session['id']}/commands", body)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.critical
def test_panic_beside_an_engine_that_runs_leaves_nothing_and_it_buys_nothing_back(
    stage: Stage, holding: subprocess.Popen[bytes]
) -> None:
    with served(stage.folder) as board:
        told = panic(board)
        journal = board.get("/sessions/1/journal")

    assert told["done"] is True, told["text"]
    assert told["text"].startswith("Done: no order of Tradewind rests at the venue any more.\nsell 0.")
    assert "Entries are paused" in told["text"]
    assert (held(stage) < LOT, resting(stage)) == (True, 0)
    assert {one["verb"] for one in journal} == {"panic", "pause"}
    assert all("for browser" in one["by"] or one["by"].startswith("browser ") for one in journal)
    go_on(stage, holding, bars=4)
    wait_until_closed(stage)
    assert (held(stage) < LOT, resting(stage)) == (True, 0)
    assert stop(holding) == 0, stage.said()
    assert_booked(stage)


@pytest.mark.critical
def test_panic_needs_no_engine_and_the_next_start_keeps_exact_books(
    stage: Stage, holding: subprocess.Popen[bytes]
) -> None:
    holding.kill()
    holding.wait(30)
    with served(stage.folder) as board:
        told = panic(board)

    assert told["done"] is True, told["text"]
    assert "The pause is written in the database" in told["text"]
    assert (held(stage) < LOT, resting(stage)) == (True, 0)
    again = stage.run("again.out", program=STANDING)
    try:
        newest = "SELECT max(id) FROM trading_sessions"
        wait_until(lambda: stage.rows(newest) == [(2,)] or again.poll() is not None, lambda: stage.said("again.out"))
        go_on(stage, again, bars=3)
        wait_until_closed(stage)
    finally:
        code = stop(again)
    assert code == 0, stage.said("again.out")
    assert (held(stage) < LOT, resting(stage)) == (True, 0)
    assert_booked(stage)


@pytest.mark.critical
def test_panic_with_the_keys_of_another_account_does_nothing_there(
    stage: Stage, holding: subprocess.Popen[bytes]
) -> None:
    left = stage.folder / ".tradewind" / "sandbox.json"
    facts = json.loads(left.read_text())
    facts["settings"]["executors"]["binance"] |= OTHERS
    left.write_text(json.dumps(facts))
    before = resting(stage)
    with served(stage.folder) as board:
        told = panic(board)
        shown = board.get("/sessions/1/journal")

    assert told["done"] is False
    assert told["text"].startswith(
        "Nothing was done, because it could not begin:\nTW-L006 no profile of these settings"
    )
    assert "--profile NAME" in told["text"]
    assert (held(stage) >= LOT, resting(stage)) == (True, before)
    assert before > 0
    assert not list(stage.folder.glob("tradewind-panic-*.json"))
    assert "worth-real-money" not in json.dumps(shown) + told["text"]
