"""What may be done from a browser: only where settings allow it, confirmed, by the engine's own way, written down."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboard.serving import TRADEWIND, Served, running_session, served

ON = "[commands.dashboard]\ncontrols = true\n"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give a folder in which a session runs, a bar every three seconds."""
    folder = tmp_path_factory.mktemp("controls")
    (folder / "tradewind.toml").write_text(ON)
    with running_session(folder, "--days", "300", "--speed", "5000"):
        yield folder


@pytest.fixture(scope="module")
def helm(running: Path) -> Iterator[Served]:
    """Give a dashboard with controls over it."""
    with served(running) as one:
        yield one


def until(holds: Callable[[], Any]) -> Any:
    """Wait until something holds and return it."""
    deadline = time.monotonic() + 60.0
    while not (found := holds()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return found


def asked(folder: Path, verb: str) -> list[tuple[str, str]]:
    """Return who asked and what came of it, of every command of a kind in the journal."""
    with sqlite3.connect(f"file:{folder / '.tradewind' / 'tradewind.db'}?mode=ro", uri=True) as database:
        rows = database.execute(
            "SELECT detail, cleared_by FROM halt WHERE scope = ? ORDER BY id", (f"command:{verb}",)
        ).fetchall()
    return [(json.loads(detail)["by"], answer) for detail, answer in rows]


def halts(board: Served) -> list[str]:
    return list((board.get("/sessions/1")["live"] or {"halts": []})["halts"])


def test_without_the_setting_nothing_can_be_done_and_the_answer_says_so(board: Served) -> None:
    for verb in ("pause", "resume", "stop", "flatten", "swap", "panic", "no such"):
        answer = board.post("/sessions/1/commands", {"verb": verb, "confirm": "paper 1"})

        assert answer.status == 403
        assert "commands.dashboard.controls is false" in answer.json["error"]
    assert board.get("/controls") == {"controls": False, "verbs": []}


def test_pause_and_resume_reach_the_engine_and_the_journal_says_who_asked(helm: Served, running: Path) -> None:
    paused = helm.post("/sessions/1/commands", {"verb": "pause"})
    assert paused.status == 200, paused.body
    assert "Entries are paused" in paused.json["text"]
    assert until(lambda: halts(helm)) == ["OPERATOR"]

    resumed = helm.post("/sessions/1/commands", {"verb": "resume", "confirm": "paper 1"})
    assert resumed.json["text"] == "OPERATOR is cleared; entries are taken again."
    until(lambda: halts(helm) == [])

    for verb, came in (("pause", "paused"), ("resume", "cleared")):
        by, answer = asked(running, verb)[-1]
        assert re.fullmatch(r"\S+ \(process \d+\), for browser [0-9a-f]{8} at 127\.0\.0\.1", by), by
        assert answer == came
    told = helm.get("/sessions/1/journal")
    assert [one["verb"] for one in told][:2] == ["resume", "pause"]
    assert "for browser" in told[0]["by"]
    assert told[0]["arguments"] == {"breaker": "OPERATOR"}


@pytest.mark.parametrize("verb", ["resume", "stop", "flatten", "swap", "panic"])
@pytest.mark.parametrize("confirm", [None, "", "yes", "paper", "live 1", "paper 2", "PAPER 1", ["paper 1"]])
def test_what_is_dangerous_wants_the_sessions_name_typed(helm: Served, running: Path, verb: str, confirm: Any) -> None:
    before = asked(running, verb)
    body = {"verb": verb, "strategy": "enhanced"} | ({} if confirm is None else {"confirm": confirm})
    answer = helm.post("/sessions/1/commands", body)

    assert answer.status == 409
    assert answer.json["error"] == "not confirmed"
    assert "paper 1" in answer.json["hint"]
    assert before == asked(running, verb)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"{", b'{"verb": 1}', b'{"verb": "restart"}', b'{"verb": ["stop"]}', b"[" * 20_000]
)
def test_what_is_no_command_is_refused(helm: Served, body: bytes) -> None:
    assert helm.post("/sessions/1/commands", body).status == 400


def test_a_command_without_a_login_or_from_elsewhere_does_nothing(helm: Served, running: Path) -> None:
    body = json.dumps({"verb": "pause"}).encode()
    good = {"Content_Type": "application/json", "X_Tradewind": "1"}
    before = asked(running, "pause")

    def post(**headers: str) -> int:
        given = good | {"Cookie": helm.cookie()} | headers
        return helm.ask("POST", "/api/v1/sessions/1/commands", body=body, **given).status

    assert post(Cookie="") == 401
    assert post(Cookie="tradewind_dashboard=" + "A" * 43) == 401
    assert post(Origin="https://evil.example") == 403
    assert post(Origin="null") == 403
    assert post(Origin="http://127.0.0.1:1") == 403  # another server of this machine is another site
    assert post(Origin=f"http://localhost:{helm.port}") == 403  # and so is this one by its other name
    assert post(Sec_Fetch_Site="same-site") == 403
    assert post(Sec_Fetch_Site="cross-site") == 403
    assert post(Content_Type="text/plain") == 403
    assert post(Content_Type="application/x-www-form-urlencoded") == 403
    assert helm.ask("POST", "/api/v1/sessions/1/commands", host="evil.example", body=body, **good).status == 403
    assert helm.ask("GET", "/api/v1/sessions/1/commands?verb=pause", Cookie=helm.cookie()).status == 405
    assert helm.ask("POST", f"/api/v1/sessions/1/commands?token={helm.token}", body=body, **good).status == 401
    assert before == asked(running, "pause")


def test_a_body_that_is_too_long_or_does_not_come_does_nothing(helm: Served, running: Path) -> None:
    before = asked(running, "pause")
    long = json.dumps({"verb": "pause", "more": "A" * 100_000}).encode()
    assert helm.post("/sessions/1/commands", long).status in (0, 400)
    head = (
        f"POST /api/v1/sessions/1/commands HTTP/1.1\r\nHost: 127.0.0.1:{helm.port}\r\nCookie: {helm.cookie()}\r\n"
        "Content-Type: application/json\r\nX-Tradewind: 1\r\nContent-Length: 400\r\nConnection: close\r\n\r\n"
        '{"verb": "pause"'
    )
    assert helm.raw(head.encode()).status == 400  # after the patience
    assert before == asked(running, "pause")


def test_a_session_breaker_or_strategy_that_is_not_there_is_told(helm: Served) -> None:
    assert helm.post("/sessions/999/commands", {"verb": "pause"}).status == 404
    wrong = helm.post("/sessions/1/commands", {"verb": "resume", "breaker": "<b>", "confirm": "paper 1"})
    assert wrong.status == 404
    assert "expected one of" in wrong.json["error"]
    for strategy in ("no-such", "../../idea.py:Mine", "x" * 5_000):
        answer = helm.post("/sessions/1/swap-plan", {"strategy": strategy})
        assert answer.status == 409
        assert answer.json["done"] is False
        assert "Traceback" not in answer.body


def test_a_preview_says_what_the_command_line_says_and_changes_nothing(helm: Served, running: Path) -> None:
    before = asked(running, "swap")

    def same() -> bool:  # a bar may close between the two
        shown = helm.post("/sessions/1/swap-plan", {"strategy": "enhanced", "policy": "close"})
        words = ("swap", "enhanced", "--plan", "--policy", "close", "--json")
        done = subprocess.run([*TRADEWIND, *words], cwd=running, capture_output=True, text=True, timeout=120)
        said = json.loads(done.stdout)[0]
        assert shown.status in (200, 409), shown.body
        return bool(shown.json["more"].get("plan")) and shown.json["more"]["plan"] == said["more"]["plan"]

    until(same)
    assert before == asked(running, "swap")
    assert helm.get("/sessions/1")["live"]["strategies"] == {"adaptive BTCUSDT": "adaptive"}


def test_panic_is_for_what_is_at_a_venue(helm: Served) -> None:
    answer = helm.post("/sessions/1/commands", {"verb": "panic", "confirm": "paper 1"})

    assert answer.status == 404
    assert "nothing of it is at a venue" in answer.json["error"]


def test_flatten_closes_everything_and_the_dashboard_outlives_the_session(tmp_path: Path) -> None:
    (tmp_path / "tradewind.toml").write_text(ON)
    with running_session(tmp_path, "--days", "200", "--speed", "40000") as session, served(tmp_path) as board:
        until(lambda: (board.get("/sessions/1")["live"] or {"bars": 0})["bars"] > 3)
        swapped = board.post(
            "/sessions/1/commands", {"verb": "swap", "strategy": "enhanced", "policy": "adopt", "confirm": "paper 1"}
        )
        assert swapped.json["text"] == "enhanced takes over from the next bar on."
        answer = board.post("/sessions/1/commands", {"verb": "flatten", "confirm": "paper 1"})
        assert answer.status == 200, answer.body
        assert answer.json["text"].startswith(("Everything is being closed", "Everything is closed"))
        session.wait(timeout=60)

        until(lambda: not board.get("/sessions/1")["runs"])  # what an engine said is the present for a moment
        assert board.get("/sessions/1")["positions"] == []
        assert asked(tmp_path, "flatten")[-1][1] == "flattened"
        assert [one["verb"] for one in board.get("/sessions/1/journal")] == ["flatten", "swap"]
        again = board.post("/sessions/1/commands", {"verb": "stop", "confirm": "paper 1"})
        assert "Nothing to stop" in again.json["text"]


def test_ending_the_dashboard_ends_nothing_else(running: Path) -> None:
    with served(running) as one:
        before = one.get("/sessions/1")["live"]["bars"]
        one.process.kill()
        one.process.wait(timeout=30)
    with served(running) as another:
        until(lambda: another.get("/sessions/1")["live"]["bars"] > before + 1)
        assert another.get("/sessions/1")["runs"] is True
