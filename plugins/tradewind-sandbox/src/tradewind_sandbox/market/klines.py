"""Klines folded from prints or from shorter klines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from tradewind_sandbox.exchange.messages import KlineInput
from tradewind_sandbox.exchange.money import product
from tradewind_sandbox.market.intervals import begin_of, end_of


@attrs.define(kw_only=True)
class Growing:
    """
    One kline while it grows; amounts in units of 10^-8.

    Args:
        begin: Its open, milliseconds UTC.
        open: First price.
        high: Highest price.
        low: Lowest price.
        close: Last price.
        volume: Base quantity.
        quote: Quote amount.
        trades: How many prints.
        taker_base: Base quantity bought by takers.
        taker_quote: Quote amount bought by takers.
    """

    begin: int
    open: int
    high: int
    low: int
    close: int
    volume: int = 0
    quote: int = 0
    trades: int = 0
    taker_base: int = 0
    taker_quote: int = 0

    def take(self, price: int, quantity: int, *, maker_bought: bool) -> None:
        """Add one print; one without quantity only moves the price."""
        self.high = max(self.high, price)
        self.low = min(self.low, price)
        self.close = price
        if quantity:
            value = product(price, quantity)
            self.volume += quantity
            self.quote += value
            self.trades += 1
            if not maker_bought:
                self.taker_base += quantity
                self.taker_quote += value

    def absorb(self, later: Growing) -> None:
        """Add a shorter kline that lies inside this one and after what it holds."""
        self.high = max(self.high, later.high)
        self.low = min(self.low, later.low)
        self.close = later.close
        self.volume += later.volume
        self.quote += later.quote
        self.trades += later.trades
        self.taker_base += later.taker_base
        self.taker_quote += later.taker_quote

    def told(self, symbol: str, interval: str, *, closed: bool, silent: bool = False) -> KlineInput:
        """Return it as the exchange takes it."""
        return KlineInput(
            symbol=symbol,
            interval=interval,
            open_ms=self.begin,
            close_ms=end_of(interval, self.begin) - 1,
            open=self.open,
            high=self.high,
            low=self.low,
            close=self.close,
            volume=self.volume,
            quote_volume=self.quote,
            trades=self.trades,
            taker_base=self.taker_base,
            taker_quote=self.taker_quote,
            closed=closed,
            silent=silent,
        )


def fold(shorter: Iterable[Growing], interval: str) -> Iterator[Growing]:
    """Yield longer klines built from shorter ones that are in order and nest in them."""
    current: Growing | None = None
    for one in shorter:
        begin = begin_of(interval, one.begin)
        if current is not None and current.begin == begin:
            current.absorb(one)
            continue
        if current is not None:
            yield current
        current = attrs.evolve(one, begin=begin)
    if current is not None:
        yield current
