"""The source `synthetic`: seeded made-up markets."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

import attrs
import numpy as np
from pandas import DataFrame, Timestamp

from tradewind.api import Bars, DataError, Instrument, Timeframe, check_symbol, resample
from tradewind_synthetic.days import make_days
from tradewind_synthetic.minutes import DAY_MS, Market
from tradewind_synthetic.settings import SyntheticConfig

_PRICES: Final = {"BTCUSDT": 20_000.0, "ETHUSDT": 1_500.0, "BNBUSDT": 300.0, "SOLUSDT": 50.0, "XRPUSDT": 0.5}
_OTHER_PRICE: Final = 100.0
_BLOCK_DAYS: Final = 84
"""So many days are made at once: minutes take memory, the longer bars built from them do not."""


@attrs.define(eq=False)
class SyntheticSource:
    """
    Bars of markets that never were, the same in every process and for every range asked.

    Minutes are made day by day from a counter-based generator; every longer bar is built from them.

    Args:
        config: The settings.
    """

    config: SyntheticConfig = attrs.field(factory=SyntheticConfig)
    _markets: dict[str, Market] = attrs.field(factory=dict, init=False)

    @cached_property
    def span(self) -> tuple[int, int]:
        """The first moment and the moment after the last, UTC milliseconds."""
        return _day_ms(self.config.first), _day_ms(self.config.last)

    def instruments(self) -> Sequence[Instrument]:
        """Return the pairs of the settings; tick and lot step are those their prices and volumes are rounded to."""
        return [
            Instrument(
                symbol=symbol,
                tick_size=Decimal(1).scaleb(-self._digits(symbol)),
                lot_step=Decimal("0.00001"),
                min_qty=Decimal("0.00001"),
                min_notional=Decimal(5),
            )
            for symbol in self.config.symbols
        ]

    def available(self, symbol: str) -> Mapping[Timeframe, tuple[int, int]]:
        """
        Return what runs should know of: the finest timeframe of the settings over the whole span.

        Raises:
            DataError: TW-D001 for a pair that is not in the settings.
        """
        self._market(symbol)
        finest = Timeframe(self.config.finest)
        first, last = self.span
        return {finest: (finest.ceil(first), finest.floor(last))}

    def bars(self, instrument: Instrument, timeframe: Timeframe, start: Timestamp, end: Timestamp) -> DataFrame:
        """
        Return closed bars of [start, end), indexed by open time (UTC).

        Beside the five fields there is `partial`: the bar lost minutes to an outage.

        Raises:
            DataError: TW-D001 for a pair that is not in the settings.
        """
        market, length = self._market(check_symbol(instrument.symbol)), Timeframe(str(timeframe))
        first, last = self.span
        begin = max(length.ceil(_ms(start)), length.ceil(first))
        stop = min(length.ceil(_ms(end)), length.floor(last))
        parts = [self._block(market, length, a, b) for a, b in _blocks(begin, stop, length)]
        bars = _joined(parts, length)
        return bars.to_frame().assign(partial=bars.partial)

    def _block(self, market: Market, length: Timeframe, begin: int, stop: int) -> Bars:
        first, last = (begin - market.first_ms) // DAY_MS, -((market.first_ms - stop) // DAY_MS)
        minutes = market.minutes(first, last).between(begin, stop)
        return resample(minutes, length, until_ms=stop)

    def _market(self, symbol: str) -> Market:
        if symbol not in self.config.symbols:
            raise DataError(
                f"there is no synthetic market {symbol!r}.",
                code="TW-D001",
                hint=f"There is: {', '.join(self.config.symbols)}. Add it to sources.synthetic.symbols.",
                symbol=symbol,
            )
        if symbol not in self._markets:
            first, last = self.span
            price = self._start_price(symbol)
            self._markets[symbol] = Market(
                seed=self.config.seed,
                symbol=symbol,
                first_ms=first,
                digits=self._digits(symbol),
                typical_price=price,
                days=make_days(self.config, symbol, (last - first) // DAY_MS, price),
            )
        return self._markets[symbol]

    def _start_price(self, symbol: str) -> float:
        return self.config.start_price or _PRICES.get(symbol, _OTHER_PRICE)

    def _digits(self, symbol: str) -> int:
        return min(8, max(2, 4 - math.floor(math.log10(self._start_price(symbol)))))


def _blocks(begin: int, stop: int, length: Timeframe) -> Iterator[tuple[int, int]]:
    step = max(1, _BLOCK_DAYS * DAY_MS // length.ms) * length.ms
    for start in range(begin, stop, step):
        yield start, min(start + step, stop)


def _joined(parts: Sequence[Bars], length: Timeframe) -> Bars:
    names = ("time", "open", "high", "low", "close", "volume", "partial")
    if not parts:
        columns: dict[str, Any] = {name: np.empty(0) for name in names}
        return Bars(timeframe=length, **(columns | {"time": np.empty(0, np.int64), "partial": np.empty(0, np.bool_)}))
    return Bars(timeframe=length, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _day_ms(day: str) -> int:
    return int(np.datetime64(day, "ms").astype(np.int64))


def _ms(moment: Timestamp) -> int:
    stamp = Timestamp(moment)
    zoned = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp
    micros = int(zoned.tz_convert("UTC").as_unit("us").asm8.astype(np.int64))
    # a moment inside a millisecond is after the bar that opens with it
    return -(-micros // 1000)
