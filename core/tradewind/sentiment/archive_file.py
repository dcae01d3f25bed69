"""One archived series as it lies in its folder: values, times and their manifest."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import attrs
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from tradewind.cache.spans import Spans
from tradewind.model.instrument import check_symbol
from tradewind.sentiment.daily import KNOWN_AT, Times, times

FOLDER: Final = "series"
"""The folder beside those of a pair's bars."""
SEEN_AT: Final = "seen_at"
_FORMAT: Final = 1


@attrs.frozen(kw_only=True)
class SeriesKey:
    """
    One archived series.

    Args:
        source: Who gave it.
        symbol: What it was asked for.
    """

    source: str
    symbol: str = attrs.field(converter=check_symbol)

    def __str__(self) -> str:
        return f"{self.symbol} series from {self.source}"

    def folder(self, root: Path) -> Path:
        """Return where it lies."""
        return root / quote(self.source, safe="") / quote(self.symbol, safe="") / FOLDER


@attrs.frozen(kw_only=True)
class Archived:
    """
    A series as it is archived.

    Args:
        event: What each value is of, UTC milliseconds.
        known: When it could first be used.
        seen: When it was first seen here.
        columns: The values.
        covered: Spans that need not be asked for again.
        vain: Spans that were asked for after their values should have been there, and were not.
        tail: (up to where, when) was asked last, UTC milliseconds.
        fetched_at_ms: When the newest value was seen.
        origin: Where the source says its values come from.
        sha256: Hash of the file; empty before the first.
    """

    event: Times
    known: Times
    seen: Times
    columns: Mapping[str, Any]
    covered: Spans = ()
    vain: Spans = ()
    tail: tuple[int, int] | None = None
    fetched_at_ms: int = 0
    origin: str = ""
    sha256: str = ""

    def __len__(self) -> int:
        return len(self.event)

    @property
    def corrections(self) -> int:
        """How many values replaced another one of their time."""
        return len(self.event) - len(np.unique(self.event))

    def frame(self, start_ms: int, end_ms: int) -> pd.DataFrame:
        """Return the values of [start, end), corrections included, in order of knowledge."""
        kept = np.flatnonzero((self.event >= start_ms) & (self.event < end_ms))
        kept = kept[np.lexsort((self.event[kept], self.known[kept]))]
        values: dict[str, Any] = {name: column[kept] for name, column in self.columns.items()}
        return pd.DataFrame({**values, KNOWN_AT: times(self.known[kept])}, index=times(self.event[kept], "time"))


def nothing(columns: tuple[str, ...] = ()) -> Archived:
    """Return an archive of no values."""
    none = np.empty(0, dtype=np.int64)
    return Archived(event=none, known=none, seen=none, columns={name: np.empty(0) for name in columns})


def file_name(sha256: str) -> str:
    """Return the name of the file with this hash."""
    return f"values-{sha256[:16]}.parquet"


def encoded(key: SeriesKey, archived: Archived, origin: str) -> bytes:
    """Return the values as Parquet."""
    stamps = {"event": archived.event, KNOWN_AT: archived.known, SEEN_AT: archived.seen}
    table = pa.table(
        {name: pa.array(values).cast(pa.timestamp("ms", "UTC")) for name, values in stamps.items()}
        | {name: pa.array(values) for name, values in archived.columns.items()}
    )
    notes = {"source": key.source, "symbol": key.symbol, "origin": origin}
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"tradewind": json.dumps(notes)}), sink, compression="zstd")
    return sink.getvalue()


def manifest_of(key: SeriesKey, archived: Archived) -> bytes:
    """Return the manifest as JSON."""
    body = {
        "format": _FORMAT,
        "source": key.source,
        "symbol": key.symbol,
        "origin": archived.origin,
        "columns": list(archived.columns),
        "rows": len(archived),
        "corrections": archived.corrections,
        "covered": archived.covered,
        "vain": archived.vain,
        "tail": archived.tail,
        "fetched_at_ms": archived.fetched_at_ms,
        "sha256": archived.sha256,
    }
    return json.dumps(body, indent=1).encode()


def decoded(content: bytes, manifest: Mapping[str, Any]) -> Archived:
    """Return what was written; raise ValueError, KeyError or TypeError when it is something else."""
    if manifest["format"] != _FORMAT or hashlib.sha256(content).hexdigest() != manifest["sha256"]:
        raise ValueError("its hash or format is not the one it was written with")
    table = pq.read_table(io.BytesIO(content))
    stamps = [np.asarray(table[name].cast(pa.int64()).to_numpy()) for name in ("event", KNOWN_AT, SEEN_AT)]
    tail = manifest["tail"]
    return Archived(
        event=stamps[0],
        known=stamps[1],
        seen=stamps[2],
        columns={str(name): table[str(name)].to_numpy() for name in manifest["columns"]},
        covered=tuple((int(a), int(b)) for a, b in manifest["covered"]),
        vain=tuple((int(a), int(b)) for a, b in manifest["vain"]),
        tail=None if tail is None else (int(tail[0]), int(tail[1])),
        fetched_at_ms=int(manifest["fetched_at_ms"]),
        origin=str(manifest["origin"]),
        sha256=str(manifest["sha256"]),
    )
