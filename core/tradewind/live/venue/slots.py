"""The kernel's slots, made anew from what the venue's ledger holds at every bar."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel.chain import unqueue
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.entries import EXPIRED, FILLED, take_over
from tradewind.kernel.fills import close_tranche, nearest_target
from tradewind.kernel.layout import FAR
from tradewind.kernel.memory import remember_close
from tradewind.kernel.phases import plan_bar
from tradewind.kernel.state import Rules, State
from tradewind.live.orders.holding import DeskEvent, Holding
from tradewind.live.position.account import OpenPosition, PlanRow, SlotKey
from tradewind.live.position.entry_plan import EntryPlan
from tradewind.live.position.positions import open_positions
from tradewind.live.position.reel import Reel
from tradewind.live.venue.books import VenueBooks
from tradewind.model.timeframe import Timeframe

Array = npt.NDArray[Any]

Recall = Callable[[Holding], EntryPlan | None]
"""Returns what the entry of a position fixed that an earlier process opened; None when nobody knows."""

_MOVED: Final = 0.99
"""A stop that is nearer to the entry than this part of its distance was trailed."""


class VenueSlots:
    """
    What each slot holds, by the ledger.

    Args:
        state: The kernel's state; its slots are changed.
        reel: The bars.
        rules: What orders are held to.
        keys: The slots.
        lots: The least quantity of each symbol that can be sold, in the feed's order: less is no position.
        timeframe: The strategies' bars.
        recall: Knows what entries of earlier processes fixed.
    """

    def __init__(
        self, state: State, reel: Reel, rules: Rules, keys: Sequence[SlotKey], *, lots: Sequence[Decimal],
        timeframe: Timeframe, recall: Recall,
    ) -> None:  # fmt: skip
        self._state = state
        self._reel = reel
        self._rules = rules
        self._keys = tuple(keys)
        self._lots = tuple(lots)
        self._timeframe = timeframe
        self._recall = recall
        self._chains: list[list[int]] = [[] for _ in keys]
        self._targets: list[dict[int, float]] = [{} for _ in keys]
        self._books = VenueBooks(keys)

    def follow(
        self, holdings: Sequence[Holding], events: Sequence[DeskEvent], rows: Sequence[PlanRow | None], i: int
    ) -> Array:
        """Make the slots what the ledger holds now; return the asks whose outcome became known."""
        self._books.hear(events)
        settled: list[int] = []
        for k, key in enumerate(self._keys):
            own = sorted(
                (one for one in holdings if (one.slot, one.symbol) == (key.name, key.symbol)),
                key=lambda one: (one.bar_open_ms, one.tranche),
            )
            held = [one for one in own if one.quantity >= self._lots[key.at]]
            slot = self._state.slots[k]
            self._drop(k, {one.chain_id for one in held}, i)
            if held and slot["side"] == 0:
                settled += self._enter(k, held, rows[k], i)
            elif not own and slot["wanted"] != 0:
                settled += self._miss(k, i)
            if held:
                self._measure(k, held)
        return self._reel.asks[settled].copy()

    def holds(self, holdings: Sequence[Holding]) -> list[Holding]:
        """Return those that a slot holds now."""
        held = {chain for chains in self._chains for chain in chains}
        return [one for one in holdings if one.chain_id in held]

    def reached(self, symbol: str, price: float) -> set[int]:
        """Return the chains on a symbol whose target a price has reached."""
        found = set()
        for key, slot, chains in zip(self._keys, self._state.slots, self._chains, strict=True):
            if key.symbol == symbol and slot["side"] != 0:
                found |= {chain for j, chain in enumerate(chains) if price >= float(slot["tranche_target"][j])}
        return found

    def loose(self, holdings: Sequence[Holding], prices: Mapping[str, Decimal]) -> Decimal:
        """Return what chains are worth that hold less than can be sold, quote units at these prices."""
        held = {one.chain_id for one in self.holds(holdings)}
        rest = [one for one in holdings if one.chain_id not in held]
        return sum((one.quantity * prices.get(one.symbol, one.average_entry) for one in rest), Decimal(0))

    def _row(self, k: int, i: int) -> int:
        return int(uncompiled(plan_bar)(self._reel.rows[self._keys[k].at, i]))

    def _enter(self, k: int, held: Sequence[Holding], row: PlanRow | None, i: int) -> list[int]:
        """Make a position of what was bought for the pending entry, or of what was found at a start."""
        state, slot = self._state, self._state.slots[k]
        state.account["positions"] += 1
        slot["position"] = state.account["positions"][0]
        slot["entry_time"] = min(one.entered_ms or one.opened_ms for one in held)
        slot["entry_row"] = max(0, self._row(k, i))
        slot["margin"] = 0.0
        price = _price(held)
        if slot["wanted"] != 0:
            return self._as_wanted(k, held, price)
        self._as_found(k, held, price, row, i)
        return []

    def _measure(self, k: int, held: Sequence[Holding]) -> None:
        """Make quantities, prices, fees and stop of a position those of the ledger, whichever parts it is made of."""
        slot = self._state.slots[k]
        slot["quantity"] = float(sum(one.quantity for one in held))
        slot["entry_price"] = _price(held)
        paid = sum(one.cost - one.average_entry * one.quantity for one in held)
        slot["entry_fee"] = max(0.0, float(paid))
        slot["tranches"] = len(held)
        for j, one in enumerate(held):
            slot["tranche_quantity"][j] = float(one.quantity)
            slot["tranche_target"][j] = self._targets[k].get(one.tranche, math.inf)
            slot["tranche_ambiguous"][j] = 0
            if one.stop_price is not None:
                slot["stop"] = max(float(slot["stop"]), float(one.stop_price))
            if one.chain_id not in self._chains[k]:
                self._books.place(one.chain_id, int(slot["position"]), k)
        slot["target"] = uncompiled(nearest_target)(slot)
        self._chains[k] = [one.chain_id for one in held]

    def _as_wanted(self, k: int, held: Sequence[Holding], price: float) -> list[int]:
        slot, instrument = self._state.slots[k], self._rules.instruments[self._keys[k].at]
        plan = EntryPlan.of_wanted(slot, instrument, float(slot["wanted_quantity"]), price)
        self._targets[k] = {n: plan.target(n, price) for n in range(len(plan.targets_r))}
        ask = int(slot["wanted_ask"])
        quantity = float(sum(one.quantity for one in held))
        uncompiled(take_over)(slot, instrument, quantity, price, int(slot["wanted"]))
        return self._answer(k, ask, FILLED)

    def _as_found(self, k: int, held: Sequence[Holding], price: float, row: PlanRow | None, i: int) -> None:
        """Adopt a position that an earlier process opened: its stop stands, its targets and its time go on."""
        slot = self._state.slots[k]
        stops = [float(one.stop_price) for one in held if one.stop_price is not None]
        stop = min(stops, default=-np.inf)
        plan = self._recall(held[0]) or self._guessed(row, price, stop)
        self._targets[k] = {one.tranche: plan.target(one.tranche, price) for one in held}
        slot["side"] = 1
        slot["mark"] = price
        slot["distance"] = plan.distance
        slot["stop"] = stop
        slot["trail_dist"] = plan.trail_dist
        slot["trail_arm_r"] = plan.trail_arm_r
        slot["trailed"] = int(stop > price - _MOVED * plan.distance)
        slot["entry_row"] = self._row(k, i) - self._rows_since(held[0], i)
        slot["last_row"] = slot["entry_row"] + plan.max_bars if plan.max_bars > 0 else FAR
        high, low = self._extremes(held, row, price)
        slot["best"] = slot["high"] = high
        slot["low"] = low
        slot["pending_exit"] = 0
        slot["pnl"] = slot["funding"] = slot["liquidation"] = 0.0
        account, order = self._state.account, self._state.order
        active = int(account["active"][0])
        if k not in order[0, :active]:
            order[0, : active + 1] = sorted([*order[0, :active].tolist(), k])
            account["active"] = active + 1

    @staticmethod
    def _guessed(row: PlanRow | None, price: float, stop: float) -> EntryPlan:
        """Return a plan for a position of whose entry nothing is known: no target, and the trail of the last row."""
        return EntryPlan(
            distance=price - stop if 0.0 < stop < price else price,
            targets_r=(),
            trail_dist=float(row.plan.trail_dist[0]) if row is not None else math.nan,
            trail_arm_r=float(row.plan.trail_arm_r[0]) if row is not None else 0.0,
        )

    def _rows_since(self, one: Holding, i: int) -> int:
        """Return how many rows lie between the one in which a position was entered and the one at hand."""
        now = self._timeframe.floor(int(self._reel.market.time[i]))
        return max(0, (now - one.bar_open_ms) // self._timeframe.ms - 1)

    def _extremes(self, held: Sequence[Holding], row: PlanRow | None, price: float) -> tuple[float, float]:
        if row is None:
            return price, price
        since = row.bars.time >= self._timeframe.floor(min(one.entered_ms or one.opened_ms for one in held))
        high = np.nanmax(row.bars.high[since], initial=price)
        return float(high), float(np.nanmin(row.bars.low[since], initial=price))

    def _miss(self, k: int, i: int) -> list[int]:
        """Settle an entry of which nothing is held: it expired, or was bought and sold again between two bars."""
        slot = self._state.slots[k]
        ask = int(slot["wanted_ask"])
        if not self._books.has_bought(k):
            return self._answer(k, ask, EXPIRED)
        ended = self._books.passed_by(k)
        if ended is not None:
            self._state.account["positions"] += 1
            slot["position"] = self._state.account["positions"][0]
            slot["entry_row"] = max(0, self._row(k, i))
            slot["entry_fee"] = slot["margin"] = 0.0
            instrument = self._rules.instruments[self._keys[k].at]
            uncompiled(take_over)(
                slot, instrument, float(ended["quantity"]), float(ended["entry_price"]), int(slot["wanted"])
            )
            slot["tranches"] = 1
            self._close(k, 0, i, float(ended["exit_price"]), int(ended["reason"]))
        return self._answer(k, ask, FILLED)

    def _answer(self, k: int, ask: int, outcome: int) -> list[int]:
        slot, account = self._state.slots[k], self._state.account
        slot["wanted"] = 0
        slot["wanted_kind"] = 0
        account["queued"] = uncompiled(unqueue)(self._state.order, int(account["queued"][0]), k)
        self._books.settled(k)
        if ask < 0:
            return []
        self._reel.asks[ask]["outcome"] = outcome
        return [ask]

    def _drop(self, k: int, living: set[int], i: int) -> None:
        """Close the tranches that are not held any more."""
        slot = self._state.slots[k]
        for j in range(len(self._chains[k]) - 1, -1, -1):
            chain = self._chains[k][j]
            if chain in living:
                continue
            price = self._books.price_of(chain)
            if price is None:
                price = float(slot["stop"]) if np.isfinite(slot["stop"]) else float(slot["mark"])
            reason = self._books.reason_of(chain, "trailing" if slot["trailed"] else "stop")
            self._books.left(chain, self._close(k, j, i, price, reason))
            del self._chains[k][j]

    def _close(self, k: int, j: int, i: int, price: float, reason: int) -> Any:
        """Close a tranche in the kernel, and return its record."""
        slot, records = self._state.slots[k], self._state.records
        instrument = self._rules.instruments[self._keys[k].at]
        uncompiled(close_tranche)(
            self._state.account[0], slot, instrument, records.fills, records.trades, j,
            int(self._reel.market.time[i]), self._row(k, i), price, instrument["taker"], reason, 0,
        )  # fmt: skip
        if slot["closed_by"] != 0:
            uncompiled(remember_close)(slot, self._rules.rules[0], self._state.stops, self._state.profits)
        return records.trades[self._state.account["trades"][0] - 1]

    def drained(self) -> tuple[Array, Array]:
        """Return the ledger's fills and trades since the last bar; the kernel's own are forgotten."""
        self._state.account["fills"] = 0
        self._state.account["trades"] = 0
        return self._books.drained()

    def positions(self) -> tuple[OpenPosition, ...]:
        """Return what is open, in slot order."""
        return open_positions(self._state, self._keys)


def _price(held: Sequence[Holding]) -> float:
    """Return what a unit of these cost on average, without commission, quote units."""
    return float(sum(one.average_entry * one.quantity for one in held)) / float(sum(one.quantity for one in held))
