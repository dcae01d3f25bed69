"""The cache: histories as months of Parquet, read whole or found damaged, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import numpy as np

from tradewind.cache.history import Damage, History, bars_of
from tradewind.cache.key import Key, keys_in
from tradewind.cache.lock import writing
from tradewind.cache.manifest import MANIFEST, Manifest, Month
from tradewind.cache.month import DamagedError, month_span, months_between, split
from tradewind.cache.spans import Span, intersect, subtract, union
from tradewind.errors import DataError
from tradewind.model.bars import FIELDS, Bars

_TRIES: Final = 5


@attrs.frozen
class BarCache:
    """
    A folder of cached histories; any number of processes may read and write it at once.

    Args:
        root: The folder; it is made at the first write.
    """

    root: Path = attrs.field(converter=Path)

    def histories(self) -> list[Key]:
        """Return every history that is there."""
        return [key for key in keys_in(self.root) if any(key.folder(self.root).iterdir())]

    def manifest(self, key: Key) -> Manifest:
        """
        Return what a history holds; an empty manifest when it is not there.

        Raises:
            DataError: TW-D010 when the manifest is damaged; `repair` makes it again.
        """
        try:
            found = self._history(key).manifest()
        except DamagedError as error:
            raise DataError(
                f"the cache's manifest of {key} is damaged: {error}.",
                code="TW-D010",
                hint="`tradewind data repair` makes it again from the months that are whole.",
            ) from error
        return found if found is not None else Manifest(key=key)

    def read(self, key: Key, start_ms: int, end_ms: int) -> tuple[Bars, tuple[Damage, ...]]:
        """
        Return the cached bars that open in [start, end), and the files found damaged on the way.

        Every month is checked against its hash. A damaged one is left out; nothing is changed.

        Raises:
            DataError: TW-D010 for a damaged manifest, TW-D013 when the files keep changing.
        """
        history = self._history(key)
        names = set(months_between(start_ms, end_ms)) if end_ms - start_ms < _CENTURY_MS else None
        for _ in range(_TRIES):
            manifest = self.manifest(key)
            wanted = [month for name, month in sorted(manifest.months.items()) if names is None or name in names]
            try:
                bars, damage = history.load(wanted)
            except FileNotFoundError:
                if self.manifest(key) != manifest:
                    continue  # another process has replaced a month by its newer version
                there = [month for month in wanted if (history.folder / month.file).exists()]
                bars, damage = history.load(there)
                damage += tuple(Damage(key=key, file=m.file, cause="it is missing") for m in wanted if m not in there)
            return bars.between(start_ms, end_ms), damage
        raise DataError(f"the cache of {key} kept changing while it was read.", code="TW-D013", hint="Try again.")

    def write(self, key: Key, bars: Bars, span: Span, *, fetched_at_ms: int, asked_to_ms: int | None = None) -> None:
        """
        Store what a source answered for a span.

        Its bars replace those cached for the same times; cached bars that it lacks stay.

        Args:
            key: Whose bars.
            bars: The answer; bars outside the span are left out.
            span: What the answer is final for, [start, end) in UTC milliseconds.
            fetched_at_ms: When it was asked, UTC milliseconds.
            asked_to_ms: Up to where it was asked, when that is later than the span: the open end.

        Raises:
            DataError: TW-D013 when the folder cannot be written; the cache is as before.
        """
        fresh = dict(split(bars.between(*span)))
        with self._writing(key) as history:
            manifest = self._manifest_to_write(history)
            months, covered = dict(manifest.months), manifest.covered
            for name, part in fresh.items():
                old = months.get(name)
                merged = part
                if old is not None:
                    cached = self._whole(history, old)
                    if cached is None:
                        history.quarantine(old.file)
                        covered = subtract(covered, [month_span(name)])
                    else:
                        merged = _merged(cached, part)
                known = intersect(union((*covered, span)), [month_span(name)])
                months[name] = history.write_month(name, merged, known, fetched_at_ms)
            tail = manifest.tail if asked_to_ms is None else (asked_to_ms, fetched_at_ms)
            history.write_manifest(Manifest(key=key, months=months, covered=(*covered, span), tail=tail))

    def check(self, key: Key) -> tuple[Damage, ...]:
        """Return what is damaged in a history, changing nothing."""
        history = self._history(key)
        try:
            manifest = history.manifest()
        except DamagedError as error:
            return (Damage(key=key, file=MANIFEST, cause=str(error)),)
        if manifest is None:
            return (Damage(key=key, file=MANIFEST, cause="it is missing"),)
        faults = [(month.file, history.fault(month)) for _, month in sorted(manifest.months.items())]
        return tuple(Damage(key=key, file=file, cause=cause) for file, cause in faults if cause)

    def repair(self, key: Key) -> tuple[Damage, ...]:
        """
        Move damaged files to the quarantine, so that their spans count as not yet fetched.

        A damaged or lost manifest is made again from the months that are whole.

        Returns:
            What was damaged.

        Raises:
            DataError: TW-D013 when the folder cannot be written.
        """
        with self._writing(key) as history:
            found = list(self.check(key))
            bad = {damage.file for damage in found}
            if MANIFEST in bad:
                history.quarantine(MANIFEST)
                manifest, lost = history.rescued()
                found += lost
            else:
                manifest = self.manifest(key)
            broken = {name for name, month in manifest.months.items() if month.file in bad}
            for damage in found:
                history.quarantine(damage.file)
            if found:
                history.write_manifest(
                    attrs.evolve(
                        manifest,
                        months={name: month for name, month in manifest.months.items() if name not in broken},
                        covered=subtract(manifest.covered, map(month_span, broken)),
                    )
                )
        return tuple(found)

    def clear(self, key: Key) -> int:
        """
        Remove a history; return how many bytes that freed.

        Raises:
            DataError: TW-D013 when the folder cannot be written.
        """
        freed = self.size(key)
        with self._writing(key) as history:
            # months go before the manifest: what a crash leaves behind is then found missing, not rescued
            for file in sorted(history.folder.iterdir(), key=lambda path: path.name == MANIFEST):
                file.unlink()
            with suppress(OSError):  # a folder that holds another history stays
                for folder in (history.folder, history.folder.parent, history.folder.parent.parent):
                    folder.rmdir()
        return freed

    def size(self, key: Key) -> int:
        """Return how many bytes a history takes."""
        folder = key.folder(self.root)
        return sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0

    def _history(self, key: Key) -> History:
        return History(root=self.root, key=key)

    @contextmanager
    def _writing(self, key: Key) -> Iterator[History]:
        history = self._history(key)
        try:
            with writing(history.lock):
                history.folder.mkdir(parents=True, exist_ok=True)
                yield history
        except OSError as error:
            raise DataError(
                f"the cache of {key} cannot be written: {error.strerror or error}.",
                code="TW-D013",
                hint="Check the free space and the permissions of the cache folder, or name another one.",
            ) from error

    def _manifest_to_write(self, history: History) -> Manifest:
        try:
            found = history.manifest()
        except DamagedError:
            history.quarantine(MANIFEST)
            found = None
        if found is None:
            found, damaged = history.rescued()
            for damage in damaged:
                history.quarantine(damage.file)
        return found

    def _whole(self, history: History, month: Month) -> Bars | None:
        try:
            bars, damage = history.load([month])
        except FileNotFoundError:
            return None
        return None if damage else bars


_CENTURY_MS: Final = 100 * 366 * 86_400_000


def _merged(cached: Bars, fresh: Bars) -> Bars:
    kept = cached.where(~np.isin(cached.time, fresh.time))
    joined = {name: np.concatenate([getattr(part, name) for part in (kept, fresh)]) for name in ("time", *FIELDS)}
    order = np.argsort(joined["time"], kind="stable")
    return bars_of(cached.timeframe, {name: values[order] for name, values in joined.items()})
