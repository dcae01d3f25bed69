"""Every command that the documentation shows is run, in a fresh folder, and prints what the page says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.pages import DOCS, blocks_of, missing_lines, runnable_pages
from docs.walk import Workshop, follow, in_process, quiet_environment

TUTORIAL = DOCS / "tutorials" / "first-strategy.md"


def installs(page: Path) -> bool:
    return any(block.info == "sh" and "pip install" in block.text for block in blocks_of(page))


IN_PROCESS = [page for page in runnable_pages() if page.is_relative_to(DOCS) and not installs(page)]
INSTALLING = [page for page in runnable_pages() if installs(page) and page.is_relative_to(DOCS) and page != TUTORIAL]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with quiet_environment():
        yield


@pytest.mark.parametrize("page", IN_PROCESS, ids=lambda page: page.stem)
def test_commands_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    assert follow(page, tmp_path, in_process) > 0


@pytest.mark.parametrize("page", INSTALLING, ids=lambda page: page.stem)
def test_pages_that_install_a_plugin_do_what_they_say(page: Path, tmp_path: Path) -> None:
    workshop = Workshop.make(tmp_path / "environment")
    folder = tmp_path / "work"
    folder.mkdir()
    assert follow(page, folder, workshop.run) > 0


def test_output_blocks_are_compared_line_by_line_in_order() -> None:
    printed = "first  line\nsecond line of 12 bars\nthird"
    assert missing_lines("first line\nsecond … bars\nthird", printed) == []
    assert missing_lines("third\nfirst line", printed) == ["first line"]
    assert missing_lines("second line of 13", printed) == ["second line of 13"]
