"""Ask a strategy for one row, within the time that it has."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from tradewind.errors import LiveError
from tradewind.live.position.account import PlanRow
from tradewind.live.strategy.seat import Seat


class Asking:
    """
    Asks strategies, one at a time, in a thread of their own.

    Args:
        budget_s: How long a strategy may take for one row; None asks in the caller's thread, without a limit.
    """

    def __init__(self, budget_s: float | None) -> None:
        self._budget_s = budget_s
        self._pool: ThreadPoolExecutor | None = None

    async def row(self, seat: Seat, veto: str) -> PlanRow:
        """
        Return what a seat's strategy says of the newest row.

        Raises:
            LiveError: TW-L011 when it takes longer than it has.
            Exception: Whatever the strategy raises.
        """
        if self._budget_s is None:
            return seat.decider.row(veto=veto)
        if self._pool is None:
            self._pool = ThreadPoolExecutor(1, thread_name_prefix="tradewind-strategies")
        work = asyncio.get_running_loop().run_in_executor(self._pool, lambda: seat.decider.row(veto=veto))
        try:
            return await asyncio.wait_for(asyncio.shield(work), self._budget_s)
        except TimeoutError:
            # The thread cannot be ended from outside: it is left behind, and others go on in a new one.
            work.add_done_callback(lambda late: late.exception())
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            raise LiveError(
                f"{seat.strategy} took longer than {self._budget_s:g} s for one bar of {seat.key.symbol}.",
                code="TW-L011",
                hint="Its slot takes no entries until it is exchanged or the session is started again.",
            ) from None

    def close(self) -> None:
        """Wait for nobody any more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
