"""
The ledger: what every execution and every transfer did to every asset, exact to the last unit.

Equity is cash and what chains hold; coins of others on the account count for nothing. Deposits and
withdrawals of the quote asset move the peak and the day's start along, so that they are neither profit
nor loss.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

import attrs

from tradewind.live.orders.holding import AccountState
from tradewind.model.instrument import Instrument
from tradewind.model.orders import Side
from tradewind.store.accounts import AccountPoint
from tradewind.store.journal import Unit
from tradewind.store.records import ZERO, Fill, ForeignTransfer, Halt, LedgerEntry

DAY_MS: Final = 86_400_000


def postings(fill: Fill, instrument: Instrument) -> tuple[LedgerEntry, ...]:
    """Return what an execution does to each asset; legs of nothing are left out."""
    sign = 1 if fill.side is Side.BUY else -1
    legs = (
        ("base", instrument.base, sign * fill.qty),
        ("quote", instrument.quote, -sign * fill.quote_qty),
        ("commission", fill.commission_asset, -fill.commission),
    )
    return tuple(
        LedgerEntry(
            account_fp=fill.account_fp,
            asset=asset,
            delta=delta,
            cause="fill",
            symbol=fill.symbol,
            ref=str(fill.trade_id),
            leg=leg,
            chain_id=fill.chain_id,
            time_ms=fill.time_ms,
        )
        for leg, asset, delta in legs
        if delta != 0
    )


def fee_in_quote(fill: Fill, instrument: Instrument) -> Decimal:
    """Return what an execution's commission is worth, quote units; a third coin's counts nothing."""
    prices = {instrument.quote: Decimal(1), instrument.base: fill.price}
    return fill.commission * prices.get(fill.commission_asset, ZERO)


def post_fill(unit: Unit, fill: Fill, instrument: Instrument) -> bool:
    """Write an execution and its changes; return False when it was there already."""
    if not unit.add_fill(fill):
        return False
    for entry in postings(fill, instrument):
        unit.post(entry)
    return True


def post_transfer(unit: Unit, transfer: ForeignTransfer) -> bool:
    """Write a transfer and its change; return False when it was there already."""
    if not unit.add_foreign_transfer(transfer):
        return False
    unit.post(
        LedgerEntry(
            account_fp=transfer.account_fp,
            asset=transfer.asset,
            delta=transfer.delta,
            cause="transfer",
            ref=transfer.transfer_id,
            leg="transfer",
            time_ms=transfer.time_ms,
        )
    )
    return True


@attrs.frozen(kw_only=True)
class Marks:
    """
    What the loss limits are measured from, quote units.

    Args:
        peak: Highest equity so far.
        day_start: Equity when the day began.
        day: The day, counted from 1970-01-01 UTC; it never goes back.
    """

    peak: Decimal = ZERO
    day_start: Decimal = ZERO
    day: int = -1

    def after(self, equity: Decimal, now_ms: int) -> Marks:
        """Return the marks after a look at the equity: one roll for each day, even if the clock goes back."""
        day = now_ms // DAY_MS
        rolls = day > self.day
        return Marks(
            peak=max(self.peak, equity) if self.day >= 0 else equity,
            day_start=equity if rolls else self.day_start,
            day=day if rolls else self.day,
        )

    def accepted(self, breaker: str, equity: Decimal) -> Marks:
        """Return the marks after a person has cleared a breaker: who clears it accepts the loss behind it."""
        if breaker == "DRAWDOWN":
            return attrs.evolve(self, peak=equity)
        return attrs.evolve(self, day_start=equity) if breaker == "DAILY_LOSS" else self

    def moved(self, delta: Decimal) -> Marks:
        """Return the marks after a deposit or a withdrawal."""
        if self.day < 0:
            return self
        return attrs.evolve(self, peak=self.peak + delta, day_start=self.day_start + delta)


def marks_of(
    points: Iterable[AccountPoint],
    transfers: Iterable[ForeignTransfer],
    quotes: Iterable[str],
    halts: Iterable[Halt] = (),
) -> Marks:
    """
    Return the marks that a history leads to: deposits are no profit, and a loss that a person accepted is none.

    Args:
        points: Moments of the account, oldest first.
        transfers: What came and went without trades, oldest first.
        quotes: The assets that equity is counted in.
        halts: Breakers that were raised; those of losses that were cleared move the marks.
    """
    accepted = sorted((halt.cleared_ms, halt.breaker) for halt in halts if halt.cleared_ms is not None)
    counted = tuple(quotes)
    flows = [transfer for transfer in transfers if transfer.asset in counted]
    marks, taken = Marks(), 0
    for point in points:
        while taken < len(flows) and flows[taken].time_ms <= point.timestamp:
            marks = marks.moved(flows[taken].delta)
            taken += 1
        while accepted and accepted[0][0] <= point.timestamp:
            marks = marks.accepted(accepted.pop(0)[1], point.equity)
        marks = marks.after(point.equity, point.timestamp)
    for transfer in flows[taken:]:
        marks = marks.moved(transfer.delta)
    return marks


def account_state(
    *, cash: Decimal, values: Iterable[Decimal], on_the_way: Decimal, marks: Marks, now_ms: int
) -> AccountState:
    """
    Return the account.

    Args:
        cash: Quote units by the ledger.
        values: What each position is worth.
        on_the_way: Notional of entries that may still buy.
        marks: What losses are measured from, this equity seen.
        now_ms: Venue time.
    """
    held = sum(values, ZERO)
    equity = cash + held
    fall = (marks.peak - equity) / marks.peak if marks.peak > 0 else ZERO
    return AccountState(
        cash=cash,
        equity=equity,
        peak=marks.peak,
        day_start=marks.day_start,
        drawdown=max(fall, ZERO),
        exposure=held + on_the_way,
        time_ms=now_ms,
    )
