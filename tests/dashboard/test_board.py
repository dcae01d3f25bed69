"""What the API tells is what the database holds."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.serving import TRADEWIND, Served, served
from tradewind.live.board import stress_of


def rows(folder: Path, query: str) -> list[Any]:
    with sqlite3.connect(f"file:{folder / '.tradewind' / 'tradewind.db'}?mode=ro", uri=True) as database:
        return database.execute(query).fetchall()


def test_sessions_are_those_that_were_kept(board: Served, kept: Path) -> None:
    (session,) = board.get("/sessions")
    ((number, balance, reason),) = rows(kept, "SELECT id, initial_balance, end_reason FROM trading_sessions")

    assert (number, balance, reason) == (session["id"], session["initial_balance"], session["end_reason"])
    assert (
        session["strategies"], session["symbols"], session["mode"], session["runs"],
    ) == (["adaptive"], ["BTCUSDT"], "paper", False)  # fmt: skip


def test_equity_and_trades_are_those_of_the_database(board: Served, kept: Path) -> None:
    points = board.get("/sessions/1/equity")
    trades = board.get("/sessions/1/trades")

    kept_points = rows(kept, "SELECT timestamp, equity FROM account_history ORDER BY timestamp, id")
    assert kept_points == [(one["time_ms"], one["equity"]) for one in points]
    kept_trades = rows(kept, "SELECT id, pnl FROM trades ORDER BY id DESC")
    assert kept_trades == [(one["id"], one["pnl"]) for one in trades]
    assert trades
    later = board.get(f"/sessions/1/equity?after_ms={points[-3]['time_ms']}")
    assert points[-2:] == later


def test_decisions_can_be_filtered_paged_and_explained(board: Served, kept: Path) -> None:
    every = board.get("/sessions/1/decisions?limit=500")
    ((number,),) = rows(kept, "SELECT count(*) FROM strategy_executions")
    assert number == len(every)
    filled = board.get("/sessions/1/decisions?outcome=filled")
    assert [one for one in every if one["outcome"] == "filled"] == filled
    paged = board.get(f"/sessions/1/decisions?limit=3&before={every[2]['id']}")
    assert every[3:6] == paged
    told = board.get(f"/sessions/1/explain?symbol=BTCUSDT&time_ms={filled[0]['bar_open_ms']}")
    assert "adaptive" in told["text"]
    assert "filled" in told["text"]


def test_backtests_and_log_are_shown(kept: Path, board: Served) -> None:
    words = ("backtest", "adaptive", "--days", "60", "--no-certificate", "--no-db")
    subprocess.run([*TRADEWIND, *words], cwd=kept, check=True, capture_output=True, timeout=120)

    assert board.get("/backtests")[-1]["strategy"] == "adaptive"
    assert "session_ended" in board.get("/log")["text"] or "adaptive" in board.get("/log")["text"]


def test_the_description_names_every_path(board: Served) -> None:
    told = board.ask("GET", "/api/v1/openapi.json").json

    assert told["openapi"] == "3.1.0"
    for path in told["paths"]:
        asked = path.replace("/api/v1", "").replace("{session_id}", "1")
        answer = board.ask("GET", f"/api/v1{asked}") if asked.endswith("events") else None
        assert answer is None or answer.status == 401
        if answer is None and "explain" not in asked:
            assert board.get(asked) is not None


def test_events_come_every_second_and_a_slow_reader_holds_up_nobody(board: Served) -> None:
    head = f"GET /api/v1/sessions/1/events HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nCookie: {board.cookie()}\r\n\r\n"
    slow = socket.create_connection(("127.0.0.1", board.port), timeout=30)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
    slow.sendall(head.encode())  # and reads nothing
    with socket.create_connection(("127.0.0.1", board.port), timeout=30) as connection:
        connection.sendall(head.encode())
        taken = b""
        while taken.count(b"data: ") < 3:
            piece = connection.recv(65_536)
            assert piece
            taken += piece
    told = json.loads(taken.split(b"data: ")[1].split(b"\n\n")[0])
    assert told["id"] == 1
    assert told["point"]["equity"]
    slow.close()


def test_a_state_folder_without_a_database_has_no_sessions(tmp_path: Path) -> None:
    with served(tmp_path) as alone:
        assert alone.get("/sessions") == []
        assert alone.ask("GET", "/api/v1/sessions/1", Cookie=alone.cookie()).status == 404


def position(side: str, quantity: float, mark: float, stop: float | None) -> dict[str, Any]:
    return {"side": side, "quantity": quantity, "mark": mark, "stop": stop}


PRICES = st.floats(1.0, 1e5)
POSITIONS = st.lists(
    st.builds(
        lambda side, quantity, mark, away: position(
            side, quantity, mark, None if away is None else mark * (1.0 - away if side == "long" else 1.0 + away)
        ),
        st.sampled_from(["long", "short"]), st.floats(0.001, 100.0), PRICES, st.none() | st.floats(0.0, 0.3),
    ),
    max_size=5,
)  # fmt: skip


@given(positions=POSITIONS, equity=st.floats(1.0, 1e7))
def test_a_gap_costs_no_less_than_the_stops_that_it_jumps(positions: list[dict[str, Any]], equity: float) -> None:
    told = stress_of(positions, equity)
    protected = stress_of([one for one in positions if one["stop"] is not None], equity)

    losses = [protected["loss"][name] for name in ("stops", "gap_5", "gap_10", "gap_20")]
    assert losses == sorted(losses)
    assert sum(one["stop"] is None for one in positions) == told["unprotected"]
    for name, loss in told["loss"].items():
        assert told["share"][name] == pytest.approx(loss / equity)


def test_a_stop_that_a_gap_does_not_reach_counts_as_it_stands() -> None:
    told = stress_of([position("long", 2.0, 100.0, 92.0)], 1_000.0)

    assert told["loss"] == {"stops": 16.0, "gap_5": 16.0, "gap_10": 20.0, "gap_20": 40.0}
    assert told["share"]["gap_20"] == 0.04
