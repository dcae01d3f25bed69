"""What a look at the state of things finds: a level, one line, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import attrs


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"

    @property
    def exit_code(self) -> int:
        """0 when all is well, 1 for a warning, 2 for an error."""
        return list(Level).index(self)


@attrs.frozen(kw_only=True)
class Finding:
    """
    One thing that was looked at.

    Args:
        area: What was looked at, such as `engine` or `database`.
        level: How bad it is.
        text: What was found and what it means, one line.
        todo: What to do; empty when there is nothing to do.
    """

    area: str
    level: Level
    text: str
    todo: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return attrs.asdict(self) | {"level": self.level.value}


def good(area: str, text: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(area=area, level=Level.OK, text=text)


def warning(area: str, text: str, todo: str) -> Finding:
    """Return a finding that somebody should look at."""
    return Finding(area=area, level=Level.WARNING, text=text, todo=todo)


def bad(area: str, text: str, todo: str) -> Finding:
    """Return a finding that somebody must do something about."""
    return Finding(area=area, level=Level.ERROR, text=text, todo=todo)


def worst(findings: Iterable[Finding]) -> Level:
    """Return the worst level, `ok` without any finding."""
    return max((one.level for one in findings), key=lambda level: level.exit_code, default=Level.OK)
