"""What the engine needs of an account, on paper or at a venue."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import attrs
import numpy.typing as npt

from tradewind.live.feed.moment import Moment
from tradewind.model.bars import Bars
from tradewind.model.plan import Plan

Array = npt.NDArray[Any]


@attrs.frozen(kw_only=True)
class SlotKey:
    """
    A strategy's place on one symbol.

    Args:
        name: The place's name: the strategy's, also after another one took it over.
        symbol: The pair.
        at: Which symbol of the feed.
        priority: Who goes first among entries of one moment, lower first.
    """

    name: str
    symbol: str
    at: int
    priority: int = 0


@attrs.frozen(kw_only=True, eq=False)
class PlanRow:
    """
    What a strategy, after its risk policies, says at the close of one row.

    Args:
        plan: The plan's one row.
        bars: The bars that it was made on, the row's own the last.
        inputs_hash: Their SHA-256.
        degraded: Why it is not what the strategy said; empty when it is.
        frame: The features it was made of, the row's own the last; None when nothing was asked.
    """

    plan: Plan
    bars: Bars
    inputs_hash: str
    degraded: str = ""
    frame: Any = None

    @property
    def features(self) -> dict[str, float]:
        """What is known of the row's features, by name; unknown values are left out."""
        if self.frame is None:
            return {}
        last = {str(name): float(self.frame[name].array[-1]) for name in self.frame.columns}
        return {name: value for name, value in last.items() if math.isfinite(value)}


@attrs.frozen(kw_only=True, eq=False)
class Step:
    """
    What one moment did to an account.

    Args:
        moment: The moment.
        equity: At its close, quote units.
        cash: The same.
        exposure: Notional of all positions, the same.
        drawdown: Fall from the peak, a fraction.
        fills: `FILL` records of the moment, in order.
        trades: `TRADE` records of tranches closed, in order.
        decided: Copies of the `ASK` records that were decided now, in order of decision.
        settled: Copies of earlier ones whose outcome became known now.
        halts: Breakers that stand after it, by name.
        positions: What is open after it, in slot order.
    """

    moment: Moment
    equity: float
    cash: float
    exposure: float
    drawdown: float
    fills: Array
    trades: Array
    decided: Array
    settled: Array
    halts: tuple[str, ...]
    positions: tuple[OpenPosition, ...]


@attrs.frozen(kw_only=True)
class OpenPosition:
    """
    A position as the engine tells of it.

    Args:
        slot: Whose it is.
        position: Its number.
        side: +1 long, −1 short.
        quantity: Base units.
        entry_time: Open of the bar it was entered in, UTC milliseconds.
        entry_price: Quote units.
        mark: The last good close.
        stop: Where it is protected; None for no stop.
    """

    slot: SlotKey
    position: int
    side: int
    quantity: float
    entry_time: int
    entry_price: float
    mark: float
    stop: float | None

    @property
    def unrealised_pnl(self) -> float:
        """Profit at the mark, before the exit's fees, quote units."""
        return self.side * (self.mark - self.entry_price) * self.quantity


class Account(Protocol):
    """
    An account that strategies trade on.

    One implementation keeps it in the kernel and lets the fill model carry orders out; the other keeps
    it at a venue, rebuilds the kernel's state from the ledger at every bar, and takes only its decisions.
    """

    slots: tuple[SlotKey, ...]

    async def step(self, moment: Moment, rows: Sequence[PlanRow | None]) -> Step:
        """
        Carry one moment out: what was pending, stops and targets, then exits, then entries.

        Args:
            moment: What closed.
            rows: What each slot's strategy says, None where no row ended.
        """
        ...

    def positions(self) -> tuple[OpenPosition, ...]:
        """Return what is open, in slot order."""
        ...

    async def pause(self) -> None:
        """Take no entries until `resume`."""
        ...

    async def resume(self, breaker: str) -> bool:
        """Clear a breaker by name, `OPERATOR` for a pause; False when it does not stand."""
        ...

    async def flatten(self, slot: int | None = None) -> None:
        """Close the positions of a slot, or all, as soon as something trades; all includes a pause."""
        ...

    def halts(self) -> tuple[str, ...]:
        """Return the breakers that stand, by name."""
        ...
