"""The dashboard in a real browser: logged in by its link, drawn, without a complaint, no wider than the window."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.serving import Served
from report.browser import DRAWN, browser, look, needs_browser
from tradewind.backtest.pages.document import LIBRARY, page_asset

pytestmark = [
    needs_browser,
    pytest.mark.skipif(
        page_asset(LIBRARY) is None, reason="the charts' library was not there when the package was built"
    ),
]

PAGES = {
    "now": "Open positions",
    "orders": "Closed trades",
    "decisions": "blocked:already_open",
    "books": "no breaker says that books and venue differ",
    "strategies": "Trend following with adaptive moving averages",
    "health": "no session is running",
    "backtests": "enhanced",
    "log": "adaptive",
}
OPENED = "document.documentElement.dataset.opened"
SHOW = """
import('/static/panels.js').then(async ({ show }) => {
  const session = await (await fetch('/api/v1/sessions/1')).json();
  const live = { equity: 1, replay: REPLAY, strategies: {}, quarantined: {}, halts: [], troubles: {} };
  show({ ...session, mode: 'MODE', runs: true, live }, 0);
  const style = getComputedStyle(document.querySelector('header'));
  return [style.backgroundColor, document.getElementById('said').textContent, document.title];
})
"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (400, True)])
def test_the_link_logs_in_and_every_page_is_shown(board: Served, tmp_path: Path, width: int, dark: bool) -> None:
    with browser(tmp_path) as tab:
        tab.window(width, 900, dark=dark)
        tab.open(board.link)
        tab.until(f"{OPENED} === 'now' && {DRAWN} > 100")
        assert tab.value("document.getElementById('said').innerText") == "NOT RUNNING"
        for name, words in PAGES.items():
            tab.value(f"window.location.hash = '{name}'")
            tab.until(f"{OPENED} === '{name}'")
            assert words in tab.value(f"document.querySelector('[data-tab={name}]').innerText"), name
            assert tab.value("document.documentElement.scrollWidth") <= width, name
            assert board.token not in tab.value("document.documentElement.outerHTML + window.location.href")
        assert tab.complaints == []


def test_a_decision_is_explained_when_it_is_chosen_and_two_results_are_compared(board: Served, tmp_path: Path) -> None:
    with browser(tmp_path) as tab:
        tab.open(board.link)
        tab.until(OPENED)
        tab.value("window.location.hash = 'decisions'")
        tab.until(f"{OPENED} === 'decisions'")
        tab.value("document.querySelector('#outcome').value = 'filled'")
        tab.value("document.querySelector('#outcome').dispatchEvent(new Event('change'))")
        tab.until(
            "[...document.querySelectorAll('#decisions tbody tr')].every((row) => row.innerText.includes('\\tfilled'))"
        )
        tab.value("document.querySelector('#decisions tbody tr').click()")
        tab.until("document.getElementById('words').innerText.includes('filled at the next open')")
        tab.value("window.location.hash = 'backtests'")
        tab.until(f"{OPENED} === 'backtests'")
        tab.value("for (const box of document.querySelectorAll('#stored input')) box.click()")
        tab.value("document.getElementById('compare').click()")
        tab.until("document.querySelectorAll('#differences tbody tr').length > 3")
        tab.open(tab.value("document.getElementById('beside').href"))
        tab.until(DRAWN)
        assert tab.value("document.querySelectorAll('canvas').length") >= 4
        assert tab.complaints == []


def test_nobody_can_miss_the_mode(board: Served, tmp_path: Path) -> None:
    with browser(tmp_path) as tab:
        tab.open(board.link)
        tab.until(OPENED)
        seen = {}
        for mode, replay in (("live", "false"), ("paper", "false"), ("paper", "true")):
            script = SHOW.replace("MODE", mode).replace("REPLAY", replay)
            colour, said, title = tab.later(script)
            seen[said] = colour
            assert ("LIVE" in title) == (mode == "live")
    assert list(seen) == ["LIVE - REAL MONEY", "PAPER - no real money moves", "PAPER, REPLAY - history is told again"]
    assert len(set(seen.values())) == 3
    red, green, blue = (int(one) for one in seen["LIVE - REAL MONEY"].removeprefix("rgb(").rstrip(")").split(","))
    assert red > 150
    assert max(green, blue) < 60


def test_a_browser_without_the_link_sees_nothing(board: Served, tmp_path: Path) -> None:
    told = "document.getElementById('note').textContent"
    seen = look(f"http://127.0.0.1:{board.port}/", tmp_path, until=told)

    assert "Log in with the link that the terminal shows." in seen.dom
    assert "BTCUSDT" not in seen.dom
