"""Examples that are shown and not run are at least what they claim to be."""

from __future__ import annotations

import ast
import shutil
import tomllib
from pathlib import Path

import pytest

from docs.pages import DOCS, ROOT, Block, Command, all_pages, blocks_of
from docs.walk import in_process, quiet_environment
from tradewind.config.schema import Settings
from tradewind.plugins.structure import problems_of

README = ROOT / "README.md"
PAGES = [page for page in all_pages() if page.name not in {"hooks.md", "api.md", "changelog.md"}]


def shown(info: str) -> list[tuple[str, Block]]:
    """Return the blocks of this kind in all pages, with where they stand."""
    return [
        (f"{page.relative_to(ROOT)}:{block.line}", block)
        for page in PAGES
        for block in blocks_of(page)
        if block.info == info
    ]


@pytest.mark.parametrize(("where", "block"), shown("python"), ids=lambda value: value if isinstance(value, str) else "")
def test_python_in_the_pages_is_python(where: str, block: Block) -> None:
    assert ast.parse(block.text, where).body


@pytest.mark.parametrize(("where", "block"), shown("toml"), ids=lambda value: value if isinstance(value, str) else "")
def test_settings_in_the_pages_are_settings(where: str, block: Block) -> None:
    values = tomllib.loads(block.text)
    profiles = values.pop("profiles", {})
    assert values or profiles
    for table in (values, *profiles.values()):
        assert [str(problem) for problem in problems_of(table, Settings, "")[1]] == []


def test_the_first_command_of_the_readme_runs(tmp_path: Path) -> None:
    first = next(block for block in blocks_of(README) if block.info == "sh")
    command = Command(text=first.text.rpartition("uv run ")[2].strip())
    assert command.words[:2] == ["tradewind", "backtest"]
    with quiet_environment():
        code, printed = in_process(command, tmp_path)
    assert (code, "SYNTHETIC" in printed) == (0, True), printed


def test_every_other_command_of_the_readme_runs_in_a_folder_with_prices(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    shutil.copy(ROOT / "data" / "BTCUSDT_4h.csv", tmp_path / "prices")
    lines = [line for block in blocks_of(README) for line in block.text.splitlines() if line.startswith("tradewind ")]
    with quiet_environment():
        ran = {line: in_process(Command(text=line), tmp_path) for line in lines}
    assert {line: printed for line, (code, printed) in ran.items() if code} == {}
    assert len(ran) == 6


def test_every_page_has_one_title() -> None:
    titles = {page: sum(line.startswith("# ") for line in _prose(page)) for page in all_pages()}
    assert [page.relative_to(DOCS.parent).as_posix() for page, count in titles.items() if count != 1] == []


def _prose(page: Path) -> list[str]:
    lines = page.read_text(encoding="utf-8").splitlines()
    fenced: set[int] = set()
    for block in blocks_of(page):
        fenced |= set(range(block.line - 1, block.line + block.text.count("\n") + 2))
    return [line for number, line in enumerate(lines) if number not in fenced]
