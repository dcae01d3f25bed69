"""Which files hold which bars."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import attrs

from tradewind.api import DataError, Timeframe, UsageError, check_symbol
from tradewind_files.origin import Origin

_NAME: Final = re.compile(r"^(?P<symbol>.+?)[-_](?P<timeframe>[1-9][0-9]{0,3}[mhdw])(?:[-_](?P<rest>.*))?$")
_SUFFIXES: Final = (".csv", ".parquet")
_CONVENTION: Final = "market-data"
ENVIRONMENT: Final = "TRADEWIND_MARKET_DATA"
"""The environment variable that names a folder of price history."""


@attrs.frozen(kw_only=True)
class Found:
    """
    A file that by its name holds bars.

    Args:
        path: Where it lies.
        shown: Its path below the folder that was named, for messages.
        symbol: The pair.
        timeframe: The bar length.
    """

    path: Path
    shown: str
    symbol: str
    timeframe: Timeframe

    @property
    def version(self) -> tuple[str, int, int]:
        """
        What changes when the file does.

        Raises:
            DataError: TW-D007 when the file cannot be looked at.
        """
        try:
            facts = self.path.stat()
        except OSError as error:
            raise Origin(name=self.shown).unreadable(error) from error
        return (str(self.path), facts.st_mtime_ns, facts.st_size)


def usual_places(environment: Mapping[str, str], working_folder: Path) -> list[Path]:
    """
    Return the folders that are searched when none is named, in order.

    The folder in TRADEWIND_MARKET_DATA, when it is set, and no other. Else a folder named
    `market-data` in the working folder, in its `data` folder, beside it, or in a folder named
    `shared` beside it; last the folder `data` itself, whose samples would otherwise hide real
    history of the same pair.
    """
    named = environment.get(ENVIRONMENT, "")
    if named:
        return [Path(named)]
    parents = (".", "data", "..", "../shared")
    return [*(working_folder / parent / _CONVENTION for parent in parents), working_folder / "data"]


@attrs.frozen(kw_only=True)
class Place:
    """
    What a folder holds.

    Args:
        path: The folder, or the one file.
        files: Its files of bars.
        described: Files that describe pairs, by name.
    """

    path: Path
    files: tuple[Found, ...]
    described: Mapping[str, Path] = attrs.field(factory=dict)


def look_into(place: Path, *, max_files: int, descriptions: tuple[str, ...] = ()) -> Place:
    """
    Return what a folder and those below it hold, by names alone.

    `BTCUSDT-1h.parquet`, `BTCUSDT_1d.csv` and `BTCUSDT-1m-2024-05.csv` hold bars; the symbol may be
    percent-encoded. Names with `fullfields` after the timeframe, hidden folders, folders of a cache,
    and everything else are passed over.

    Args:
        place: A folder, or one file.
        max_files: Most files looked at.
        descriptions: Names of files that describe pairs.

    Raises:
        DataError: TW-D012 for more files than the limit.
    """
    if place.is_file():
        found = _named(place, place.name)
        return Place(path=place, files=() if found is None else (found,))
    files, described = [], {}
    for path in _walk(place, max_files):
        if path.name in descriptions:
            described[path.name] = path
        found = _named(path, path.relative_to(place).as_posix())
        if found is not None:
            files.append(found)
    return Place(path=place, files=tuple(sorted(files, key=lambda file: file.shown)), described=described)


def with_files_as_one(places: Sequence[Place]) -> list[Place]:
    """Return the places with all files that were named one by one as one place: they can be parts of one series."""
    alone = [place for place in places if place.path.is_file()]
    if len(alone) < 2:
        return list(places)
    one = Place(path=alone[0].path, files=tuple(file for place in alone for file in place.files))
    return [one if place is alone[0] else place for place in places if place is alone[0] or place not in alone]


def _walk(place: Path, max_files: int) -> Iterator[Path]:
    seen = 0
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        seen += len(files)
        if seen > max_files:
            raise DataError(
                f"there are more than {max_files:,} files in {place.name!r} and below.",
                code="TW-D012",
                hint="Name the folder that holds the price history, or raise sources.files.max_files.",
            )
        if "manifest.json" in files and any(name.endswith(".parquet") for name in files):
            continue
        for name in files:
            yield Path(folder, name)


def _named(path: Path, shown: str) -> Found | None:
    if path.suffix.lower() not in _SUFFIXES or path.name.startswith("."):
        return None
    match = _NAME.match(unquote(path.stem))
    if match is None or (match["rest"] or "").startswith("fullfields"):
        return None
    if path.exists() and not path.is_file():  # a pipe would be waited for without end
        return None
    try:
        symbol = check_symbol(match["symbol"])
    except UsageError:
        return None
    return Found(path=path, shown=shown, symbol=symbol, timeframe=Timeframe(match["timeframe"]))
