"""The attacks that only a browser can carry out, in a real one that is logged in."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dashboard.serving import Served, served
from report.browser import browser, needs_browser

pytestmark = needs_browser

HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
WRONG = {
    "trading_sessions": ("strategy_name", "end_reason"),
    "strategy_executions": ("strategy_name", "symbol", "slot", "reason", "binding"),
    "trades": ("strategy_name", "symbol", "exit_reason"),
    "positions": ("strategy_name",),
}
SHOWN = "document.documentElement.dataset.opened"
PIECES = "document.querySelectorAll('main img, main script, header img, header script').length"
ATTACKS = """
const dashboard = 'PLACE';
const command = dashboard + '/api/v1/sessions/1/commands';
const body = '{"verb": "pause"}';
const headers = {'content-type': 'application/json', 'x-tradewind': '1'};
const words = (asked) => asked.then((one) => one.text(), (error) => error.message);
const heard = (made, good) => new Promise((end) => { made[good] = () => end(good); made.onerror = () => end('no'); });
window.attack = {
  simple: () => words(fetch(command, {method: 'POST', credentials: 'include', mode: 'no-cors', body})),
  whole: () => words(fetch(command, {method: 'POST', credentials: 'include', headers, body})),
  read: () => words(fetch(dashboard + '/api/v1/sessions', {credentials: 'include'})),
  socket: () => heard(new WebSocket(dashboard.replace('http', 'ws') + '/api/v1/sessions/1/events'), 'onopen'),
  events: () => heard(new EventSource(dashboard + '/api/v1/sessions/1/events', {withCredentials: true}), 'onmessage'),
  script: () => {
    const script = document.createElement('script');
    script.src = dashboard + '/api/v1/sessions';
    document.body.append(script);
    return heard(script, 'onload');
  },
  form: () => {
    const form = document.createElement('form');
    Object.assign(form, {method: 'post', action: command, enctype: 'text/plain'});
    const input = document.createElement('input');
    Object.assign(input, {name: '{"verb": "pause", "a": "', value: '"}'});
    form.append(input);
    document.body.append(form);
    form.submit();
  },
};
"""


@contextmanager
def elsewhere(page: str) -> Iterator[str]:
    """Give the address of another server of this machine, with one page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *told: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def helm(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Give a dashboard with controls over a copy of the session, in which many texts are hostile."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copytree(kept / ".tradewind", folder / ".tradewind")
    (folder / "tradewind.toml").write_text("[commands.dashboard]\ncontrols = true\n")
    with sqlite3.connect(folder / ".tradewind" / "tradewind.db") as database:
        for table, columns in WRONG.items():
            wrong = ", ".join(f"{column} = ?" for column in columns)
            database.execute(f"UPDATE {table} SET {wrong}", (HOSTILE,) * len(columns))  # noqa: S608  # names of ours
        (account,) = database.execute("SELECT account_fp FROM trading_sessions").fetchone()
        database.execute(
            "INSERT INTO halt (account_fp, scope, breaker, detail, raised_ms, cleared_by) VALUES (?, ?, ?, ?, 1, '')",
            (account, HOSTILE, HOSTILE, HOSTILE),
        )
    (folder / "logs").mkdir()
    (folder / "logs" / "trading.log").write_text(HOSTILE)
    with served(folder) as one:
        yield one


def test_names_that_are_pieces_of_pages_are_shown_as_text(helm: Served, tmp_path: Path) -> None:
    with browser(tmp_path) as tab:
        tab.open(helm.link)
        tab.until(SHOWN)
        for name in ("orders", "decisions", "books", "strategies", "health", "backtests", "log", "now"):
            tab.value(f"window.location.hash = '{name}'")
            tab.until(f"{SHOWN} === '{name}'")
            assert tab.value(PIECES) == 0, name
            assert tab.value("document.title") == "Tradewind", name
        for place in ("halts", "sessions", "tiles"):
            assert "<img src=x" in tab.value(f"document.getElementById('{place}').innerText"), place
        assert helm.token not in tab.value("window.location.href")
        assert tab.complaints == []


def test_a_page_of_another_server_of_this_machine_can_do_nothing(helm: Served, tmp_path: Path) -> None:
    own = f"http://127.0.0.1:{helm.port}"
    page = f"<html><body><script>{ATTACKS.replace('PLACE', own)}</script></body></html>"
    with elsewhere(page) as address, browser(tmp_path) as tab:
        tab.open(helm.link)  # this browser is logged in, and its cookie goes to any port of this machine
        tab.until(SHOWN)
        tab.open(address)
        for name in ("simple", "whole", "read"):
            assert tab.later(f"attack.{name}()") == "Failed to fetch", name
        for name in ("socket", "events", "script"):
            assert tab.later(f"attack.{name}()") == "no", name
        tab.value("attack.form()")
        tab.until(f"window.location.href.startsWith('{own}') && document.readyState === 'complete'")
        assert "another site asked" in tab.value("document.body.innerText")
    assert helm.get("/sessions/1/journal") == []


def test_no_page_can_lay_itself_over_this_one(helm: Served, tmp_path: Path) -> None:
    frame = f'<iframe id=f src=http://127.0.0.1:{helm.port}/ onload="window.came = 1"></iframe>'
    with elsewhere(frame) as address, browser(tmp_path) as tab:
        tab.open(address)
        tab.until("window.came")
        assert tab.value("document.getElementById('f').contentDocument") is None
        assert any("frame-ancestors" in one or "X-Frame-Options" in one for one in tab.complaints), tab.complaints


def test_a_name_that_comes_to_point_here_reads_nothing(helm: Served, tmp_path: Path) -> None:
    with browser(tmp_path, "--host-resolver-rules=MAP rebound.example 127.0.0.1") as tab:
        tab.open(f"http://rebound.example:{helm.port}/api/v1/sessions")
        assert "this name is not one of those" in tab.value("document.body.innerText")
        same = f"fetch('http://rebound.example:{helm.port}/api/v1/sessions/1').then((one) => one.status)"
        assert tab.later(same) == 403
