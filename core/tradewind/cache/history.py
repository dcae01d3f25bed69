"""The files of one cached history."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.cache.atomic import TEMPORARY, write_whole
from tradewind.cache.key import Key
from tradewind.cache.manifest import MANIFEST, Manifest, Month, read_manifest
from tradewind.cache.month import DamagedError, decode_into, encode, month_of, month_span, rescue
from tradewind.cache.spans import Spans, subtract, union
from tradewind.model.bars import FIELDS, Bars
from tradewind.model.gaps import find_gaps
from tradewind.model.timeframe import Timeframe

QUARANTINE: Final = ".quarantine"
"""The folder of files that were found damaged, below the cache's own."""

_READERS: Final = 4


@attrs.frozen(kw_only=True)
class Damage:
    """
    A file of the cache that does not hold what was written.

    Args:
        key: The history it belongs to.
        file: Its name.
        cause: What is wrong with it.
    """

    key: Key
    file: str
    cause: str


@attrs.frozen(kw_only=True)
class History:
    """
    The folder of one history: its manifest and its months.

    Args:
        root: The cache's folder.
        key: What the history is of.
    """

    root: Path
    key: Key

    @property
    def folder(self) -> Path:
        """Where its files lie."""
        return self.key.folder(self.root)

    @property
    def lock(self) -> Path:
        """The file that is locked while the history is written."""
        folder = self.key.folder(self.root / ".locks")
        return folder.with_name(f"{folder.name}.lock")

    def manifest(self) -> Manifest | None:
        """Return the manifest, or None when there is none; raise DamagedError when it is not what was written."""
        return read_manifest(self.folder / MANIFEST, self.key)

    def load(self, months: Iterable[Month]) -> tuple[Bars, tuple[Damage, ...]]:
        """
        Return the bars of these months and the files found damaged, whose bars are left out.

        Raises:
            FileNotFoundError: When a file is not there.
        """
        wanted = list(months)
        offsets = np.cumsum([0, *(month.rows for month in wanted)]).tolist()
        columns = _columns(offsets[-1])

        def load(place: int) -> str:
            part = {name: values[offsets[place] : offsets[place + 1]] for name, values in columns.items()}
            return self._fill(wanted[place], part)

        if len(wanted) > 1:
            with ThreadPoolExecutor(_READERS, thread_name_prefix="tradewind-cache") as pool:
                causes = list(pool.map(load, range(len(wanted))))
        else:
            causes = [load(place) for place in range(len(wanted))]
        faults = [(month, cause) for month, cause in zip(wanted, causes, strict=True) if cause]
        if faults:
            keep = np.repeat([not cause for cause in causes], [month.rows for month in wanted])
            columns = {name: values[keep] for name, values in columns.items()}
        damage = tuple(Damage(key=self.key, file=month.file, cause=cause) for month, cause in faults)
        return bars_of(self.key.timeframe, columns), damage

    def fault(self, month: Month) -> str:
        """Return what is wrong with a month's file, in words; empty when it is whole."""
        try:
            return self._fill(month, _columns(month.rows))
        except FileNotFoundError:
            return "it is missing"

    def _fill(self, month: Month, columns: Mapping[str, npt.NDArray[Any]]) -> str:
        try:
            decode_into((self.folder / month.file).read_bytes(), month.sha256, columns)
        except DamagedError as error:
            return str(error)
        return ""

    def write_month(self, name: str, bars: Bars, covered: Spans, fetched_at_ms: int) -> Month:
        """Write one month's bars beside its older version and return its entry for the manifest."""
        key = self.key
        notes = {
            "source": key.source,
            "symbol": key.symbol,
            "timeframe": key.timeframe.name,
            "fetched_at_ms": fetched_at_ms,
            "covered": covered,
        }
        encoded = encode(bars, notes)
        entry = _entry(f"{name}-{encoded.sha256[:8]}.parquet", bars, encoded.sha256, fetched_at_ms)
        write_whole(self.folder / entry.file, encoded.content)
        return entry

    def write_manifest(self, manifest: Manifest) -> None:
        """Make a manifest the one in force, then remove the files it no longer names."""
        write_whole(self.folder / MANIFEST, manifest.to_bytes())
        keep = {month.file for month in manifest.months.values()}
        for file in self.folder.iterdir():
            if file.name.startswith(TEMPORARY) or (file.suffix == ".parquet" and file.name not in keep):
                file.unlink(missing_ok=True)

    def rescued(self) -> tuple[Manifest, tuple[Damage, ...]]:
        """Make a manifest from the months that are whole; return it and the files that are not."""
        months: dict[str, Month] = {}
        covered: Spans = ()
        damage: list[Damage] = []
        for file in sorted(self.folder.glob("[!.]*.parquet"), key=lambda path: path.stat().st_mtime_ns):
            try:
                entry, spans = self._rescue(file)
            except (DamagedError, KeyError, TypeError, ValueError) as error:
                damage.append(Damage(key=self.key, file=file.name, cause=str(error)))
                continue
            name = month_of(entry.first_ms)
            months[name] = entry
            covered = union((*subtract(covered, [month_span(name)]), *spans))
        return Manifest(key=self.key, months=months, covered=covered), tuple(damage)

    def _rescue(self, file: Path) -> tuple[Month, Spans]:
        content = file.read_bytes()
        bars, notes = rescue(content, self.key.timeframe)
        if (notes["source"], notes["symbol"], notes["timeframe"]) != (
            self.key.source,
            self.key.symbol,
            self.key.timeframe.name,
        ):
            raise DamagedError("it is of another history")
        entry = _entry(file.name, bars, hashlib.sha256(content).hexdigest(), int(notes["fetched_at_ms"]))
        if file.name != f"{month_of(entry.first_ms)}-{entry.sha256[:8]}.parquet":
            raise DamagedError("its name does not carry its hash")
        return entry, tuple((start, end) for start, end in notes["covered"])

    def quarantine(self, name: str) -> None:
        """Move a file out of the way, keeping it for a look."""
        file = self.folder / name
        if not file.exists():
            return
        target = self.key.folder(self.root / QUARANTINE)
        target.mkdir(parents=True, exist_ok=True)
        place, copy = target / name, 1
        while place.exists():
            copy += 1
            place = target / f"{name}.{copy}"
        file.rename(place)


def bars_of(timeframe: Timeframe, columns: Mapping[str, npt.NDArray[Any]]) -> Bars:
    """Return bars over these columns, which can no longer be written to."""
    for values in columns.values():
        values.flags.writeable = False
    return Bars(timeframe=timeframe, **columns)


def _columns(rows: int) -> dict[str, npt.NDArray[Any]]:
    columns: dict[str, npt.NDArray[Any]] = {name: np.empty(rows, dtype=np.float64) for name in FIELDS}
    return {"time": np.empty(rows, dtype=np.int64)} | columns


def _entry(file: str, bars: Bars, sha256: str, fetched_at_ms: int) -> Month:
    if not len(bars):
        raise DamagedError("it holds no bars")
    step = bars.timeframe.ms
    gaps = find_gaps(bars.time, bars.timeframe)
    return Month(
        file=file,
        rows=len(bars),
        first_ms=int(bars.time[0]),
        last_ms=int(bars.time[-1]),
        sha256=sha256,
        fetched_at_ms=fetched_at_ms,
        holes=tuple((gap.first_missing_ms, gap.last_missing_ms + step) for gap in gaps),
    )
