"""The desk's duties: sign of life, audit, balances, clock and rules, each in its round."""

from __future__ import annotations

from typing import Final

from tradewind.live.orders.bench import Bench
from tradewind.live.orders.reconcile import Reconciliation
from tradewind.live.orders.rounds import Round
from tradewind.live.orders.traded import TradedSymbols
from tradewind.plugins.protocols import Executor

_CLOCK_JUMP_MS: Final = 1_000


class Duties:
    """
    The duties of one desk.

    Args:
        bench: The desk's tools.
        books: The comparison with the venue.
        traded: The symbols.
    """

    def __init__(self, bench: Bench, books: Reconciliation, traded: TradedSymbols) -> None:
        self._bench = bench
        self._books = books
        self._traded = traded

    def rounds(self) -> tuple[Round, ...]:
        """Return them as rounds."""
        rules = self._bench.rules
        return (
            Round("lease", rules.lease_s, self._show_life, retry_s=1.0),
            Round("line", 1.0, self._refresh),
            Round("audit", rules.audit_s, self.audit),
            Round("account", rules.account_s, self._books.compare_balances, retry_s=5.0),
            Round("clock", rules.clock_s, self._sync_clock),
            Round("rules", 3_600.0, self._traded.read, retry_s=60.0),
        )

    async def _show_life(self) -> None:
        bench = self._bench
        if bench.lease is not None:
            bench.lease = bench.journal.renew_lease(bench.lease, now_ms=bench.clock.now_ms())
            self._books.sync_halts()
            bench.write_halts()

    async def _refresh(self) -> None:
        self._bench.line.refresh()
        if self._bench.rules_doubted:
            await self._traded.read()

    async def audit(self) -> None:
        """Compare open orders and executions."""
        await self._books.audit()

    async def _sync_clock(self) -> None:
        bench = self._bench
        moved = await bench.clock.sync(self.server_time)
        if abs(moved) > _CLOCK_JUMP_MS:
            bench.trip("CLOCK", detail=f"the venue's clock moved by {moved} ms")
        else:
            bench.breakers.clear("CLOCK", by="engine")

    async def server_time(self) -> int:
        """Return the venue's time, UTC milliseconds."""
        return await self._bench.line.ask(_time)


async def _time(venue: Executor) -> int:
    return await venue.server_time()
