"""A bar length, its grid in UTC milliseconds, and how lengths nest."""

from __future__ import annotations

import re
from functools import total_ordering
from typing import Final

import attrs

from tradewind.errors import UsageError

_UNITS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_FORM: Final = re.compile(r"^([1-9][0-9]{0,3})([mhdw])$")
_MONDAY_MS: Final = 4 * 86_400_000
"""1970-01-01 was a Thursday; weeks start on Monday, four days later."""


@total_ordering
@attrs.frozen(repr=False, order=False)
class Timeframe:
    """
    The length of a bar.

    Args:
        name: A count and a unit, such as `1m`, `4h`, `1d` or `1w`.

    Raises:
        UsageError: TW-U002 when the name has another form. `1M` is refused in words:
            months are not a fixed length, and a minute is `1m`.
    """

    name: str
    ms: int = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        match = _FORM.match(self.name)
        if match is None:
            hint = "Write a count and one of m, h, d, w: 1m, 5m, 15m, 1h, 4h, 1d, 1w."
            if re.fullmatch(r"[0-9]*M", self.name):
                hint = f"A month has no fixed length and is not traded; for minutes write {self.name.lower()!r}."
            raise UsageError(
                f"the timeframe was {self.name!r}, expected something like '4h'.",
                code="TW-U002",
                hint=hint,
                timeframe=self.name,
            )
        count, unit = match.groups()
        object.__setattr__(self, "ms", int(count) * _UNITS[unit])

    def __repr__(self) -> str:
        return f"Timeframe({self.name!r})"

    def __str__(self) -> str:
        return self.name

    def __lt__(self, other: Timeframe) -> bool:
        return self.ms < other.ms

    @property
    def origin_ms(self) -> int:
        """The start of one bar of the grid: Monday for weeks, the epoch for all else."""
        return _MONDAY_MS if self.ms % _UNITS["w"] == 0 else 0

    def floor(self, time_ms: int) -> int:
        """Return the open of the bar that holds this moment (UTC milliseconds)."""
        return time_ms - (time_ms - self.origin_ms) % self.ms

    def ceil(self, time_ms: int) -> int:
        """Return the first bar open at or after this moment (UTC milliseconds)."""
        return -(-(time_ms - self.origin_ms) // self.ms) * self.ms + self.origin_ms

    def nests_in(self, longer: Timeframe) -> bool:
        """Tell whether bars of this length fill bars of the longer one without remainder."""
        return longer.ms % self.ms == 0 and (longer.origin_ms - self.origin_ms) % self.ms == 0
