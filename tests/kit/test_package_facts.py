"""What the kit reads of a distribution: from a wheel's metadata, from an editable folder, from its sources."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from tradewind.plugins.catalog import load_catalog
from tradewind.plugins.discovery import find_candidates
from tradewind.testing import CommandContract, ContractFailure, Outcome, PluginContract, check
from tradewind.testing.imports import PUBLIC, PUBLIC_IN_TESTS, loaded_by, private_imports
from tradewind.testing.package import read_package

METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: 1.0
Requires-Dist: tradewind>=0.1,<1
Description-Content-Type: text/markdown

# {name}

Settings: `length`.
"""

PLUGIN = """
from tradewind import hookimpl


@hookimpl
def tradewind_event(event):
    return None
"""


SAME_NAME = """
from tradewind import hookimpl
from tradewind.api import CommandSpec


@hookimpl
def tradewind_commands():
    yield CommandSpec(name="same", summary="One of two.", factory="json:dumps")
"""


def lay_out(folder: Path, name: str, plugin: str = PLUGIN) -> Path:
    """Lay out a distribution as an installer does and return its metadata folder."""
    package = folder / name.replace("-", "_")
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(textwrap.dedent(plugin))
    info = folder / f"{package.name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA.format(name=name))
    (info / "entry_points.txt").write_text(f"[tradewind]\n{name} = {package.name}.plugin\n")
    return info


def test_a_wheel_is_read_from_its_metadata_and_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "acme-wheel")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = read_package("acme-wheel")
    assert package.requires == ("tradewind>=0.1,<1",)
    assert package.declarations == ("acme_wheel.plugin",)
    assert package.top_level == ("acme_wheel",)
    assert [path.name for path in package.sources] == ["__init__.py", "plugin.py"]
    assert package.tests == ()
    assert "Settings: `length`." in package.readme
    assert "tradewind_adaptive" in package.neighbours


def test_an_editable_installation_is_read_from_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    info = lay_out(tmp_path, "acme-editable")
    project = tmp_path / "a project"
    (project / "tests").mkdir(parents=True)
    (project / "tests" / "test_it.py").write_text("")
    (project / "README.md").write_text("The newest words.")
    (info / "direct_url.json").write_text(json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}}))
    monkeypatch.syspath_prepend(str(tmp_path))
    package = read_package("acme-editable")
    assert package.readme == "The newest words."
    assert [path.name for path in package.tests] == ["test_it.py"]


def test_a_distribution_that_is_not_there_is_told_in_words() -> None:
    with pytest.raises(ContractFailure, match="no distribution 'acme-nowhere' is installed"):
        read_package("acme-nowhere")


def test_a_plugin_that_only_observes_is_checked_as_a_distribution(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, "acme-observer")
    monkeypatch.syspath_prepend(str(tmp_path))
    catalog = load_catalog(candidates=find_candidates([str(tmp_path)]))
    outcomes = {found.name: found.outcome for found in check("acme-observer", catalog)}
    assert {name for name, outcome in outcomes.items() if outcome is Outcome.PASSED} == {
        "entry_point_resolves",
        "imports_light",
        "imports_only_public_api",
        "requires_tradewind_range",
    }
    assert Outcome.FAILED not in outcomes.values()


def test_a_broken_plugin_fails_with_the_cause_of_its_breaking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misspelt = PLUGIN.replace("tradewind_event(event)", "tradewind_evnt(event)")
    lay_out(tmp_path, "acme-misspelt", misspelt)
    monkeypatch.syspath_prepend(str(tmp_path))
    catalog = load_catalog(candidates=find_candidates([str(tmp_path)]))
    contract = PluginContract.of("", distribution="acme-misspelt", catalog=catalog)
    found = contract.result("entry_point_resolves")
    assert found.outcome is Outcome.FAILED
    assert "did it mean 'tradewind_event'" in found.message


def test_a_hook_with_another_signature_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "acme-signature", PLUGIN.replace("(event)", "(event, account)"))
    monkeypatch.syspath_prepend(str(tmp_path))
    catalog = load_catalog(candidates=find_candidates([str(tmp_path)]))
    contract = PluginContract.of("", distribution="acme-signature", catalog=catalog)
    found = contract.result("entry_point_resolves")
    assert found.outcome is Outcome.FAILED
    assert "acme-signature is broken" in found.message
    assert "account" in found.message


def test_a_name_that_two_plugins_offer_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("acme-one", "acme-two"):
        lay_out(tmp_path, name, SAME_NAME)
    monkeypatch.syspath_prepend(str(tmp_path))
    catalog = load_catalog(candidates=find_candidates([str(tmp_path)]))
    ambiguous = CommandContract.of("same", catalog=catalog).result("entry_point_resolves")
    assert ambiguous.outcome is Outcome.FAILED
    assert "acme-one 1.0 and acme-two 1.0" in ambiguous.message
    exact = CommandContract.of("acme-two:same", catalog=catalog).result("entry_point_resolves")
    assert exact.outcome is Outcome.PASSED


def test_what_a_module_loads_is_seen_in_a_fresh_interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, "acme-heavy", "import pandas\n" + PLUGIN)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert {"numpy", "pandas"} <= set(loaded_by("acme_heavy.plugin"))
    with pytest.raises(ImportError, match=r"acme_heavy\.nothing"):
        loaded_by("acme_heavy.nothing")


@pytest.mark.parametrize(
    ("line", "private"),
    [
        ("import tradewind", False),
        ("import tradewind.api as api", False),
        ("from tradewind import hookimpl, api, __version__", False),
        ("from tradewind.api import Signals", False),
        ("from . import kernel", False),
        ("import tradewind_other", False),
        ("import tradewind.kernel.layout", True),
        ("from tradewind import pipeline", True),
        ("from tradewind.model.bars import Bars", True),
        ("from tradewind.testing import check", True),
        ("import importlib; importlib.import_module('tradewind.store')", True),
        ("__import__('tradewind.store')", True),
    ],
)
def test_private_imports_are_told_from_public_ones(tmp_path: Path, line: str, private: bool) -> None:
    path = tmp_path / "module.py"
    path.write_text(f"def later():\n    {line}\n")
    assert bool(private_imports(path, PUBLIC)) is private
    assert bool(private_imports(path, PUBLIC_IN_TESTS)) is (private and "testing" not in line)
