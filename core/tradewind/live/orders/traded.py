"""The symbols that are traded, by what the venue allows for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from tradewind.live.orders.bench import Bench
from tradewind.model.instrument import Instrument
from tradewind.plugins.protocols import Executor


class TradedSymbols:
    """
    The symbols of one desk.

    Args:
        bench: The desk's tools.
        executor: The way to the venue.
        symbols: The symbols that are to be traded.
        refused: Those that are not, and why.
    """

    def __init__(self, bench: Bench, executor: Executor, symbols: Sequence[str]) -> None:
        self._bench = bench
        self._executor = executor
        self.symbols = tuple(symbols)
        self.refused: dict[str, str] = {}

    async def read(self) -> None:
        """Read what the venue allows; a symbol that keeps no stops is not traded unless that was asked for."""
        bench = self._bench
        found = await bench.line.ask_until_told(partial(_instruments, symbols=self.symbols))
        bench.rules_doubted = False
        for symbol in self.symbols:
            if symbol not in found:
                self.refused[symbol] = "the venue does not trade it"
                continue
            caps = self._executor.capabilities(symbol)
            bench.instruments[symbol], bench.caps[symbol] = found[symbol], caps
            self.refused.pop(symbol, None)
            if not caps.stop_orders and not bench.rules.allow_unprotected:
                self.refused[symbol] = "the venue keeps no stops for it"
        for driver in bench.drivers.values():
            driver.dossier.instrument = bench.instruments[driver.dossier.chain.symbol]


async def _instruments(venue: Executor, *, symbols: Sequence[str]) -> Mapping[str, Instrument]:
    return await venue.instruments(symbols)
