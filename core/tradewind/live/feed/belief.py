"""Which bars are believed: those that go on from the bar before, or that history tells as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tradewind.backtest.tables import iso_time
from tradewind.live.clock import Clock
from tradewind.live.feed.candles import candles_of
from tradewind.live.feed.lookup import AGAIN_S, Lookup
from tradewind.live.feed.moment import Candle
from tradewind.model.bars import Bars

REVISIONS: Final = 3
"""Changes of final bars within a day after which no entry is decided on a feed."""
DAY_MS: Final = 86_400_000
WITNESSES: Final = 2
"""How often history is asked about a price that moved further than is likely."""
_REMEMBERED: Final = 64


class Belief:
    """
    What a feed has told of each symbol, and what it may tell next.

    Args:
        before: Bars that closed before the first one to tell, by symbol: the newest comes last.
        lookup: Asks history.
        clock: The venue's time.
        most: Change of price within one bar that needs a second look, a fraction.
        note: Takes in what there is to tell, in words.
    """

    def __init__(
        self, before: Mapping[str, Sequence[Bars]], *, lookup: Lookup, clock: Clock, most: float,
        note: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._lookup = lookup
        self._clock = clock
        self._most = most
        self._note = note
        self._told: dict[str, deque[Candle]] = {name: deque(maxlen=_REMEMBERED) for name in before}
        self._sound = {name: _newest(parts) for name, parts in before.items()}
        self._revised: deque[int] = deque()

    def told(self, name: str, candle: Candle | None) -> None:
        """Take note of what was told."""
        if candle is not None:
            self._told[name].append(candle)
            if candle.is_sound:
                self._sound[name] = candle

    def known(self, name: str, time: int) -> Candle | None:
        """Return the bar of this open that was told lately; None for none."""
        return next((old for old in self._told[name] if old.time == time), None)

    def compare(self, name: str, old: Candle, new: Candle) -> None:
        """Take note of a bar that was final and comes again, otherwise."""
        if old[:6] == new[:6]:
            return
        self._revised.append(self._clock.now_ms())
        self._note(f"REVISED: the bar of {name} at {iso_time(new.time)} closed at {old.close:g}, then at {new.close:g}")

    def too_many_revisions(self) -> bool:
        """Tell whether more final bars were changed within a day than are borne."""
        now = self._clock.now_ms()
        while self._revised and now - self._revised[0] > DAY_MS:
            self._revised.popleft()
        return len(self._revised) > REVISIONS

    def is_likely(self, name: str, candle: Candle) -> bool:
        """Tell whether none of a bar's prices lies too far from the close before it."""
        before = self._sound[name]
        return before is None or _apart(candle, before.close) <= self._most

    async def believed(self, name: str, candle: Candle | None) -> tuple[Candle | None, bool]:
        """
        Return the bar that is believed, and whether it is in doubt.

        One whose price moved further than is likely is told only as history tells it: what nobody
        confirms is no bar.
        """
        before = self._sound[name]
        if candle is None or before is None or not candle.is_sound or self.is_likely(name, candle):
            return candle, False
        moved = f"{name} moved from {before.close:g} to {candle.close:g}"
        said = [candle]
        for _ in range(WITNESSES):
            again = (await self._lookup.bars([name], candle.time))[name].candle
            if again is None or not again.is_sound:
                break
            if again[:6] == candle[:6]:
                self._note(f"{moved}, and history says so too")
                return candle, False
            agree = any(again[:6] == one[:6] or _apart(again, one.close) <= self._most for one in said)
            if agree or self.is_likely(name, again):
                self._note(f"SUSPECT_PRICE: {moved}, history says {again.close:g}")
                return again, True
            said.append(again)
            await self._clock.sleep(AGAIN_S)
        self._note(f"SUSPECT_PRICE: {moved} (between {candle.low:g} and {candle.high:g}), and nobody confirms it")
        return None, True


def _apart(candle: Candle, price: float) -> float:
    """Return how far the farthest price of a bar lies from another price, a fraction of that."""
    return max(candle.high / price - 1.0, 1.0 - candle.low / price)


def _newest(parts: Sequence[Bars]) -> Candle | None:
    """Return the newest bar that can be traded on."""
    for bars in reversed(parts):
        for candle in reversed(candles_of(bars.rows(max(0, len(bars) - _REMEMBERED), len(bars)))):
            if candle.is_sound:
                return candle
    return None
