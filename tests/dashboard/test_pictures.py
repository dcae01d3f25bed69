"""
Every picture of the documentation is taken here.

`TRADEWIND_WRITE_SCREENSHOTS=1 pytest tests/dashboard/test_pictures.py` writes them to docs/images.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from PIL import Image

from dashboard.scenes import SCENES, WRITES, shoot, stage
from report.browser import browser, needs_browser
from tradewind.backtest.pages.document import LIBRARY, page_asset

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
LARGEST = 120_000
"""Bytes that a picture may have: they are in every clone."""


@needs_browser
@pytest.mark.skipif(page_asset(LIBRARY) is None, reason="the charts' library was not there when the package was built")
def test_every_picture_can_be_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRADEWIND_WRITE_SCREENSHOTS", raising=False)  # commands would take it for a setting
    with stage(tmp_path) as board, browser(tmp_path / "browser") as tab:
        for scene in SCENES:
            taken = shoot(tab, board, scene)
            with Image.open(io.BytesIO(taken)) as picture:
                assert (scene.width, scene.height) == picture.size, scene.name
                colours = picture.convert("RGB").getcolors(2**20) or []
            assert len(colours) > 20, scene.name  # not an empty page
            assert len(taken) <= LARGEST, (scene.name, len(taken))
            assert tab.value("document.documentElement.scrollWidth") <= scene.width, scene.name
            if WRITES:
                (IMAGES / f"{scene.name}.png").write_bytes(taken)
        assert tab.complaints == []


def test_the_documentation_shows_these_pictures_and_no_others() -> None:
    shown = {
        (page.parent / name).resolve()
        for page in (ROOT / "docs").rglob("*.md")
        for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
    }
    there = {path.resolve() for path in IMAGES.iterdir()}
    taken = {(IMAGES / f"{scene.name}.png").resolve() for scene in SCENES}

    assert taken == shown
    assert taken == there


def test_every_picture_has_words_for_those_who_do_not_see_it() -> None:
    for page in (ROOT / "docs").rglob("*.md"):
        for words in re.findall(r"!\[([^\]]*)\]\(", page.read_text(encoding="utf-8")):
            assert len(words.split()) >= 4, (page, words)


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.png")), ids=lambda path: path.stem)
def test_a_picture_is_small_and_says_nothing_beside_what_it_shows(path: Path) -> None:
    with Image.open(path) as picture:
        assert picture.info == {}
    assert path.stat().st_size <= LARGEST
