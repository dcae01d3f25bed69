"""One thing of a session that people must hear of, and what lasts."""

from __future__ import annotations

from enum import StrEnum

import attrs


class Severity(StrEnum):
    """How urgent an alert is."""

    INFO = "info"
    """Good to know."""
    WARNING = "warning"
    """Somebody should look."""
    CRITICAL = "critical"
    """Somebody must look now: money is less protected, or nothing is traded any more."""


@attrs.frozen(kw_only=True)
class Alert:
    """
    One thing that people must hear of.

    Args:
        severity: How urgent it is.
        title: What happened, a few words.
        text: The facts, one line.
        todo: What to do; empty when there is nothing to do.
        key: What it is about: the same thing has the same key.
    """

    severity: Severity
    title: str
    text: str
    todo: str = ""
    key: str = ""

    def facts(self) -> dict[str, str]:
        """Return the alert as the facts of an event."""
        return attrs.asdict(self) | {"severity": self.severity.value}


class Lasting:
    """What has begun and is not over: it is told when it begins and when it ends, and not in between."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def begin(self, key: str, time_ms: int) -> bool:
        """Take note that something lasts; tell whether it is new."""
        if key in self._since:
            return False
        self._since[key] = time_ms
        return True

    def end(self, key: str, time_ms: int) -> float | None:
        """Take note that it is over; return how long it lasted in seconds, None when it was not known."""
        begun = self._since.pop(key, None)
        return None if begun is None else max(0, time_ms - begun) / 1000.0


def over(key: str, title: str, took_s: float) -> Alert:
    """Return the alert that something is over."""
    return Alert(severity=Severity.INFO, title=title, text=f"It took {took_s:.0f} s.", key=key)
