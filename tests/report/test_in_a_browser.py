"""Reports in a real browser, from a file, without a network: drawn, without a complaint, in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from report.browser import DRAWN, browser, look, needs_browser
from report.runs import run
from tradewind.backtest.pages.comparison import comparison_page
from tradewind.backtest.pages.document import LIBRARY, page, page_asset

NO_LIBRARY = "the charts' library was not there when the package was built"
pytestmark = [needs_browser, pytest.mark.skipif(page_asset(LIBRARY) is None, reason=NO_LIBRARY)]


def pixels(path: Path) -> npt.NDArray[np.int64]:
    """Return a picture's rows, columns and colours."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), dtype=np.int64)


def drawn_ms(dom: str) -> int:
    found = re.search(r'data-drawn="(\d+)"', dom)
    assert found is not None, dom[-400:]
    return int(found[1])


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (400, False), (400, True)])
def test_a_report_is_drawn_without_a_complaint(tmp_path: Path, width: int, dark: bool) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(run(symbols=2)))

    seen = look(path.as_uri(), tmp_path, width=width, dark=dark)

    assert seen.complaints == ()
    assert drawn_ms(seen.dom) > 0
    assert seen.dom.count("<canvas") >= 4
    shown = pixels(seen.picture)
    ground = np.array([13, 17, 23] if dark else [255, 255, 255])
    assert (np.abs(shown[2, 2] - ground) <= 2).all()
    # candles have the colours of gain and loss, the account its line
    colours = (
        ([63, 182, 139], [255, 123, 114], [88, 166, 255]) if dark else ([26, 127, 90], [207, 34, 46], [11, 98, 214])
    )
    for colour in colours:
        assert (np.abs(shown - np.array(colour)).max(axis=2) <= 12).sum() > 40, colour


def test_nothing_is_wider_than_a_telephone(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(run()))

    with browser(tmp_path) as tab:
        tab.window(390, 800)
        tab.open(path.as_uri())
        tab.until(DRAWN)
        assert tab.value("document.documentElement.scrollWidth") <= 390


def test_two_results_are_drawn(tmp_path: Path) -> None:
    path = tmp_path / "compare.html"
    path.write_text(comparison_page(run(), run(every=50)))

    seen = look(path.as_uri(), tmp_path)

    assert seen.complaints == ()
    assert seen.dom.count("<canvas") >= 4


PANES = "document.querySelectorAll('#chart tr').length / 2"
"""A pane has a line of its own, and one that parts it from the next; the last stands above the axis of time."""


def test_an_equity_that_holding_would_flatten_has_a_scale_of_its_own_and_equals_share_one(tmp_path: Path) -> None:
    seen = []
    with browser(tmp_path) as tab:
        for name, text in (("one", page(run())), ("two", comparison_page(run(), run(every=50)))):
            path = tmp_path / f"{name}.html"
            path.write_text(text)
            tab.open(path.as_uri())
            tab.until(DRAWN)
            seen.append(tab.value(PANES))
    # price, equity, held, drawdown, exposure; both equities, both drawdowns
    assert seen == [5, 2]


def test_a_report_is_shown_whole_when_the_window_becomes_narrow_and_on_paper(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(page(run(800)))
    drawn = "(() => { const c = document.querySelector('#chart canvas'); return c.getBoundingClientRect().width; })()"
    with browser(tmp_path) as tab:
        tab.window(1280, 900)
        tab.open(path.as_uri())
        tab.until(DRAWN)
        wide = tab.value(drawn)
        tab.window(500, 900)
        tab.until(f"{drawn} < {wide} / 2")
        tab.value("window.dispatchEvent(new Event('beforeprint'))")
        tab.until("document.querySelector('#chart table').getBoundingClientRect().width === 680")
        tab.value("window.dispatchEvent(new Event('afterprint'))")
        tab.until("document.querySelector('#chart table').getBoundingClientRect().width < 500")
        assert tab.complaints == []
