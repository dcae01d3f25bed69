"""What a watchdog is, and those that look at the engine: late timers, and bars that do not end."""

from __future__ import annotations

from typing import Final, Protocol

import attrs

from tradewind.live.engine import Engine

LAG_MS: Final = 500.0
"""A timer of the event loop that is later than this is told of."""
STUCK_MS: Final = 5_000.0
"""One that is later than this stops entries, for a minute after the last such one."""
LASTS_S: Final = 60.0
MOMENT_S: Final = 10.0
"""How long carrying out one bar may take before somebody is told."""


@attrs.frozen(kw_only=True)
class Trouble:
    """
    Something that is not as it should be.

    Args:
        text: What, in words.
        todo: What a person can do about it.
        stops_entries: Nothing is entered while it lasts; stops and exits go on.
    """

    text: str
    todo: str
    stops_entries: bool = False


class Watchdog(Protocol):
    """Looks at one thing, about once a second."""

    name: str

    def look(self, now_s: float) -> Trouble | None:
        """Return what is wrong, None when nothing is; `now_s` is the monotonic clock, seconds."""
        ...


@attrs.define(kw_only=True)
class LoopLag:
    """
    Timers of the event loop that come late: something holds it up.

    Args:
        lag_ms: How late is told of.
        stuck_ms: How late stops entries.
    """

    name = "event loop"
    lag_ms: float = LAG_MS
    stuck_ms: float = STUCK_MS
    _late: float = attrs.field(default=0.0, init=False)
    _until_s: float = attrs.field(default=0.0, init=False)

    def take(self, late_ms: float, now_s: float) -> None:
        """Take note of how late a timer was."""
        if late_ms >= self.lag_ms:
            self._late = max(late_ms, self._late if now_s < self._until_s else 0.0)
            self._until_s = now_s + LASTS_S

    def look(self, now_s: float) -> Trouble | None:
        """Tell of the longest lag of the last minute."""
        if now_s >= self._until_s:
            return None
        return Trouble(
            text=f"the event loop was held up for {self._late / 1000.0:,.1f} s",
            todo="Give the session more processor time: stop what else runs on this machine.",
            stops_entries=self._late >= self.stuck_ms,
        )


@attrs.define(kw_only=True)
class LongMoment:
    """
    A bar that is being carried out for too long: a strategy, the journal or the venue does not come back.

    Args:
        engine: The engine.
        most_s: How long one may take.
    """

    name = "bar under way"
    engine: Engine
    most_s: float = MOMENT_S

    def look(self, now_s: float) -> Trouble | None:
        """Tell of the moment that is under way."""
        begun = self.engine.under_way_ns
        if begun is None or now_s - begun / 1e9 < self.most_s:
            return None
        return Trouble(
            text=f"one bar has been under way for {now_s - begun / 1e9:,.0f} s",
            todo="A strategy hangs, or the disk does. Stops rest; `tradewind stop` ends the session after the bar.",
        )
