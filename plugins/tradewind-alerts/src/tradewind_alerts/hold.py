"""What is not told at once: the same alert again, and how often it came meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tradewind_alerts.post import Post

_MOST: Final = 2_000


class Hold:
    """
    Lets an alert pass once in a while.

    Args:
        repeat_s: The same alert passes again after so long at the earliest, seconds.
        clock: A clock that only grows, seconds.
    """

    def __init__(self, repeat_s: float, clock: Callable[[], float]) -> None:
        self._repeat_s = repeat_s
        self._clock = clock
        self._passed: dict[tuple[str, str, str, str], float] = {}

    def passes(self, post: Post) -> bool:
        """Tell whether an alert is told now; one that is not is to be counted."""
        now = self._clock()
        # What is said of it is part of what it is: another reason for the same halt is news.
        what = (post.key, post.title, post.severity, post.text)
        last = self._passed.get(what)
        if last is not None and now - last < self._repeat_s:
            return False
        if len(self._passed) >= _MOST:
            self._passed = {key: at for key, at in self._passed.items() if now - at < self._repeat_s}
            while len(self._passed) >= _MOST:
                del self._passed[next(iter(self._passed))]
        self._passed.pop(what, None)
        self._passed[what] = now
        return True
