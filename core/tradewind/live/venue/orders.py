"""From the kernel's decisions to what is asked of the desk: exits first, then stops, then entries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.compile import uncompiled
from tradewind.kernel.entries import take_over
from tradewind.kernel.state import Rules, State
from tradewind.live.feed.moment import Moment
from tradewind.live.orders.desk import OrderDesk
from tradewind.live.orders.holding import Holding
from tradewind.live.orders.intent import Decided, EntryIntent
from tradewind.live.position.account import PlanRow, SlotKey
from tradewind.live.position.entry_plan import EntryPlan
from tradewind.live.position.reel import SENT, Reel
from tradewind.live.session.rows import bar_decision_of, execution_of
from tradewind.live.strategy.seat import Seat
from tradewind.model.decisions import EXIT_REASONS
from tradewind.model.instrument import Instrument

_NEARLY: Final = 1.0 - 1e-9
"""What misses the least move by no more than the rounding of doubles makes it."""


class Orders:
    """
    Hands decisions to the desk.

    Args:
        desk: The way to the venue.
        instruments: The pairs, in the feed's order.
        account_fp: The account's fingerprint.
        session_id: The session in the journal.
        slippage_cap: The most that an entry may cost beyond the decided price, a fraction.
    """

    def __init__(
        self, desk: OrderDesk, instruments: Sequence[Instrument], *, account_fp: str, session_id: int,
        slippage_cap: Decimal,
    ) -> None:  # fmt: skip
        self._desk = desk
        self._instruments = tuple(instruments)
        self._account_fp = account_fp
        self._session_id = session_id
        self._slippage_cap = slippage_cap
        self.seats: tuple[Seat, ...] = ()

    async def act(
        self, state: State, reel: Reel, rules: Rules, moment: Moment, rows: Sequence[PlanRow | None],
        holdings: Sequence[Holding], decided: npt.NDArray[Any],
    ) -> None:  # fmt: skip
        """
        Ask the desk for what follows from one moment: every row of a slot is written down once.

        The holdings are those that the slots hold, tranche by tranche in their order.
        """
        asked = {int(ask["slot"]): ask for ask in decided}
        for k, key in enumerate(reel.slots):
            own = [one for one in holdings if (one.slot, one.symbol) == (key.name, key.symbol)]
            row, ask = rows[k], asked.get(k)
            said = self._decided(k, row, ask, state, moment) if row is not None else None
            said = await self._exits(state.slots[k], own, moment, reel, key, said)
            said = await self._stops(state.slots[k], own, reel, key, said)
            if ask is not None and row is not None and said is not None and int(ask["outcome"]) == SENT:
                await self._enter(state, rules, k, key, ask, row, said)
            elif said is not None:
                await self._desk.record(said)

    def _decided(self, k: int, row: PlanRow, ask: Any, state: State, moment: Moment) -> Decided:
        seat, side = self.seats[k], int(state.slots[k]["side"])
        found = execution_of(row, ask, side, seat, self._session_id)
        return Decided(
            bar=bar_decision_of(row, ask, side, seat, self._session_id, self._account_fp, moment.close_ms),
            execution=None if found is None else found.execution,
        )

    async def _exits(
        self, slot: Any, own: Sequence[Holding], moment: Moment, reel: Reel, key: SlotKey, said: Decided | None
    ) -> Decided | None:
        """Close what is to be closed; return the decision while it is not written down."""
        reason = ""
        if slot["pending_exit"] != 0:
            reason = EXIT_REASONS[int(slot["pending_exit"])]
        elif own and int(slot["last_row"]) <= int(reel.rows_seen[key.at]):
            reason = "time"
        candle = moment.bars[key.at]
        for j, holding in enumerate(own):
            target = float(slot["tranche_target"][j])
            why = reason
            if not why and candle is not None and candle.is_sound and candle.high >= target:
                why = "take_profit"
            if why and not holding.exiting:
                await self._desk.exit(holding, why, decided=said)
                said = None
        return said

    async def _stops(
        self, slot: Any, own: Sequence[Holding], reel: Reel, key: SlotKey, said: Decided | None
    ) -> Decided | None:
        """Raise stops that the trail has raised; return the decision while it is not written down."""
        if slot["pending_exit"] != 0 or not np.isfinite(slot["stop"]):
            return said
        tick = self._instruments[key.at].tick_size
        wanted = rounded(float(slot["stop"]), tick, ROUND_FLOOR)
        for holding in own:
            if holding.stop_price is None or holding.exiting:
                continue
            if is_worth_a_move(wanted - holding.stop_price, tick, reel.last_row_of(key.at)[1]):
                await self._desk.move_stop(holding, wanted, decided=said)
                said = None
        return said

    async def _enter(
        self, state: State, rules: Rules, k: int, key: SlotKey, ask: Any, row: PlanRow, said: Decided
    ) -> None:
        instrument = self._instruments[key.at]
        price = float(ask["price"])
        plan = EntryPlan.of_wanted(state.slots[k], rules.instruments[key.at], float(ask["quantity"]), price)
        bar = attrs.evolve(said.bar, plan={**said.bar.plan, "entry": plan.to_plain()})
        # What would be filled at the decided price: its stop and its tranches are those of the rules (E1, E2).
        as_filled = state.slots[k : k + 1].copy()[0]
        uncompiled(take_over)(as_filled, rules.instruments[key.at], float(ask["quantity"]), price, int(ask["enter"]))
        tranches = as_filled["tranche_quantity"][: int(as_filled["tranches"])]
        limit = Decimal(str(price)) * (1 + self._slippage_cap)
        await self._desk.enter(
            EntryIntent(
                slot=key.name,
                symbol=key.symbol,
                bar_open_ms=int(row.bars.time[-1]),
                limit_price=rounded(limit, instrument.tick_size, ROUND_CEILING),
                stop_price=rounded(float(as_filled["stop"]), instrument.tick_size, ROUND_FLOOR),
                tranches=tuple(rounded(float(part), instrument.lot_step, ROUND_FLOOR) for part in tranches),
                decided=attrs.evolve(said, bar=bar),
            )
        )


def is_worth_a_move(gain: Decimal, tick: Decimal, atr: float) -> bool:
    """
    Tell whether a stop that gains so much is moved: by max(5 ticks, 0.1 ATR) at least (C1), as trails are anyway.

    So a stop whose entry was filled a little beside the decided price stays where it is: every move is a request.
    An ATR that is not known counts for nothing.
    """
    least = max(5.0 * float(tick), 0.1 * atr if math.isfinite(atr) else 0.0)
    return gain > 0 and float(gain) >= least * _NEARLY


def rounded(value: float | Decimal, step: Decimal, how: str) -> Decimal:
    """Return a number as a multiple of a step; one that misses a step by rounding of doubles counts as on it."""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    if step == 0:
        return exact
    steps = exact / step
    nearest = steps.to_integral_value()
    if abs(steps - nearest) > Decimal("1e-9"):
        nearest = steps.to_integral_value(rounding=how)
    return nearest * step
