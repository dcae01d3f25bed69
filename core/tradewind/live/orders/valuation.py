"""What the account is worth by the ledger, and what its losses are measured from."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from tradewind.errors import StoreError
from tradewind.live.orders.bench import Bench
from tradewind.live.orders.entrance import held, on_the_way
from tradewind.live.orders.holding import AccountState, DeskEventKind
from tradewind.live.orders.ledger import account_state, marks_of
from tradewind.store.accounts import AccountPoint
from tradewind.store.records import ZERO

_MINUTE_MS: Final = 60_000


class Valuation:
    """
    The valuation of one account.

    Args:
        bench: The desk's tools.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._kept_day = -1
        self._kept_ms = 0

    def _quotes(self) -> list[str]:
        return sorted({instrument.quote for instrument in self._bench.instruments.values()})

    def recall(self) -> None:
        """Let losses be measured from the peak and the day's start that earlier sessions saw."""
        bench = self._bench
        points = [
            point
            for session in bench.journal.sessions(bench.account)
            for point in bench.journal.account_points(session.id)
        ]
        transfers = bench.journal.foreign_transfers(bench.account)
        bench.marks = marks_of(points, transfers, self._quotes(), bench.journal.halts(bench.account))

    def state(self, prices: Mapping[str, Decimal], *, keep: bool) -> AccountState:
        """Return the account at these prices (by symbol); marks it, and writes the moment down when `keep`."""
        bench = self._bench
        now = bench.clock.now_ms()
        for symbol, price in prices.items():
            bench.saw(symbol, price, 0)  # better than none
        cash = sum((bench.cash(quote) for quote in self._quotes()), ZERO)
        value = held(bench, at=prices)
        bench.equity = cash + value
        bench.marks = bench.marks.after(bench.equity, now)
        state = account_state(cash=cash, values=(value,), on_the_way=on_the_way(bench), marks=bench.marks, now_ms=now)
        self._check_losses(state)
        if keep:
            self._keep(state)
        return state

    def _check_losses(self, state: AccountState) -> None:
        rules = self._bench.rules
        if state.day_start > 0 and state.day_start - state.equity >= rules.max_daily_loss * state.day_start:
            self._bench.trip("DAILY_LOSS", detail=f"{state.equity:f} of {state.day_start:f} at the day's start")
        if state.drawdown >= rules.max_drawdown:
            self._bench.trip("DRAWDOWN", detail=f"{state.equity:f} of {state.peak:f} at the peak")

    def _keep(self, state: AccountState) -> None:
        """Write the account's moment down once a minute, and at once when it sets a new mark of a day."""
        bench = self._bench
        rolled = bench.marks.day != self._kept_day
        if bench.lost is not None or (not rolled and state.time_ms < self._kept_ms + _MINUTE_MS):
            return
        point = AccountPoint(
            session_id=bench.session_id,
            timestamp=state.time_ms,
            balance=state.cash,
            equity=state.equity,
            drawdown=float(state.drawdown),
        )
        try:
            with bench.unit() as unit:
                unit.add_account_point(point)
        except StoreError as error:
            bench.emit(DeskEventKind.TROUBLE, error=str(error))
            return
        self._kept_day, self._kept_ms = bench.marks.day, state.time_ms
