"""What `scaffold` refuses, and what it writes where."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tradewind.errors import PluginError
from tradewind.plugins.scaffold import KINDS, LONGEST, scaffold
from tradewind.plugins.specs import KINDS as RECORDS

WORDS = st.from_regex(r"[a-z][a-z0-9]{0,6}([-_][a-z0-9]{1,6}){0,3}", fullmatch=True).filter(
    lambda name: len(name) <= LONGEST and name not in {"tradewind"} and not name.startswith("tradewind-")
)


@pytest.mark.parametrize("kind", ["strateg", "exchange", "", "../strategy"])
def test_an_unknown_kind_is_refused_with_those_there_are(kind: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="expected one of strategy, indicator") as raised:
        scaffold(kind, "my-idea", tmp_path)
    assert raised.value.code == "TW-P010"
    assert list(tmp_path.iterdir()) == []


def test_a_kind_that_is_nearly_right_is_named() -> None:
    with pytest.raises(PluginError) as raised:
        scaffold("strateg", "my-idea", Path("/nowhere"))
    assert raised.value.hint == "Did you mean 'strategy'?"


@pytest.mark.parametrize(
    "name",
    ["", "My-Idea", "1st", "my idea", "my--idea", "-idea", "idea-", "../idea", "idée", "a/b", "x" * 31, "tradewind"],
)
def test_a_name_that_cannot_be_one_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="the name was") as raised:
        scaffold("strategy", name, tmp_path)
    assert raised.value.code == "TW-P010"
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_over(tmp_path: Path) -> None:
    mine = tmp_path / "tradewind-my-idea" / "notes.txt"
    mine.parent.mkdir()
    mine.write_text("do not lose this")
    with pytest.raises(PluginError, match="is there already") as raised:
        scaffold("strategy", "my-idea", tmp_path)
    assert raised.value.code == "TW-P010"
    assert [path.name for path in mine.parent.iterdir()] == ["notes.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tradewind-my-idea").write_text("a file")
    with pytest.raises(PluginError, match="is there already"):
        scaffold("strategy", "my-idea", tmp_path)


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PluginError, match="cannot be written") as raised:
        scaffold("strategy", "my-idea", tmp_path / "file")
    assert raised.value.code == "TW-P010"


def test_an_empty_folder_may_be_there_already(tmp_path: Path) -> None:
    (tmp_path / "tradewind-my-idea").mkdir()
    assert scaffold("strategy", "my-idea", tmp_path)


def test_the_files_written_are_returned_and_are_all_there_is(tmp_path: Path) -> None:
    written = scaffold("risk_policy", "tradewind-my-cap", tmp_path)
    root = tmp_path / "tradewind-my-cap"
    assert sorted(written) == sorted(path for path in root.rglob("*") if path.is_file())
    assert {str(path.relative_to(root)) for path in written} == {
        "pyproject.toml",
        "README.md",
        "src/tradewind_my_cap/__init__.py",
        "src/tradewind_my_cap/plugin.py",
        "src/tradewind_my_cap/policy.py",
        "src/tradewind_my_cap/py.typed",
        "src/tradewind_my_cap/settings.py",
        "tests/test_contract.py",
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15)
@given(name=WORDS)
def test_any_good_name_gives_python_and_toml_that_parse(
    kind: str, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("made")
    for path in scaffold(kind, name, folder):
        text = path.read_text()
        assert "$" not in text
        if path.suffix == ".py":
            compile(text, str(path), "exec")
    project = tomllib.loads((folder / f"tradewind-{name.replace('_', '-')}" / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["tradewind"] == {name: f"tradewind_{name.replace('-', '_')}.plugin"}


@pytest.mark.parametrize("name", ["signals", "plan", "need", "any", "exception", "class", "click", "import", "print"])
def test_a_name_that_the_code_itself_uses_hides_nothing(name: str, tmp_path: Path) -> None:
    for kind in KINDS:
        for path in scaffold(kind, name, tmp_path / kind):
            if path.suffix == ".py":
                compile(path.read_text(), str(path), "exec")
    strategy = (tmp_path / "strategy" / f"tradewind-{name}" / "src" / f"tradewind_{name}" / "strategy.py").read_text()
    assert f"class {name.capitalize()}:" not in strategy or name.capitalize() not in {"Signals", "Need"}


def test_every_kind_of_component_can_be_made() -> None:
    words = {kind.replace("-", "_") for kind in KINDS}
    singular = {record.kind.replace(" ", "_") for record in RECORDS.values()}
    assert singular - words == set()
    assert words - singular == {"series_source"}


def test_the_short_form_of_the_contract_is_six_lines(tmp_path: Path) -> None:
    scaffold("indicator", "my-line", tmp_path)
    text = (tmp_path / "tradewind-my-line" / "tests" / "test_contract.py").read_text()
    lines = [line for line in text.splitlines() if line.strip()]
    assert lines[1:] == [
        "from tradewind.testing import IndicatorContract",
        "class TestMyLine(IndicatorContract):",
        '    spec = "my-line"',
        "    xfails = {}",
    ]
    assert "tradewind.plugins.templates" not in sys.modules
