"""Every distribution gets its own state; none of them changes another's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from discovery.wheels import IDEA, Package, candidates_in, strategy
from tradewind.errors import PluginError
from tradewind.plugins.catalog import Catalog, load_catalog
from tradewind.plugins.loader import State

GOOD = Package(name="acme-good", modules={"plugin": strategy("good-idea", "acme_good"), "strategy": IDEA})
BROKEN = Package(name="acme-broken", modules={"plugin": "import a_module_that_is_not_there"})
LEAVES = Package(name="acme-leaves", modules={"plugin": "raise SystemExit(7)"})
OLD = Package(
    name="acme-old", modules={"plugin": "raise RuntimeError('must not be imported')"}, requires="tradewind>=7"
)
MISSPELT = Package(
    name="acme-misspelt",
    modules={
        "plugin": """
            from tradewind import hookimpl
            @hookimpl
            def tradewind_strategy():
                return []
        """
    },
)
UNMARKED = Package(name="acme-unmarked", modules={"plugin": "def tradewind_strategies():\n    return []\n"})
WRONG_SIGNATURE = Package(
    name="acme-signature",
    modules={
        "plugin": """
            from tradewind import hookimpl
            @hookimpl
            def tradewind_strategies(settings):
                return []
        """
    },
)
WRONG_RECORD = Package(
    name="acme-record",
    modules={
        "plugin": """
            from tradewind import hookimpl
            from tradewind.api import IndicatorSpec
            @hookimpl
            def tradewind_strategies():
                yield IndicatorSpec(name="x", summary="x", factory="a:b", outputs=("x",))
        """
    },
)
BAD_RECORD = Package(
    name="acme-bad-record",
    modules={
        "plugin": """
            from tradewind import hookimpl
            from tradewind.api import StrategySpec
            @hookimpl
            def tradewind_strategies():
                yield StrategySpec(name="Not A Name", summary="x", factory="a:b")
        """
    },
)
TWIN = Package(name="beta-good", modules={"plugin": strategy("good_idea", "beta_good"), "strategy": IDEA})

ALL = (GOOD, BROKEN, LEAVES, OLD, MISSPELT, UNMARKED, WRONG_SIGNATURE, WRONG_RECORD, BAD_RECORD)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def forget(packages: tuple[Package, ...]) -> None:
    """Unload the packages: others of the same name may have been imported before."""
    names = {package.package for package in packages}
    for name in [name for name in sys.modules if name.split(".")[0] in names]:
        del sys.modules[name]


def lay_out(
    site: Path, *packages: Package, block: tuple[str, ...] = (), allow: tuple[str, ...] | None = None
) -> Catalog:
    for package in packages:
        package.install(site)
    forget(packages)
    try:
        return load_catalog(candidates=candidates_in(site), block=block, allow=allow)
    finally:
        forget(packages)


def test_each_plugin_has_its_own_state_and_cause(site: Path) -> None:
    catalog = lay_out(site, *ALL)
    states = {row.distribution: row.state for row in catalog.plugins}
    assert states == {
        "acme-good": State.LOADED,
        "acme-broken": State.BROKEN,
        "acme-leaves": State.BROKEN,
        "acme-old": State.INCOMPATIBLE,
        "acme-misspelt": State.BROKEN,
        "acme-unmarked": State.BROKEN,
        "acme-signature": State.BROKEN,
        "acme-record": State.BROKEN,
        "acme-bad-record": State.BROKEN,
    }
    causes = {row.distribution: row.cause for row in catalog.plugins}
    assert "a_module_that_is_not_there" in causes["acme-broken"]
    assert "tradewind>=7" in causes["acme-old"]
    assert "did it mean 'tradewind_strategies'" in causes["acme-misspelt"]
    assert "not marked with @hookimpl" in causes["acme-unmarked"]
    assert "expected StrategySpec" in causes["acme-record"]
    assert "Not A Name" in causes["acme-bad-record"]
    assert "settings" in causes["acme-signature"]


@pytest.mark.parametrize("bad", ALL[1:], ids=lambda package: package.name)
def test_a_bad_neighbour_changes_nothing_but_its_own_row(site: Path, bad: Package) -> None:
    catalog = lay_out(site, GOOD, bad)
    assert catalog.names("strategies") == ["good-idea"]
    assert catalog.get("strategies", "good_idea").qualified == "acme-good:good-idea"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("class Idea:\n    def __init__(self): raise SystemExit(0)", "raised SystemExit: 0"),
        ("class Idea:\n    def __init__(self): raise ValueError('no licence')", "raised ValueError: no licence"),
        ("class Idea:\n    def __init__(self, licence): pass", "licence"),
    ],
)
def test_a_component_that_cannot_be_made_is_named_whatever_it_raises(site: Path, body: str, words: str) -> None:
    package = Package(name="acme-sour", modules={"plugin": strategy("sour", "acme_sour"), "strategy": body})
    entry = lay_out(site, package).get("strategies", "sour")
    try:
        with pytest.raises(PluginError, match=words) as refused:
            entry.build()
    finally:
        forget((package,))
    assert refused.value.code == "TW-P008"


def test_a_half_loaded_plugin_leaves_no_observer_behind(site: Path) -> None:
    catalog = lay_out(site, GOOD, WRONG_RECORD)
    names = [name for name, _ in catalog.manager.list_name_plugin()]
    assert names == ["acme-good:acme-good"]


def test_blocked_and_disallowed_plugins_are_not_imported(site: Path) -> None:
    bomb = Package(name="acme-bomb", modules={"plugin": "raise AssertionError('imported')"})
    blocked = lay_out(site, GOOD, bomb, block=("Acme_Bomb",))
    assert {row.distribution: row.state for row in blocked.plugins}["acme-bomb"] is State.BLOCKED
    allowed = load_catalog(candidates=candidates_in(site), allow=("acme-good",))
    row = allowed.row("acme-bomb")
    assert row is not None
    assert (row.state, row.cause) == (State.BLOCKED, "the settings do not allow it (plugins.allow)")


def test_one_name_from_two_plugins_names_both_and_the_two_ways_out(site: Path) -> None:
    catalog = lay_out(site, GOOD, TWIN)
    with pytest.raises(PluginError) as caught:
        catalog.get("strategies", "good-idea")
    text = str(caught.value)
    assert caught.value.code == "TW-P004"
    assert "acme-good 1.0.0" in text
    assert "beta-good 1.0.0" in text
    assert 'plugins.block = ["beta-good"]' in text
    assert "acme-good:good-idea" in text
    assert catalog.get("strategies", "beta-good:good-idea").distribution == "beta-good"
    assert [kind for kind, _ in catalog.collisions()] == ["strategies"]


def test_an_unknown_name_tells_the_nearest_and_the_plugins_that_may_have_had_it(site: Path) -> None:
    catalog = lay_out(site, GOOD, BROKEN)
    with pytest.raises(PluginError) as caught:
        catalog.get("strategies", "goodidea")
    text = str(caught.value)
    assert caught.value.code == "TW-P005"
    assert "Did you mean 'good-idea'?" in text
    assert "acme-broken 1.0.0 may offer it but is broken" in text


@pytest.mark.parametrize(
    ("package", "code"), [(BROKEN, "TW-P001"), (OLD, "TW-P002"), (GOOD, "TW-P003")], ids=lambda value: str(value)[:20]
)
def test_a_needed_plugin_that_is_not_loaded_stops_with_its_cause(site: Path, package: Package, code: str) -> None:
    catalog = lay_out(site, package, block=("acme-good",))
    with pytest.raises(PluginError) as caught:
        catalog.get("strategies", f"{package.name}:anything")
    assert caught.value.code == code


def test_the_light_modules_load_neither_numpy_nor_pandas() -> None:
    code = (
        "import sys, tradewind, tradewind.api, tradewind.plugins.hookspecs, tradewind.plugins.catalog\n"
        "from tradewind.plugins.catalog import load_catalog\n"
        "import tradewind.cli.main\n"
        "catalog = load_catalog()\n"
        "assert catalog.entries('strategies')\n"
        "heavy = {'numpy', 'pandas', 'numba', 'pyarrow', 'pandas_ta', 'talib'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_help_of_every_command_needs_neither_numpy_nor_pandas() -> None:
    code = (
        "import sys\n"
        "from tradewind.cli.main import cli\n"
        "cli.main(['--help'], standalone_mode=False)\n"
        "heavy = {'numpy', 'pandas', 'numba', 'pyarrow'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "backtest" in done.stdout
