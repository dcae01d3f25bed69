"""Make a complete plugin package: it installs, lints, types and keeps its contract as it is made."""

from __future__ import annotations

import builtins
import re
import shutil
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Template
from typing import Final

import attrs

import tradewind.api as api
from tradewind.errors import PluginError
from tradewind.plugins.names import nearest
from tradewind.plugins.specs import canonical

PREFIX: Final = "tradewind-"
LONGEST: Final = 30
"""The most letters of a name: lines made from it stay within the linter's length."""

_NAME: Final = re.compile(r"^[a-z][a-z0-9]*([_-][a-z0-9]+)*$")
_IMPORTED: Final = frozenset(
    {"Any", "DataFrame", "DatetimeIndex", "Iterable", "Mapping", "Sequence", "Timedelta", "Timestamp"}
)


@attrs.frozen(kw_only=True)
class Kind:
    """
    One kind of component that a package can be made for.

    Args:
        what: The kind in words, with its article.
        summary: The component's one line, until its author writes a better one.
        module: The module that holds the implementation.
        beside: Further modules that it needs.
        settings: It has a settings class.
        requires: What the package requires beside Tradewind.
        tests_require: What its tests require beside pytest.
    """

    what: str
    summary: str
    module: str
    beside: tuple[str, ...] = ()
    settings: bool = True
    requires: tuple[str, ...] = ("attrs>=24.2", "numpy>=2.0", "pandas>=3.0")
    tests_require: tuple[str, ...] = ()


_LIGHT: Final = ("attrs>=24.2",)

KINDS: Final[dict[str, Kind]] = {
    "strategy": Kind(
        what="a strategy",
        summary="A crossing of two averages, with a stop that volatility sets.",
        module="strategy",
        tests_require=("tradewind-pandas-ta>=0.1,<1",),
    ),
    "indicator": Kind(
        what="an indicator", summary="Where the close lies in the range of the last bars.", module="indicator"
    ),
    "risk-policy": Kind(
        what="a risk policy", summary="A cap on every position, and no entry on wild bars.", module="policy"
    ),
    "data-source": Kind(what="a source of bars", summary="Bars of a price that moves in a wave.", module="source"),
    "series-source": Kind(
        what="a source of series", summary="One value a day, known when the day is over.", module="source"
    ),
    "executor": Kind(
        what="an executor",
        summary="Orders at a venue that speaks lines of JSON.",
        module="executor",
        beside=("line",),
        requires=_LIGHT,
    ),
    "service": Kind(what="a service", summary="Events told to the log.", module="service", requires=_LIGHT),
    "command": Kind(
        what="a command",
        summary="How many days a number of bars covers.",
        module="command",
        settings=False,
        requires=("click>=8.2",),
    ),
    "health-check": Kind(what="a health check", summary="Whether the disk has room.", module="health", requires=_LIGHT),
    "panel": Kind(what="a panel", summary="What each symbol brought, and how often.", module="panel", requires=_LIGHT),
}
"""What `scaffold` can make, by the word for it."""


def scaffold(kind: str, name: str, folder: Path) -> list[Path]:
    """
    Make the package of a plugin in a new folder and return the files written.

    Args:
        kind: One of `KINDS`; `-` and `_` are the same.
        name: The component's name, lower-case words joined by - or _. The distribution is
            called `tradewind-<name>`, the folder too.
        folder: Where the package's folder is made.

    Raises:
        PluginError: TW-P010 for another kind, a name that cannot be one, or a folder that
            holds something.
    """
    chosen = _kind(kind)
    component = _name(name)
    distribution = PREFIX + component.replace("_", "-")
    root = folder / distribution
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise PluginError(
            f"{root} is there already and holds something.",
            code="TW-P010",
            hint="Take another name or another --folder; nothing is ever written over.",
            path=str(root),
        )
    texts = _texts(chosen, component, distribution)
    try:
        return [_write(root / path, text) for path, text in texts.items()]
    except OSError as error:
        shutil.rmtree(root, ignore_errors=True)
        raise PluginError(
            f"{root} cannot be written: {error.strerror}.",
            code="TW-P010",
            hint="Choose a --folder that you may write to.",
            path=str(root),
        ) from error


def _kind(kind: str) -> str:
    word = canonical(kind.strip().lower()).replace("_", "-")
    if word in KINDS:
        return word
    close = nearest(word, KINDS)
    raise PluginError(
        f"the kind was {kind!r}, expected one of {', '.join(KINDS)}.",
        code="TW-P010",
        hint=f"Did you mean {close!r}?" if close else "",
        kind=kind,
    )


def _name(name: str) -> str:
    component = name.removeprefix(PREFIX)
    if not _NAME.match(component) or len(component) > LONGEST or component == "tradewind":
        raise PluginError(
            f"the name was {name!r}, expected at most {LONGEST} letters: lower-case words joined by - or _.",
            code="TW-P010",
            hint="For example: my-idea.",
            name=name,
        )
    return component


def _title(component: str, kind: str) -> str:
    """Return the name of the implementation's class, one that hides nothing it uses."""
    title = "".join(word.capitalize() for word in re.split("[-_]", component))
    if title in {*api.__all__, *_IMPORTED, *vars(builtins)}:
        title += "".join(word.capitalize() for word in kind.split("-"))
    return title


def _texts(kind: str, component: str, distribution: str) -> dict[str, str]:
    """Return the package's files by path."""
    chosen = KINDS[kind]
    package = canonical(distribution)
    words = {
        "name": component,
        "key": canonical(component),
        "title": _title(component, kind),
        "distribution": distribution,
        "package": package,
        "summary": chosen.summary,
        "what": chosen.what,
        "dependencies": _quoted(*chosen.requires, "tradewind>=0.1,<1"),
        "test_dependencies": _quoted("pytest>=8.4", *chosen.tests_require),
    }
    templates = files("tradewind.plugins") / "templates"
    common, own = templates / "common", templates / kind
    words["about"] = _filled(own, "about.md", words)
    source = f"src/{package}"
    modules = ["plugin", *(["settings"] if chosen.settings else []), *chosen.beside, chosen.module]
    return {
        "pyproject.toml": _filled(common, "pyproject.toml", words),
        "README.md": _filled(common, "README.md", words),
        f"{source}/__init__.py": _filled(common, "__init__.py", words),
        f"{source}/py.typed": "",
        **{f"{source}/{module}.py": _filled(own, f"{module}.py", words) for module in modules},
        "tests/test_contract.py": _filled(own, "test_contract.py", words),
    }


def _quoted(*requirements: str) -> str:
    return ", ".join(f'"{requirement}"' for requirement in sorted(requirements))


def _filled(folder: Traversable, name: str, words: dict[str, str]) -> str:
    return Template((folder / f"{name}.tmpl").read_text(encoding="utf-8")).substitute(words)


def _write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
