"""One bar out of a source's history: asked for when it must be there, and again when the answer cannot be all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import pandas as pd

from tradewind.errors import PLUGIN_FAULTS
from tradewind.live.clock import Clock
from tradewind.live.feed.candles import candles_of
from tradewind.live.feed.moment import Candle
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.timeframe import Timeframe

SETTLE_MS: Final = 2_000
"""How long after its close a bar that history shows is final."""
AGAIN_MS: Final = 8_000
"""Until so long after its close a bar that history does not show is looked for once more."""
AGAIN_S: Final = 2.0
"""After how long."""
LOOKS: Final = 3
"""How often it is looked for at most."""
ANSWER_S: Final = 5.0
"""How long an answer is waited for."""
_SILENCE: Final = TimeoutError.__name__

Ask = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Runs a call that blocks without blocking the loop."""


@attrs.frozen
class Looked:
    """
    What history says of one bar.

    Args:
        candle: The bar; None for none.
        trouble: Why it did not answer; empty when it did, and then the venue has no other bar.
        impossible: How often it said what cannot be.
    """

    candle: Candle | None
    trouble: str = ""
    impossible: int = 0

    @property
    def is_known(self) -> bool:
        """Whether history has answered."""
        return not self.trouble

    def is_doubtful(self, looks: int, *, recent: bool) -> bool:
        """Tell whether something can be gained by one more look, the so manieth."""
        if self.impossible:
            return self.impossible < 2
        return looks == 2 and (not self.is_known or (recent and self.candle is None))

    def then(self, again: Looked) -> Looked:
        """Return what is known after another look."""
        if not again.is_known:
            return self
        return attrs.evolve(again, impossible=self.impossible + again.impossible if again.impossible else 0)

    def settled(self) -> Looked:
        """Return what is believed in the end."""
        return Looked(None, "it said what cannot be") if self.impossible == 1 else self


class Lookup:
    """
    Looks bars up in a source's history.

    The code of a source is a plugin's: whatever it raises, and however long it takes, is an answer that was not given.

    Args:
        source: Has the history.
        instruments: Its pairs by symbol.
        market: The bars.
        clock: The venue's time.
        ask: Runs calls that block.
        note: Takes in what there is to tell, in words.
    """

    def __init__(
        self, source: Any, instruments: Mapping[str, Instrument], market: Timeframe,
        *, clock: Clock, ask: Ask, note: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._source = source
        self._instruments = instruments
        self._market = market
        self._clock = clock
        self._ask = ask
        self._note = note

    async def bars(self, names: Sequence[str], opened: int) -> dict[str, Looked]:
        """
        Return what history says of the bars of one open, by symbol, once they are final.

        A bar that closed a moment ago may not be there yet, an answer can be lost or garbled: then it asks twice.

        Args:
            names: The symbols.
            opened: The open, UTC milliseconds.
        """
        closes = opened + self._market.ms
        await self._until(closes + int(SETTLE_MS * self._clock.rate))
        found = await self._all(names, opened)
        for looks in range(2, LOOKS + 1):
            recent = self._clock.now_ms() <= closes + int(AGAIN_MS * self._clock.rate)
            unsure = [name for name, one in found.items() if one.is_doubtful(looks, recent=recent)]
            if not unsure:
                break
            await self._clock.sleep(AGAIN_S)
            for name, again in (await self._all(unsure, opened)).items():
                found[name] = found[name].then(again)
        # What is impossible is believed when it is said twice: that is what the venue has.
        found = {name: one.settled() for name, one in found.items()}
        for name, one in found.items():
            if not one.is_known:
                self._note(f"history did not answer for {name}: {one.trouble}")
        return found

    async def _until(self, time_ms: int) -> None:
        left_s = (time_ms - self._clock.now_ms()) / 1000.0 / self._clock.rate
        if left_s > 0.0:
            await self._clock.sleep(left_s)

    async def _all(self, names: Sequence[str], opened: int) -> dict[str, Looked]:
        """Ask for one bar after the other; who has not answered in time is asked nothing more."""
        found: dict[str, Looked] = {}
        silent = Looked(None)
        for name in names:
            found[name] = silent if silent.trouble == _SILENCE else await self._looked(name, opened)
            silent = found[name]
        return found

    async def _looked(self, name: str, opened: int) -> Looked:
        instrument = self._instruments[name]
        start, end = (pd.Timestamp(ms, unit="ms", tz="UTC") for ms in (opened, opened + self._market.ms))
        try:
            async with self._clock.timeout(ANSWER_S):
                frame = await self._ask(lambda: self._source.bars(instrument, self._market, start, end))
            found = candles_of(Bars.from_frame(frame, self._market))
        except PLUGIN_FAULTS as error:
            return Looked(None, type(error).__name__)
        candle = next((one for one in found if one.time == opened), None)
        return Looked(candle, impossible=int(candle is not None and not candle.is_sound))
