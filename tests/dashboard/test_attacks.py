"""Twelve ways in that are none, over raw sockets: what no browser would send is sent all the same."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from dashboard.serving import Served, served

POST = {"Content_Type": "application/json", "X_Tradewind": "1"}


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[::2]", "localhost.evil"]
)
def test_another_name_is_refused(board: Served, host: str) -> None:
    for path in ("/", "/api/v1/sessions", "/static/app.js"):
        assert board.ask("GET", path, host=host).status in (400, 403)


def test_a_name_that_was_made_to_point_here_is_refused_with_a_good_cookie(board: Served) -> None:
    cookie = board.cookie()

    assert board.ask("GET", "/api/v1/sessions", Cookie=cookie).status == 200
    assert board.ask("GET", "/api/v1/sessions", host="rebound.example", Cookie=cookie).status == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"])
def test_another_sites_page_cannot_post(board: Served, origin: str) -> None:
    assert board.login(Origin=origin).status == 403
    assert board.login(Sec_Fetch_Site="cross-site").status == 403
    assert board.login(Origin=f"http://127.0.0.1:{board.port}", Sec_Fetch_Site="same-origin").status == 200


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", ""]
)
def test_a_form_cannot_post(board: Served, kind: str) -> None:
    body = json.dumps({"token": board.token}).encode()

    assert board.ask("POST", "/api/v1/login", body=body, Content_Type=kind, X_Tradewind="1").status == 403
    assert board.ask("POST", "/api/v1/login", body=body, Content_Type="application/json").status == 403


def test_there_is_no_websocket(board: Served) -> None:
    upgrade = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Origin": "https://evil.example",
        "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }  # fmt: skip
    text = f"GET /api/v1/sessions/1/events HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\n"
    text += "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in upgrade.items())
    with socket.create_connection(("127.0.0.1", board.port), timeout=20) as connection:
        connection.sendall((text + "\r\n").encode())
        assert b" 101 " not in connection.recv(4_096).split(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/api/v1/sessions", "/api/v1/sessions/1", "/api/v1/log", "/api/v1/sessions/1/events"])
@pytest.mark.parametrize("cookie", ["", "tradewind_dashboard=", "tradewind_dashboard=" + "A" * 43, "other=1"])
def test_without_a_login_nothing_is_told(board: Served, path: str, cookie: str) -> None:
    answer = board.ask("GET", path, Cookie=cookie)

    assert answer.status == 401
    assert set(answer.json) == {"error"}


def test_a_token_in_the_address_opens_nothing(board: Served) -> None:
    for query in (f"?token={board.token}", f"?access_token={board.token}"):
        assert board.ask("GET", f"/api/v1/sessions{query}").status == 401
    assert board.ask("GET", "/api/v1/sessions", Authorization=f"Bearer {board.token}").status == 401
    assert board.ask("GET", "/api/v1/sessions", Cookie=f"tradewind_dashboard={board.token}").status == 401


def test_a_cookie_that_was_logged_out_is_an_old_one(board: Served) -> None:
    cookie = board.cookie()
    assert board.ask("POST", "/api/v1/logout", body=b"{}", Cookie=cookie, **POST).status == 200

    assert board.ask("GET", "/api/v1/sessions", Cookie=cookie).status == 401


def test_the_cookie_is_for_this_page_alone(board: Served) -> None:
    told = board.login().headers["set-cookie"].lower()

    assert "httponly" in told
    assert "samesite=strict" in told
    assert "domain" not in told


@pytest.mark.parametrize(
    "path",
    [
        "/static/../plugin.py", "/static/..%2fplugin.py", "/static/%2e%2e/plugin.py", "/static//etc/passwd",
        "/static/....//plugin.py", "/static/index.html", "/static/", "/static/app.js%00.png", "/..%2f..%2fetc/passwd",
    ],
)  # fmt: skip
def test_no_path_leads_to_another_file(board: Served, path: str) -> None:
    answer = board.ask("GET", path)

    assert answer.status in (400, 404)
    assert "import" not in answer.body
    assert "root:" not in answer.body


def test_a_body_that_is_too_long_is_not_kept(board: Served) -> None:
    answer = board.ask("POST", "/api/v1/login", body=b'{"token": "' + b"A" * 200_000 + b'"}', **POST)

    assert answer.status in (0, 401)
    assert board.ask("GET", "/api/v1/sessions", Cookie=board.cookie()).status == 200


def test_a_body_that_does_not_come_holds_up_nobody(board: Served) -> None:
    head = (
        f"POST /api/v1/login HTTP/1.1\r\nHost: 127.0.0.1:{board.port}\r\nContent-Type: application/json\r\n"
        "X-Tradewind: 1\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{"
    ).encode()
    slow = [socket.create_connection(("127.0.0.1", board.port), timeout=60) for _ in range(8)]
    for one in slow:
        one.sendall(head)
    assert board.ask("GET", "/api/v1/sessions", Cookie=board.cookie()).status == 200
    for one in slow:
        assert b" 401 " in one.recv(4_096).split(b"\r\n")[0]  # after the patience, not after the body
        one.close()


def test_no_frame_holds_the_page_and_nothing_strange_is_loaded(board: Served) -> None:
    for path in ("/", "/login", "/static/app.js", "/api/v1/sessions", "/nowhere"):
        headers = board.ask("GET", path).headers
        policy = headers["content-security-policy"]

        assert "frame-ancestors 'none'" in policy
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert not [name for name in headers if name.startswith("access-control")]
        assert "server" not in headers


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_is_changed_by_any_method(board: Served, method: str) -> None:
    assert board.ask(method, "/api/v1/sessions/1", Cookie=board.cookie()).status == 405
    assert board.ask("POST", "/api/v1/sessions/1", body=b"{}", Cookie=board.cookie(), **POST).status == 405


@pytest.mark.parametrize(
    "path",
    ["/sessions/999999", "/sessions/1/decisions?outcome=%3Cscript%3E", "/sessions/1/explain?symbol=%27%3B--&time_ms=1"],
)
def test_questions_without_an_answer_are_refused_in_words(board: Served, path: str) -> None:
    answer = board.ask("GET", f"/api/v1{path}", Cookie=board.cookie())

    assert answer.status in (404, 409)
    assert answer.json["code"].startswith("TW-U")
    assert "Traceback" not in answer.body


def test_numbers_that_are_none_are_refused(board: Served) -> None:
    for query in ("before=x", "limit=x"):
        assert board.ask("GET", f"/api/v1/sessions/1/decisions?{query}", Cookie=board.cookie()).status == 400
    assert board.ask("GET", "/api/v1/sessions/x", Cookie=board.cookie()).status == 404
    assert board.ask("GET", "/api/v1/sessions?" + "a" * 4_000, Cookie=board.cookie()).status == 414


def test_five_wrong_tokens_are_enough_for_a_minute(kept: Path) -> None:
    with served(kept) as alone:
        tries = [alone.login("wrong").status for _ in range(7)]

        assert tries == [401] * 5 + [429] * 2
        assert alone.login().status == 429  # also with the right one: nobody is told which it was


def test_the_token_is_for_its_owner_alone(kept: Path, board: Served) -> None:
    path = kept / ".tradewind" / "dashboard.token"

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_text().strip() == board.token
    assert len(board.token) >= 43
