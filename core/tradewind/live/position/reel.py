"""The stretch of market and plans that the kernel looks at, written one market bar at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tradewind.kernel.asks import Slot, asks_of
from tradewind.kernel.flat import Place
from tradewind.kernel.grid import scanned
from tradewind.kernel.layout import AFTER_GAP, ASK, MASKED, RUNG, RUNGS
from tradewind.kernel.state import Market, State, Table
from tradewind.live.feed.moment import Candle, Moment
from tradewind.live.position.account import PlanRow, SlotKey
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe

Array = npt.NDArray[Any]

PRICES: Final = ("open", "high", "low", "close")
SENT: Final = 2
"""The outcome of an entry that is pending."""


class Reel:
    """
    Arrays of fixed size that the kernel reads, the newest market bar last.

    Plan rows are counted from the session's first and never renumbered: what the account remembers by
    row stays true when old bars are forgotten.

    Args:
        slots: The slots.
        names: The symbols, in the feed's order.
        timeframe: The strategies' bars.
        market: The market bars.
        room: How many market bars fit.
        keep: How many stay when it is full.
    """

    def __init__(
        self, slots: Sequence[SlotKey], names: Sequence[str], timeframe: Timeframe, market: Timeframe,
        *, room: int = 2048, keep: int = 512,
    ) -> None:  # fmt: skip
        self.slots = tuple(slots)
        self.names = tuple(names)
        self.length = 0
        self._timeframe = timeframe
        self._bar_ms = market.ms
        self._room = room
        self._keep = keep
        # A row more than market bars: the one before the first.
        self._span = room + 1
        symbols = len(self.names)
        self.market = Market(
            time=np.zeros(room, dtype=np.int64),
            **{name: np.full((symbols, room), np.nan) for name in PRICES},
            flags=np.zeros((symbols, room), dtype=np.uint8),
            funding=np.zeros((symbols, 0)),
            flow_bars=np.zeros(0, dtype=np.int64),
            flows=np.zeros(0),
        )
        self.rows = np.full((symbols, room), -1, dtype=np.int32)
        self.row_flags = np.zeros(symbols * self._span, dtype=np.uint8)
        self.atr = np.full(symbols * self._span, np.nan)
        self.exit_long = np.zeros(len(self.slots) * self._span, dtype=np.bool_)
        self.exit_short = np.zeros(len(self.slots) * self._span, dtype=np.bool_)
        self.asks: Array = np.zeros(64, dtype=ASK)
        self.ladders: Array = np.zeros((64, RUNGS), dtype=RUNG)
        self.asked = 0
        self.clusters: Array = np.zeros((0, symbols), dtype=np.int32)
        self._table: Table | None = None
        self.rows_seen = np.zeros(symbols, dtype=np.int64)
        self._origin = np.full(symbols, -1, dtype=np.int64)
        self._begun_ms = np.full(symbols, -(2**62), dtype=np.int64)
        self.last_time = np.full(symbols, -(2**62), dtype=np.int64)
        self.last_masked = np.zeros(symbols, dtype=np.bool_)

    def lead(self, symbol: int, bars: Bars) -> None:
        """Take over flags and ATR of the last of these bars, which closed before the first row to come."""
        if len(bars):
            flags, atr = scanned(bars)
            self.set_lead(symbol, int(flags[-1]), float(atr[-1]))

    def set_lead(self, symbol: int, flags: int, atr: float) -> None:
        """Take over flags and ATR of the row before the next one."""
        place = self._last_row(symbol)
        self.row_flags[place] = flags
        self.atr[place] = atr

    def last_row_of(self, symbol: int) -> tuple[int, float]:
        """Return flags and ATR of a symbol's newest row."""
        place = self._last_row(symbol)
        return int(self.row_flags[place]), float(self.atr[place])

    def _last_row(self, symbol: int) -> int:
        return symbol * self._span + int(self.rows_seen[symbol] - 1 - self._origin[symbol])

    def go_on(self, rows_seen: Array, last_time: Array, last_masked: Array) -> None:
        """Count on from where an earlier session stood; the reel must be empty."""
        self.rows_seen[:] = rows_seen
        self._origin[:] = rows_seen - 1
        self.last_time[:] = last_time
        self.last_masked[:] = last_masked

    def take_pending(self, asks: Array, ladders: Array) -> None:
        """Take over entries that are pending from an earlier session; the reel must be empty."""
        self._make_room(len(asks))
        self.asks[: len(asks)] = asks
        # They were decided before the first bar to come.
        self.asks["bar"][: len(asks)] = -1
        self.ladders[: len(asks)] = ladders
        self.asked = len(asks)
        self._table = None

    def places(self) -> list[Place]:
        """Return where each slot's rows lie now."""
        return [
            Place(
                symbol=slot.at,
                timeline=slot.at,
                bar_base=slot.at * self._span - int(self._origin[slot.at]),
                exit_base=k * self._span - int(self._origin[slot.at]),
            )
            for k, slot in enumerate(self.slots)
        ]

    def table(self) -> Table:
        """Return the plans as the kernel reads them now: one object until something is asked, forgotten or moved."""
        if self._table is None or self._table.clusters is not self.clusters:
            asks = self.asks[: self.asked]
            self._table = Table(
                rows=self.rows,
                row_flags=self.row_flags,
                atr=self.atr,
                exit_long=self.exit_long,
                exit_short=self.exit_short,
                asks=asks,
                ask_bars=np.ascontiguousarray(asks["bar"]),
                ask_ladders=self.ladders[: max(1, self.asked)],
                clusters=self.clusters,
            )
        return self._table

    def asked_since(self, i: int) -> int:
        """Return the first ask that is decided at market bar `i` or later."""
        return int(self.table().ask_bars.searchsorted(i))

    def pending(self) -> list[int]:
        """Return the asks whose outcome is not known yet."""
        found: list[int] = (self.asks["outcome"][: self.asked] == SENT).nonzero()[0].tolist()
        return found

    @property
    def is_full(self) -> bool:
        """Whether something must be forgotten before the next bar."""
        return self.length == self._room

    def write(self, moment: Moment, rows: Sequence[PlanRow | None]) -> int:
        """Write one market bar and the plan rows that it completes; return its place."""
        i = self.length
        self.market.time[i] = moment.open_ms
        for s, candle in enumerate(moment.bars):
            self._write_bar(s, i, moment.open_ms, candle)
            self._write_row(s, i, moment, rows)
        self.length = i + 1
        self._ask(i, rows)
        return i

    def _write_bar(self, s: int, i: int, opened: int, candle: Candle | None) -> None:
        market = self.market
        if candle is None:
            market.open[s, i] = market.high[s, i] = market.low[s, i] = market.close[s, i] = np.nan
            market.flags[s, i] = MASKED
            return
        _, market.open[s, i], market.high[s, i], market.low[s, i], market.close[s, i], *_ = candle
        known = self.last_time[s] > 0
        flag = AFTER_GAP if known and (self.last_masked[s] or self.last_time[s] + self._bar_ms != opened) else 0
        self.last_masked[s] = not candle.is_sound
        self.last_time[s] = opened
        self._begun_ms[s] = opened
        market.flags[s, i] = flag | (MASKED if self.last_masked[s] else 0)

    def _write_row(self, s: int, i: int, moment: Moment, rows: Sequence[PlanRow | None]) -> None:
        own = [k for k, slot in enumerate(self.slots) if slot.at == s]
        row = int(self.rows_seen[s])
        if moment.rows[s] is None:
            begun = self._begun_ms[s] >= self._timeframe.floor(moment.open_ms)
            self.rows[s, i] = -2 - (row if begun else row - 1)
            return
        self.rows[s, i] = row
        self.rows_seen[s] = row + 1
        offset = row - int(self._origin[s])
        for k in own:
            said = rows[k]
            if said is None:
                raise ValueError(
                    f"nothing was said for {self.slots[k].name} {self.slots[k].symbol} at {moment.open_ms}"
                )
            flags, atr = scanned(said.bars)
            self.row_flags[s * self._span + offset] = flags[-1]
            self.atr[s * self._span + offset] = atr[-1]
            columns = said.plan.columns
            self.exit_long[k * self._span + offset] = columns["exit_long"][0]
            self.exit_short[k * self._span + offset] = columns["exit_short"][0]

    def _ask(self, i: int, rows: Sequence[PlanRow | None]) -> None:
        """Append what asks for an entry, in the order of decision (rule D2)."""
        wanted = [(k, said) for k, said in enumerate(rows) if said is not None and said.plan.columns["enter"][0] != 0]
        if not wanted:
            return
        slots = [
            Slot(
                symbol=self.slots[k].at,
                plan=said.plan,
                bars=said.bars,
                first=len(said.bars) - 1,
                priority=self.slots[k].priority,
            )
            for k, said in wanted
        ]
        decided = np.array([i])
        asks, ladders = asks_of(slots, [decided] * len(slots), self.names)
        asks["row"] = [int(self.rows_seen[slots[n].symbol]) - 1 for n in asks["slot"]]
        asks["slot"] = [wanted[n][0] for n in asks["slot"]]
        self._make_room(len(asks))
        part = slice(self.asked, self.asked + len(asks))
        self.asks[part] = asks
        self.ladders[part] = np.zeros((), dtype=RUNG)
        if ladders.shape[1]:
            self.ladders[part, : ladders.shape[1]] = ladders
        self.asked += len(asks)
        self._table = None

    def _make_room(self, more: int) -> None:
        while self.asked + more > len(self.asks):
            self.asks = np.concatenate([self.asks, np.zeros_like(self.asks)])
            self.ladders = np.concatenate([self.ladders, np.zeros_like(self.ladders)])

    def forget(self, *states: State) -> int:
        """
        Drop the oldest bars and tell these states where things lie now; return how many were dropped.

        Of the asks, those of the bars that stay are kept, and those that are pending.
        """
        dropped = self.length - self._keep
        for name in (*PRICES, "flags"):
            column = getattr(self.market, name)
            column[:, : self._keep] = column[:, dropped : self.length].copy()
        self.market.time[: self._keep] = self.market.time[dropped : self.length].copy()
        for s in range(len(self.names)):
            code = int(self.rows[s, dropped])
            self._forget_rows(s, (code if code >= 0 else -2 - code) - 1)
        self.rows[:, : self._keep] = self.rows[:, dropped : self.length].copy()
        moved = self._forget_asks(dropped)
        self.length = self._keep
        for state in states:
            self.place(state)
            state.move(0, moved)
        return dropped

    def place(self, state: State) -> None:
        """Tell a state where the rows of its slots lie."""
        for k, place in enumerate(self.places()):
            state.slots[k]["bar_base"] = place.bar_base
            state.slots[k]["exit_base"] = place.exit_base

    def _forget_rows(self, s: int, origin: int) -> None:
        origin = max(origin, int(self._origin[s]))
        gone = origin - int(self._origin[s])
        blocks: list[tuple[Array, int]] = [(self.row_flags, s), (self.atr, s)]
        blocks += [(column, k) for k, slot in enumerate(self.slots) if slot.at == s for column in self._exits]
        for column, block in blocks:
            start = block * self._span
            column[start : start + self._span - gone] = column[start + gone : start + self._span].copy()
        self._origin[s] = origin

    @property
    def _exits(self) -> tuple[Array, Array]:
        return self.exit_long, self.exit_short

    def _forget_asks(self, dropped: int) -> dict[int, int]:
        asks = self.asks[: self.asked]
        kept = np.flatnonzero((asks["bar"] >= dropped) | (asks["outcome"] == SENT))
        moved = {int(old): new for new, old in enumerate(kept)}
        self.asks[: len(kept)] = asks[kept]
        self.ladders[: len(kept)] = self.ladders[kept]
        self.asked = len(kept)
        self.asks["bar"][: self.asked] -= dropped
        self._table = None
        return moved
