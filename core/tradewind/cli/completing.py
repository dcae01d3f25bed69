"""What a shell can complete: names that are there. Everything here is light, and answers with nothing when in doubt."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

_SETTINGS: Final = Path("tradewind.toml")
_FOLDERS: Final = ("market-data", "data")
_MOST_FILES: Final = 2_000
_LARGEST: Final = 1_000_000
_FILE: Final = re.compile(r"^([A-Z0-9]{4,20})[-_]\d{1,4}[mhdw]\b.*\.(csv|parquet)$")
TIMEFRAMES: Final = ("1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w")


def strategies(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the strategies that are installed, and Python files: `my_idea.py:MyStrategy` runs as well."""
    found = _matching(offered("strategies"), incomplete)
    if not found or "/" in incomplete or incomplete.endswith(".py"):
        found.append(CompletionItem(incomplete, type="file"))
    return found


def sources(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the sources of bars that are installed, and the embedded sample."""
    return _matching(offered("data_sources", "bars") | {"sample": "The embedded synthetic sample."}, incomplete)


def symbols(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the pairs of the settings file, and those that price files here are named after."""
    wanted = incomplete.upper()
    return [CompletionItem(symbol) for symbol in sorted(set(_symbols())) if symbol.startswith(wanted)]


def timeframes(_: click.Context, __: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return the usual bar lengths, shortest first."""
    return [CompletionItem(name) for name in TIMEFRAMES if name.startswith(incomplete)]


def offered(kind: str, provides: str = "") -> dict[str, str]:
    """Return what loaded plugins offer of a kind, with its summary; nothing when they cannot be loaded."""
    from tradewind.plugins.catalog import load_catalog

    with suppress(Exception):  # a shell has no place for an error's words
        return {
            entry.name: entry.spec.summary
            for entry in load_catalog().entries(kind)
            if not provides or provides in getattr(entry.spec, "provides", ())
        }
    return {}


def _matching(names: Mapping[str, str], incomplete: str) -> list[CompletionItem]:
    wanted = incomplete.replace("-", "_")
    return [
        CompletionItem(name, help=summary)
        for name, summary in names.items()
        if name.replace("-", "_").startswith(wanted)
    ]


def _symbols() -> Iterator[str]:
    yield "BTCUSDT"
    settings = _settings()
    named = settings.get("symbols", ())
    if isinstance(named, list):
        yield from (symbol for symbol in named if isinstance(symbol, str))
    folders = [settings.get("market_data"), os.environ.get("TRADEWIND_MARKET_DATA"), *_FOLDERS]
    yield from _named_files(Path(folder) for folder in folders if isinstance(folder, str) and folder)


def _settings() -> dict[str, Any]:
    with suppress(OSError, ValueError):
        if _SETTINGS.stat().st_size <= _LARGEST:
            return tomllib.loads(_SETTINGS.read_text(encoding="utf-8"))
    return {}


def _named_files(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            for _, entry in zip(range(_MOST_FILES), entries, strict=False):
                match = _FILE.match(entry.name)
                if match:
                    yield match.group(1)
