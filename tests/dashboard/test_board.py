"""What the API tells is what the database holds."""

from __future__ import annotations

import json
import socket
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.serving import TRADEWIND, Served, served
from tradewind.live.board.stress import stress_of


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


def stored(folder: Path) -> list[str]:
    return sorted(path.stem for path in (folder / ".tradewind" / "results").glob("*.json"))


def test_backtests_and_log_are_shown(kept: Path, board: Served) -> None:
    found = board.get("/backtests")
    assert stored(kept) == sorted(one["id"] for one in found)
    assert [one["strategy"] for one in found] == ["adaptive", "enhanced"]
    assert "session_ended" in board.get("/log")["text"] or "adaptive" in board.get("/log")["text"]


def test_two_backtests_are_compared_as_the_command_does(kept: Path, board: Served) -> None:
    first, second = stored(kept)
    told = board.get(f"/backtests/compare?first={first}&second={second}")
    words = ("compare", first, second, "--json")
    done = subprocess.run([*TRADEWIND, *words], cwd=kept, capture_output=True, text=True, timeout=120)

    assert json.loads(done.stdout) == told
    page = board.ask("GET", f"/backtests/compare?first={first}&second={second}", Cookie=board.cookie())
    assert f"beside enhanced {second}" in page.body or f"beside adaptive {second}" in page.body


def test_a_report_is_shown_in_a_box_that_loads_nothing_else(kept: Path, board: Served) -> None:
    first = stored(kept)[0]
    answer = board.ask("GET", f"/backtests/{first}", Cookie=board.cookie())
    policy = answer.headers["content-security-policy"]

    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts" in policy
    assert "'unsafe" not in policy
    assert "allow-same-origin" not in policy
    assert board.ask("GET", f"/backtests/{first}").status == 401
    for wrong in ("..%2f..%2fetc", "zz", "0" * 64):
        assert board.ask("GET", f"/backtests/{wrong}", Cookie=board.cookie()).status in (400, 404)


def test_orders_of_a_paper_session_are_its_decisions_and_its_stops(board: Served) -> None:
    told = board.get("/sessions/1/orders?limit=500")
    decided = [
        one for one in board.get("/sessions/1/decisions?limit=500") if one["outcome"] in ("filled", "sent", "expired")
    ]
    held = board.get("/sessions/1")["positions"]

    assert [one["quantity"] for one in decided] == [one["quantity"] for one in told if one["what"] == "entry"]
    assert sum(one["stop"] is not None for one in held) == sum(one["what"] == "stop" for one in told)
    assert {"filled"} <= {one["status"] for one in told}


def test_the_books_of_a_session_that_ended_are_in_order(board: Served) -> None:
    found = board.get("/sessions/1/reconciliation")

    assert {"ok"} == {one["level"] for one in found}
    assert {"positions", "books"} == {one["area"] for one in found}
    assert board.get("/sessions/1/freshness") == []


def test_health_is_what_the_command_says_but_for_the_venue(kept: Path, board: Served) -> None:
    told = board.get("/health")
    done = subprocess.run([*TRADEWIND, "health", "--json"], cwd=kept, capture_output=True, text=True, timeout=120)
    said = json.loads(done.stdout)

    areas = ("venue", "disk")  # the one is not asked, of the other the digits move
    assert [one for one in said["findings"] if one["area"] not in areas] == [
        one for one in told["findings"] if one["area"] not in areas
    ]
    assert said["level"] == told["level"]


def test_a_program_learns_without_a_login_whether_all_is_well_and_nothing_else(board: Served) -> None:
    answer = board.ask("GET", "/health")

    assert answer.status == 200
    assert answer.json == {"level": "ok"}
    assert board.ask("GET", "/health", host="evil.example").status == 403


def test_the_description_names_every_path(board: Served, kept: Path) -> None:
    told = board.ask("GET", "/api/v1/openapi.json").json
    first = stored(kept)[0]

    assert told["openapi"] == "3.1.0"
    for path, methods in told["paths"].items():
        asked = path.replace("{session_id}", "1")
        if "get" not in methods:
            assert board.ask("POST", asked, body=b"{}", Content_Type="application/json", X_Tradewind="1").status == 401
        elif asked.endswith("events"):
            assert board.ask("GET", asked).status == 401
        elif "{name}" in path:
            assert board.ask("GET", asked, Cookie=board.cookie()).status == 404
        elif "explain" not in path:
            ids = f"?first={first}&second={first}" if path.endswith("compare") else ""
            assert board.get(asked.removeprefix("/api/v1") + ids) is not None


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


def test_answers_over_one_connection_do_not_wait_for_acknowledgements(board: Served) -> None:
    head = f"GET /api/v1/outcomes HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nCookie: {board.cookie()}\r\n\r\n"
    took = []
    with socket.create_connection(("127.0.0.1", board.port), timeout=30) as connection:
        for _ in range(30):
            begun = time.monotonic()
            connection.sendall(head.encode())
            taken = b""
            while not taken.endswith(b"]"):
                taken += connection.recv(65_536)
            took.append(time.monotonic() - begun)
    assert min(took) < 0.03  # the system holds an acknowledgement back for 0.04 s, always


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
