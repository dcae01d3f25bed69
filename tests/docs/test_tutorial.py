"""The tutorial, from top to bottom, in a fresh folder and an environment of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.pages import DOCS, blocks_of
from docs.walk import Workshop, follow, quiet_environment

TUTORIAL = DOCS / "tutorials" / "first-strategy.md"


@pytest.mark.timeout(180)
def test_the_tutorial_leads_from_install_to_an_installed_strategy(tmp_path: Path) -> None:
    workshop = Workshop.make(tmp_path / "environment")
    folder = tmp_path / "ideas"
    folder.mkdir()
    with quiet_environment():
        commands = follow(TUTORIAL, folder, workshop.run)
    assert commands >= 8


def test_the_tutorial_shows_what_its_commands_print() -> None:
    blocks = blocks_of(TUTORIAL)
    shown = [block for block in blocks if block.info == "text" and block.follows >= 0]
    assert len(shown) >= 5
