"""What a distribution declares and ships: metadata, sources, tests and its page."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import attrs
from packaging.utils import canonicalize_name

from tradewind import PROJECT
from tradewind.testing.failures import ContractFailure


@attrs.frozen(kw_only=True)
class Package:
    """
    One installed distribution as its users meet it.

    Args:
        name: Its name.
        requires: Its requirements, as written.
        declarations: The modules that its entry points of the group `tradewind` name.
        sources: The Python files of its packages.
        tests: The Python files of its tests, where they are at hand.
        readme: Its page, in Markdown.
        neighbours: Top-level packages of the other plugins that are installed.
    """

    name: str
    requires: tuple[str, ...] = ()
    declarations: tuple[str, ...] = ()
    sources: tuple[Path, ...] = ()
    tests: tuple[Path, ...] = ()
    readme: str = ""
    neighbours: tuple[str, ...] = ()

    @property
    def top_level(self) -> tuple[str, ...]:
        """The top-level packages that hold the declarations."""
        return tuple(sorted({module.partition(".")[0] for module in self.declarations}))


@cache
def read_package(name: str) -> Package:
    """
    Return what an installed distribution declares and ships, without importing it.

    Raises:
        ContractFailure: When it is not installed or its package cannot be found.
    """
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise ContractFailure(f"no distribution {name!r} is installed; install it (pip install -e .) first.") from None
    declarations = _declarations(found)
    top_level = {module.partition(".")[0] for module in declarations}
    folder = _project_folder(found)
    return Package(
        name=canonicalize_name(name),
        requires=tuple(found.requires or ()),
        declarations=declarations,
        sources=tuple(path for package in sorted(top_level) for path in _sources(package)),
        tests=tuple(sorted((folder / "tests").rglob("*.py"))) if folder else (),
        readme=_readme(found, folder),
        neighbours=_neighbours(top_level),
    )


def _declarations(found: Distribution) -> tuple[str, ...]:
    return tuple(sorted({point.module for point in found.entry_points if point.group == PROJECT}))


def _sources(package: str) -> list[Path]:
    found = find_spec(package)
    if found is None:
        raise ContractFailure(f"its entry point names {package!r}, which cannot be imported from anywhere.")
    folders = list(found.submodule_search_locations or ())
    if not folders:
        return [Path(found.origin)] if found.origin else []
    return sorted(path for folder in folders for path in Path(folder).rglob("*.py"))


def _project_folder(found: Distribution) -> Path | None:
    """Return the folder an editable installation points at, so that its newest page and tests count."""
    direct = found.read_text("direct_url.json")
    if not direct:
        return None
    facts = json.loads(direct)
    if not facts.get("dir_info", {}).get("editable"):
        return None
    folder = Path(unquote(urlsplit(facts["url"]).path))
    return folder if folder.is_dir() else None


def _readme(found: Distribution, folder: Path | None) -> str:
    if folder is not None and (folder / "README.md").is_file():
        return (folder / "README.md").read_text(encoding="utf-8")
    return (found.read_text("METADATA") or "").partition("\n\n")[2]


@cache
def _packages_of_plugins() -> frozenset[str]:
    return frozenset(module.partition(".")[0] for found in distributions() for module in _declarations(found))


def _neighbours(own: set[str]) -> tuple[str, ...]:
    return tuple(sorted(_packages_of_plugins() - own))
