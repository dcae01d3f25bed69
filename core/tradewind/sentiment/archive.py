"""
What was known of a series and when: every value with the moment it was first seen, corrections beside it.

Nothing that was written is changed later. A value that a host sends otherwise than before is a row
of its own, known from the moment it was seen; so a backtest of last year has the values of last
year, whatever the host says of them today.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

import attrs
import numpy as np
import pandas as pd
import pyarrow as pa

from tradewind.cache.atomic import write_whole
from tradewind.cache.history import QUARANTINE
from tradewind.cache.lock import writing
from tradewind.cache.spans import Span, union
from tradewind.errors import DataError
from tradewind.sentiment.archive_file import (
    FOLDER,
    Archived,
    SeriesKey,
    decoded,
    encoded,
    file_name,
    manifest_of,
    nothing,
)
from tradewind.sentiment.daily import KNOWN_AT, Times, moments

MANIFEST: Final = "manifest.json"
TAKING_MS: Final = 5_000
"""So long after it was seen a value is in use at the latest: a session and a later look at it agree on the bar."""


@attrs.frozen
class SeriesArchive:
    """
    The archived series of a cache folder; any number of processes may read and write it.

    Args:
        root: The cache's folder.
    """

    root: Path = attrs.field(converter=Path)

    def keys(self) -> Iterator[SeriesKey]:
        """Yield every series that is there, in order."""
        for folder in sorted(self.root.glob(f"[!.]*/*/{FOLDER}/")):
            yield SeriesKey(source=unquote(folder.parent.parent.name), symbol=unquote(folder.parent.name))

    def read(self, key: SeriesKey) -> Archived:
        """
        Return a series; one without values when it is not there.

        Raises:
            DataError: TW-D010 when it is damaged.
        """
        folder = key.folder(self.root)
        for _ in range(5):
            try:
                manifest = json.loads((folder / MANIFEST).read_bytes())
                return decoded((folder / file_name(manifest["sha256"])).read_bytes(), manifest)
            except FileNotFoundError:
                if not (folder / MANIFEST).exists():
                    return nothing()
            except (ValueError, KeyError, TypeError, pa.ArrowException) as error:
                raise DataError(
                    f"the archive of the {key} is damaged: {str(error)[:200]}.",
                    code="TW-D010",
                    hint="`tradewind data repair` moves it aside; it is fetched anew.",
                ) from error
        raise DataError(f"the archive of the {key} lacks the file that it names.", code="TW-D010")

    def add(
        self,
        key: SeriesKey,
        answer: pd.DataFrame,
        span: Span,
        *,
        now_ms: int,
        settle_ms: int,
        live_from_ms: int | None,
        origin: str,
    ) -> Archived:
        """
        Take over what a source answered for a span, and return the series as it is then.

        A new value is known when the answer says. It is known only from when it was seen when it
        corrects another, when it had been asked for in vain, or when a session watched meanwhile: then
        it was not there before.

        Args:
            key: The series.
            answer: Float columns and `known_at`, indexed by event.
            span: What was asked for, UTC milliseconds.
            now_ms: When the answer had come, UTC milliseconds.
            settle_ms: For so long after its time a missing value may still come.
            live_from_ms: A session has watched since this moment; None for none.
            origin: Where the source says its values come from.

        Raises:
            DataError: TW-D010 when the archive is damaged, TW-D013 when it cannot be written.
        """
        folder = key.folder(self.root)
        try:
            with writing(self._lock(key)):
                merged = _merged(
                    self.read(key), answer, span, now_ms=now_ms, settle_ms=settle_ms, live_from_ms=live_from_ms
                )
                content = encoded(key, merged, origin)
                merged = attrs.evolve(merged, origin=origin, sha256=hashlib.sha256(content).hexdigest())
                folder.mkdir(parents=True, exist_ok=True)
                if not (folder / file_name(merged.sha256)).exists():
                    write_whole(folder / file_name(merged.sha256), content)
                write_whole(folder / MANIFEST, manifest_of(key, merged))
                for file in folder.glob("*.parquet"):
                    if file.name != file_name(merged.sha256):
                        file.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(
                f"the archive of the {key} cannot be written: {error.strerror or error}.",
                code="TW-D013",
                hint="Check the free space and the permissions of the cache folder, or name another one.",
            ) from error
        return merged

    def size(self, key: SeriesKey) -> int:
        """Return how many bytes a series takes."""
        folder = key.folder(self.root)
        return sum(file.stat().st_size for file in folder.iterdir()) if folder.is_dir() else 0

    def clear(self, key: SeriesKey) -> int:
        """Remove a series; return how many bytes that freed."""
        freed = self.size(key)
        folder = key.folder(self.root)
        with writing(self._lock(key)):
            for file in sorted(folder.iterdir(), key=lambda path: path.name != MANIFEST):
                file.unlink()
            with suppress(OSError):  # a folder that holds bars stays
                for empty in (folder, folder.parent, folder.parent.parent):
                    empty.rmdir()
        return freed

    def repair(self, key: SeriesKey) -> str:
        """Move a damaged series aside; return what was wrong, empty for nothing."""
        try:
            self.read(key)
        except DataError as error:
            folder = key.folder(self.root)
            target = key.folder(self.root / QUARANTINE)
            with writing(self._lock(key)):
                target.mkdir(parents=True, exist_ok=True)
                for file in folder.iterdir():
                    copies = len(list(target.glob(f"{file.name}*")))
                    file.rename(target / (f"{file.name}.{copies + 1}" if copies else file.name))
                folder.rmdir()
            return error.message
        return ""

    def _lock(self, key: SeriesKey) -> Path:
        return self.root / ".locks" / quote(key.source, safe="") / quote(key.symbol, safe="") / f"{FOLDER}.lock"


def _merged(
    old: Archived, answer: pd.DataFrame, span: Span, *, now_ms: int, settle_ms: int, live_from_ms: int | None
) -> Archived:
    names = [str(name) for name in answer.columns if name != KNOWN_AT]
    if len(old) and names != list(old.columns):
        raise ValueError(f"its columns are {', '.join(old.columns)}, those of the answer {', '.join(names)}")
    events, known = moments(answer.index), moments(pd.Index(answer[KNOWN_AT]))
    table = answer[names].to_numpy(dtype=np.float64)
    newest = {int(event): row for row, event in enumerate(old.event)}
    held = np.column_stack([old.columns[name] for name in names]) if len(old) else np.empty((0, len(names)))
    kept, known_from = [], []
    for row, (event, moment) in enumerate(zip(events.tolist(), known.tolist(), strict=True)):
        before = newest.get(event)
        if before is not None and np.array_equal(held[before], table[row], equal_nan=True):
            continue
        watched = live_from_ms is not None and moment >= live_from_ms
        late = before is not None or watched or any(start <= event < end for start, end in old.vain)
        kept.append(row)
        known_from.append(max(moment, now_ms + TAKING_MS) if late else moment)
    there = np.unique(np.concatenate([old.event, events]))
    covered = union((*old.covered, (span[0], min(span[1], now_ms - settle_ms))))
    asked_to = max(span[1], old.tail[0] if old.tail else 0)
    return Archived(
        event=np.concatenate([old.event, events[kept]]),
        known=np.concatenate([old.known, np.array(known_from, dtype=np.int64)]),
        seen=np.concatenate([old.seen, np.full(len(kept), now_ms, dtype=np.int64)]),
        columns={
            name: np.concatenate([old.columns.get(name, np.empty(0)), table[kept, at]]) for at, name in enumerate(names)
        },
        covered=covered,
        vain=union((*old.vain, *_absent(there, span, answer, now_ms))),
        tail=(asked_to, now_ms),
        fetched_at_ms=now_ms if kept else old.fetched_at_ms,
    )


def _absent(there: Times, span: Span, answer: pd.DataFrame, now_ms: int) -> Iterator[Span]:
    """Yield the days of a span that have no value though it would be known by now."""
    day = 86_400_000
    lag = int((moments(pd.Index(answer[KNOWN_AT])) - moments(answer.index)).min()) if len(answer) else 2 * day
    first = -(-max(span[0], int(there[0]) if len(there) else span[1]) // day) * day
    days = np.arange(first, max(first, min(span[1], now_ms - lag + 1)), day, dtype=np.int64)
    for event in days[~np.isin(days, there)].tolist():
        yield event, event + day
