"""What a cached history holds: its months, what was asked of the source, and what was missing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import attrs

from tradewind.cache.key import Key
from tradewind.cache.month import DamagedError
from tradewind.cache.spans import Spans, intersect, union
from tradewind.model.gaps import Gap

MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1


@attrs.frozen(kw_only=True)
class Month:
    """
    One month's file.

    Args:
        file: Its name; it carries the start of the hash, so that a new version never replaces one that is being read.
        rows: Bars in it.
        first_ms: Open of its first bar, UTC milliseconds.
        last_ms: Open of its last bar, UTC milliseconds.
        sha256: Hash of the file.
        fetched_at_ms: When its newest bars were fetched, UTC milliseconds.
        holes: Missing spans between its bars, [start, end) in UTC milliseconds.
    """

    file: str
    rows: int
    first_ms: int
    last_ms: int
    sha256: str
    fetched_at_ms: int
    holes: Spans = ()


@attrs.frozen(kw_only=True)
class Manifest:
    """
    One history's table of contents.

    Args:
        key: What it is of.
        months: The files by month, such as `2024-05`.
        covered: Spans the source has answered for; what is missing inside does not exist.
        tail: (end, when) of the last question about the still-open end, UTC milliseconds.
    """

    key: Key
    months: Mapping[str, Month] = attrs.field(factory=dict)
    covered: Spans = attrs.field(converter=union, default=())
    tail: tuple[int, int] | None = None

    @property
    def rows(self) -> int:
        """Bars in all months."""
        return sum(month.rows for month in self.months.values())

    def gaps(self) -> tuple[Gap, ...]:
        """Return the runs of bars that the source was asked for and did not have, between bars it had."""
        step = self.key.timeframe.ms
        months = [month for _, month in sorted(self.months.items())]
        holes = [hole for month in months for hole in month.holes]
        holes += [(a.last_ms + step, b.first_ms) for a, b in pairwise(months)]
        return tuple(
            Gap(first_missing_ms=start, last_missing_ms=end - step, bars=(end - start) // step)
            for start, end in intersect(holes, self.covered)
            if end - start >= step
        )

    def to_bytes(self) -> bytes:
        """Return the manifest as JSON with a hash of itself."""
        body = {
            "format": _FORMAT,
            "source": self.key.source,
            "symbol": self.key.symbol,
            "timeframe": self.key.timeframe.name,
            "covered": self.covered,
            "tail": self.tail,
            "months": {name: attrs.asdict(month) for name, month in sorted(self.months.items())},
            "gaps": [attrs.astuple(gap) for gap in self.gaps()],
        }
        return json.dumps(body | {"sha256": _digest(body)}, indent=1).encode()


def _digest(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def read_manifest(path: Path, key: Key) -> Manifest | None:
    """
    Return the manifest, or None when there is none.

    Raises:
        DamagedError: When it is not what was written, or is of another history.
    """
    try:
        raw = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamagedError(f"it is no JSON: {error}") from error
    try:
        digest = raw.pop("sha256")
        if raw["format"] != _FORMAT or digest != _digest(raw):
            raise DamagedError("its hash or format is not the one it was written with")
        if (raw["source"], raw["symbol"], raw["timeframe"]) != (key.source, key.symbol, key.timeframe.name):
            raise DamagedError("it is of another history")
        return Manifest(
            key=key,
            months={name: _month(entry) for name, entry in raw["months"].items()},
            covered=[(start, end) for start, end in raw["covered"]],
            tail=None if raw["tail"] is None else (raw["tail"][0], raw["tail"][1]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise DamagedError(f"it lacks what a manifest has: {error}") from error


def _month(entry: Mapping[str, Any]) -> Month:
    return Month(**{**entry, "holes": tuple((start, end) for start, end in entry["holes"])})
