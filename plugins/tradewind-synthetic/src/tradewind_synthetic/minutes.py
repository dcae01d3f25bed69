"""Minute bars between the daily opens."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.api import Bars, Timeframe
from tradewind_synthetic.days import Days
from tradewind_synthetic.draws import generator

Floats = npt.NDArray[np.float64]

DAY_MS: Final = 86_400_000
_DAY: Final = 1440
_WICK: Final = 0.5
_VOLUME: Final = 400_000.0
"""Value traded in a common minute, quote units."""

_LOT_DIGITS: Final = 3


@attrs.frozen(kw_only=True)
class Market:
    """
    One pair.

    Args:
        seed: The market's seed.
        symbol: The pair.
        first_ms: Open of day 0, UTC milliseconds.
        digits: Decimals of a price.
        typical_price: What the volume is scaled by, quote units.
        days: Its daily skeleton.
    """

    seed: int
    symbol: str
    first_ms: int
    digits: int
    typical_price: float
    days: Days

    def minutes(self, first_day: int, end_day: int) -> Bars:
        """
        Return the minute bars of whole days.

        Within a day the log price is a Brownian bridge from the day's open to the next one's, with
        steps where it jumps. A bar opens where the one before closed; its wicks reach beyond both by
        half-normal draws. Prices are rounded to the tick, volume to the lot.

        Args:
            first_day: The first day, counted from 0.
            end_day: The day after the last.
        """
        path = self._path(first_day, end_day)
        shape = (end_day - first_day, _DAY)
        wick, noise = np.empty((2, *shape)), np.empty(shape)
        for row in range(shape[0]):
            draws = generator(self.seed, self.symbol, "bars", block=first_day + row).standard_normal((3, _DAY))
            wick[:, row], noise[row] = draws[:2], draws[2]
        sigma = self.days.sigma[first_day:end_day, np.newaxis] / np.sqrt(_DAY)
        tick = 10.0**-self.digits
        opens = np.maximum(np.round(np.exp(path[:, :-1]), self.digits), tick)
        closes = np.maximum(np.round(np.exp(path[:, 1:]), self.digits), tick)
        top, bottom = np.maximum(opens, closes), np.minimum(opens, closes)
        highs = np.maximum(np.round(top * np.exp(np.abs(wick[0]) * sigma * _WICK), self.digits), top)
        lows = np.round(bottom * np.exp(-np.abs(wick[1]) * sigma * _WICK), self.digits)
        lows = np.minimum(np.maximum(lows, tick), bottom)
        liveliness = np.exp(0.6 * noise) * (0.5 + 25.0 * sigma * np.sqrt(_DAY))
        volume = np.round(_VOLUME / self.typical_price * liveliness, _LOT_DIGITS) + 10.0**-_LOT_DIGITS
        return self._bars(first_day, opens, highs, lows, closes, np.round(volume, _LOT_DIGITS))

    def _path(self, first_day: int, end_day: int) -> Floats:
        days = self.days
        steps = np.empty((end_day - first_day, _DAY))
        for row in range(len(steps)):
            steps[row] = generator(self.seed, self.symbol, "path", block=first_day + row).standard_normal(_DAY)
        walk = np.cumsum(steps, axis=1) / np.sqrt(_DAY) * days.sigma[first_day:end_day, np.newaxis]
        share = np.arange(1, _DAY + 1) / _DAY
        jump, minute = days.jump[first_day:end_day], days.jump_minute[first_day:end_day]
        jumped = np.zeros_like(walk)
        for place in range(jump.shape[1]):
            jumped += np.where(np.arange(_DAY) >= minute[:, place : place + 1], jump[:, place : place + 1], 0.0)
        start = days.opens[first_day:end_day, np.newaxis]
        smooth = days.opens[first_day + 1 : end_day + 1, np.newaxis] - start - jump.sum(axis=1)[:, np.newaxis]
        bridge = start + walk - share * walk[:, -1:] + share * smooth + jumped
        # the day ends exactly where the next one opens
        bridge[:, -1] = days.opens[first_day + 1 : end_day + 1]
        return np.concatenate((start, bridge), axis=1)

    def _bars(self, first_day: int, *columns: Floats) -> Bars:
        count = columns[0].size
        minute = first_day * _DAY + np.arange(count)
        keep = np.ones(count, dtype=np.bool_)
        for start, end in zip(self.days.outage_start, self.days.outage_end, strict=True):
            keep[max(0, start - minute[0]) : max(0, end - minute[0])] = False
        names = ("open", "high", "low", "close", "volume")
        arrays: dict[str, Any] = {name: column.ravel()[keep] for name, column in zip(names, columns, strict=True)}
        for values in arrays.values():
            values.flags.writeable = False
        return Bars(timeframe=Timeframe("1m"), time=self.first_ms + minute[keep] * 60_000, **arrays)
