"""The dashboard in a real browser: logged in by its link, drawn, without a complaint."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.serving import Served
from report.browser import DRAWN, look, needs_browser
from tradewind.backtest.pages.document import LIBRARY, page_asset

pytestmark = [
    needs_browser,
    pytest.mark.skipif(
        page_asset(LIBRARY) is None, reason="the charts' library was not there when the package was built"
    ),
]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_the_link_logs_in_and_shows_the_session(board: Served, tmp_path: Path, width: int, dark: bool) -> None:
    shown = "document.documentElement.dataset.shown && document.querySelectorAll('#backtests tr').length > 1"
    seen = look(board.link, tmp_path, width=width, dark=dark, until=f"{DRAWN} && {shown}")

    assert seen.complaints == ()
    assert 'data-shown="1"' in seen.dom
    assert int(re.findall(r'data-drawn="(\d+)"', seen.dom)[0]) > 100
    assert "NOT RUNNING" in seen.dom
    assert board.token not in seen.dom
    for heading in (
        "Open positions",
        "If it all goes wrong at once",
        "Halts",
        "Decisions",
        "Trades",
        "Backtests",
        "Log",
    ):
        assert heading in seen.dom
    assert "blocked:already_open" in seen.dom


def test_a_browser_without_the_link_sees_nothing(board: Served, tmp_path: Path) -> None:
    told = "document.getElementById('note').textContent"
    seen = look(f"http://127.0.0.1:{board.port}/", tmp_path, until=told)

    assert "Log in with the link that the terminal shows." in seen.dom
    assert "adaptive" not in seen.dom
