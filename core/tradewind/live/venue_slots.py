"""The kernel's slots, kept in step with what the venue's ledger holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel.chain import unqueue
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.entries import EXPIRED, FILLED, take_over
from tradewind.kernel.fills import close_tranche, nearest_target, write_fill
from tradewind.kernel.layout import FAR
from tradewind.kernel.memory import remember_close
from tradewind.kernel.phases import plan_bar
from tradewind.kernel.state import Rules, State
from tradewind.live.account import OpenPosition, PlanRow, SlotKey
from tradewind.live.holding import DeskEvent, DeskEventKind, Holding
from tradewind.live.positions import open_positions
from tradewind.live.reel import Reel
from tradewind.model.decisions import EXIT_CODES
from tradewind.model.orders import Side

Array = npt.NDArray[Any]

_REASONS: Final = {"operator": EXIT_CODES["halt"]} | EXIT_CODES


class VenueSlots:
    """
    What each slot holds, by the ledger.

    Args:
        state: The kernel's state; its slots are changed.
        reel: The bars.
        rules: What orders are held to.
        keys: The slots.
    """

    def __init__(self, state: State, reel: Reel, rules: Rules, keys: Sequence[SlotKey]) -> None:
        self._state = state
        self._reel = reel
        self._rules = rules
        self._keys = tuple(keys)
        self._chains: list[list[int]] = [[] for _ in keys]
        self._sold: dict[int, float] = {}
        self._why: dict[int, str] = {}

    def follow(
        self, holdings: Sequence[Holding], events: Sequence[DeskEvent], rows: Sequence[PlanRow | None], i: int
    ) -> Array:
        """Take over what was bought and sold since the last bar; return the asks whose outcome became known."""
        self._hear(events)
        settled: list[int] = []
        for k, key in enumerate(self._keys):
            own = sorted(
                (one for one in holdings if (one.slot, one.symbol) == (key.name, key.symbol)),
                key=lambda one: (one.bar_open_ms, one.tranche),
            )
            held = [one for one in own if one.quantity > 0]
            self._drop(k, {one.chain_id for one in held}, i)
            if held and self._state.slots[k]["side"] == 0:
                settled += self._enter(k, held, rows[k], i)
            elif not own and self._state.slots[k]["wanted"] != 0:
                settled += self._miss(k)
            for one in held:
                if one.stop_price is not None:
                    slot = self._state.slots[k]
                    slot["stop"] = max(float(slot["stop"]), float(one.stop_price))
        return self._reel.asks[settled].copy()

    def on_their_way_out(self, holdings: Sequence[Holding]) -> Array:
        """
        Return what of each slot has been sold while its chains are not closed yet, base units.

        A trade counts when its chain is closed. Until then the kernel has the whole position, and the ledger what was
        paid for a part of it already.
        """
        units = np.zeros(len(self._keys))
        for k, chains in enumerate(self._chains):
            own = [one for one in holdings if one.chain_id in chains]
            if any(one.sold > 0 for one in own):
                units[k] = float(self._state.slots[k]["quantity"]) - float(sum(one.quantity for one in own))
        return units

    def _hear(self, events: Sequence[DeskEvent]) -> None:
        for event in events:
            if event.kind is DeskEventKind.FILLED and str(event.detail.get("side")) == Side.SELL:
                self._sold[event.chain_id] = float(event.detail["price"])
            elif event.kind is DeskEventKind.CLOSED:
                self._why[event.chain_id] = str(event.detail.get("reason", ""))

    def _enter(self, k: int, held: Sequence[Holding], row: PlanRow | None, i: int) -> list[int]:
        """Make a position of what was bought for the pending entry, or of what was found at a start."""
        state, slot = self._state, self._state.slots[k]
        symbol = self._keys[k].at
        quantity = float(sum(one.quantity for one in held))
        price = float(sum(one.average_entry * one.quantity for one in held)) / quantity
        fee = float(sum(one.cost for one in held)) - price * quantity
        state.account["positions"] += 1
        slot["position"] = state.account["positions"][0]
        slot["entry_time"] = held[0].opened_ms
        slot["entry_row"] = max(0, int(uncompiled(plan_bar)(self._reel.rows[symbol, i])))
        slot["entry_fee"] = max(0.0, fee)
        slot["margin"] = 0.0
        settled = self._as_wanted(k, quantity, price) if slot["wanted"] != 0 else self._as_found(k, held, price, row)
        slot["tranches"] = len(held)
        for j, one in enumerate(held):
            slot["tranche_quantity"][j] = float(one.quantity)
        slot["target"] = uncompiled(nearest_target)(slot)
        self._chains[k] = [one.chain_id for one in held]
        records = state.records
        uncompiled(write_fill)(
            state.account[0], slot, records.fills, held[0].opened_ms, 1, price, quantity, slot["entry_fee"], 0
        )
        return settled

    def _as_wanted(self, k: int, quantity: float, price: float) -> list[int]:
        slot = self._state.slots[k]
        ask = int(slot["wanted_ask"])
        side = int(slot["wanted"])
        uncompiled(take_over)(slot, self._rules.instruments[self._keys[k].at], quantity, price, side)
        return self._answer(k, ask, FILLED)

    def _as_found(self, k: int, held: Sequence[Holding], price: float, row: PlanRow | None) -> list[int]:
        """Adopt a position that an earlier process opened: its stop stands, the strategy may tighten it."""
        slot = self._state.slots[k]
        stops = [float(one.stop_price) for one in held if one.stop_price is not None]
        stop = min(stops, default=-np.inf)
        slot["side"] = 1
        slot["quantity"] = float(sum(one.quantity for one in held))
        slot["entry_price"] = slot["mark"] = slot["best"] = price
        slot["distance"] = price - stop if stops and stop < price else price
        slot["stop"] = stop
        slot["trail_dist"] = float(row.plan.trail_dist[0]) if row is not None else np.nan
        slot["trail_arm_r"] = float(row.plan.trail_arm_r[0]) if row is not None else 0.0
        slot["last_row"] = FAR
        slot["high"], slot["low"] = price, price
        slot["tranche_target"][:] = np.inf
        slot["tranche_ambiguous"][:] = 0
        slot["pending_exit"] = 0
        account, order = self._state.account, self._state.order
        active = int(account["active"][0])
        if k not in order[0, :active]:
            order[0, : active + 1] = sorted([*order[0, :active].tolist(), k])
            account["active"] = active + 1
        return []

    def _miss(self, k: int) -> list[int]:
        return self._answer(k, int(self._state.slots[k]["wanted_ask"]), EXPIRED)

    def _answer(self, k: int, ask: int, outcome: int) -> list[int]:
        slot, account = self._state.slots[k], self._state.account
        slot["wanted"] = 0
        slot["wanted_kind"] = 0
        account["queued"] = uncompiled(unqueue)(self._state.order, int(account["queued"][0]), k)
        if ask < 0:
            return []
        self._reel.asks[ask]["outcome"] = outcome
        return [ask]

    def _drop(self, k: int, living: set[int], i: int) -> None:
        """Close the tranches that are not held any more."""
        slot = self._state.slots[k]
        symbol = self._keys[k].at
        instrument = self._rules.instruments[symbol]
        for j in range(len(self._chains[k]) - 1, -1, -1):
            chain = self._chains[k][j]
            if chain in living:
                continue
            price = self._sold.pop(chain, float(slot["stop"]) if np.isfinite(slot["stop"]) else float(slot["mark"]))
            told = self._why.pop(chain, "")
            reason = _REASONS.get(told, EXIT_CODES["trailing" if slot["trailed"] else "stop"])
            row = int(uncompiled(plan_bar)(self._reel.rows[symbol, i]))
            records = self._state.records
            uncompiled(close_tranche)(
                self._state.account[0], slot, instrument, records.fills, records.trades, j,
                int(self._reel.market.time[i]), row, price, instrument["taker"], reason, 0,
            )  # fmt: skip
            del self._chains[k][j]
            if slot["closed_by"] != 0:
                uncompiled(remember_close)(slot, self._rules.rules[0], self._state.stops, self._state.profits)

    def drained(self) -> tuple[Array, Array]:
        """Return the fills and trades since the last bar, and forget them."""
        account, records = self._state.account, self._state.records
        fills = records.fills[: account["fills"][0]].copy()
        trades = records.trades[: account["trades"][0]].copy()
        account["fills"] = 0
        account["trades"] = 0
        return fills, trades

    def positions(self) -> tuple[OpenPosition, ...]:
        """Return what is open, in slot order."""
        return open_positions(self._state, self._keys)
