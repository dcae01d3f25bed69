"""Where an account stands, what it runs on and what it leaves behind: the arrays of the kernel, grouped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.flat import Place, flat_accounts
from tradewind.kernel.layout import FAR, FILL, TRADE
from tradewind.model.limits import Limits

Array = npt.NDArray[Any]


@attrs.define(kw_only=True, eq=False)
class Records:
    """
    What a run writes down. Fills and trades grow when they are full.

    Args:
        fills: `FILL` records, as many of them written as the account counts.
        trades: `TRADE` records, likewise.
        equity: At the close of every market bar, quote units.
        cash: The same.
        exposure: Notional of all positions, the same.
        drawdown: Fall from the peak as a fraction of it, the same.

    Cash and drawdown are of no length where nobody will ask for them.
    """

    fills: Array
    trades: Array
    equity: npt.NDArray[np.float64]
    cash: npt.NDArray[np.float64]
    exposure: npt.NDArray[np.float64]
    drawdown: npt.NDArray[np.float64]

    @classmethod
    def empty(cls, bars: int, capacity: int) -> Records:
        """Return records for this many market bars, and at first this many fills and trades."""
        # One block takes fewer pages from the system than four.
        equity, cash, exposure, drawdown = np.empty((4, bars))
        return cls(
            fills=np.empty(capacity, dtype=FILL),
            trades=np.empty(capacity, dtype=TRADE),
            equity=equity,
            cash=cash,
            exposure=exposure,
            drawdown=drawdown,
        )

    @classmethod
    def brief(cls, bars: int, capacity: int) -> Records:
        """Return records without cash and drawdown."""
        return attrs.evolve(cls.empty(bars, capacity), cash=np.empty(0), drawdown=np.empty(0))

    def copy(self) -> Records:
        """Return the same records in memory of their own."""
        return Records(**{field.name: getattr(self, field.name).copy() for field in attrs.fields(Records)})

    def grow(self, least: int) -> None:
        """Make room for twice as many fills and trades, and at least for this many more."""
        for name in ("fills", "trades"):
            old = getattr(self, name)
            new = np.empty(2 * len(old) + least, dtype=old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)


@attrs.define(kw_only=True, eq=False)
class State:
    """
    Everything about an account that the next bar depends on.

    Args:
        account: One `ACCOUNT` record.
        slots: `SLOT` records.
        stops: Plan rows of the last stops [slot, ring].
        profits: Profits of the last closed positions [slot, ring].
        order: Slots at work and queued [2, slot].
        records: What was written so far.
    """

    account: Array
    slots: Array
    stops: Array
    profits: Array
    order: Array
    records: Records

    @classmethod
    def fresh(
        cls, *, balance: float, places: Sequence[Place], limits: Limits, start_ms: int, records: Records
    ) -> State:
        """
        Return a flat account.

        Args:
            balance: Cash, quote units.
            places: Where each slot's rows lie, in slot order.
            limits: They set how far back stops and profits are remembered.
            start_ms: Open of the first market bar, ms UTC: the day that rolls first.
            records: Where to write.
        """
        arrays = flat_accounts(1, balance, places, limits, start_ms)
        return cls(**{name: one[0] for name, one in zip(ARRAYS, arrays, strict=True)}, records=records)

    def copy(self) -> State:
        """Return an account that stands where this one does, with the same records behind it, and goes its own way."""
        return self.packed(self.records.copy())[0]

    def packed(self, records: Records) -> tuple[State, npt.NDArray[np.uint8]]:
        """
        Return an account that stands where this one does, and the one block of memory that all its arrays lie in.

        Accounts of one shape are equal when the bytes of their blocks are, and become equal when these are copied:
        numpy would do both field by field.

        Args:
            records: Where it writes.
        """
        arrays = [getattr(self, name) for name in ARRAYS]
        ends = np.cumsum([array.nbytes for array in arrays]).tolist()
        block = np.zeros(ends[-1], dtype=np.uint8)
        own = {}
        for name, array, end in zip(ARRAYS, arrays, ends, strict=True):
            own[name] = block[end - array.nbytes : end].view(array.dtype).reshape(array.shape)
            own[name][...] = array
        return State(records=records, **own), block

    def move(self, rows: int, asks: Mapping[int, int] | None = None) -> None:
        """
        Count plan rows from another origin: the arrays of the next call begin this many rows later.

        Whoever follows a market bar by bar holds a window of it; when the window moves on, what the account
        remembers by row moves with it.

        Args:
            rows: How many rows earlier everything now lies.
            asks: New indexes of asks by old ones; pending entries whose ask is not among them write no outcome.
        """
        for name in ("entry_row", "next_row", "last_row", "last_stop_row", "guarded_to_row", "last_close_row"):
            known = np.abs(self.slots[name]) < FAR
            self.slots[name][known] -= rows
        self.stops -= rows
        for slot in self.slots:
            slot["wanted_ask"] = (asks or {}).get(int(slot["wanted_ask"]), -1)


ARRAYS: Final = ("account", "slots", "stops", "profits", "order")
"""What a state is, beside its records."""


@attrs.frozen(kw_only=True, eq=False)
class Market:
    """
    What the market did, on one grid of market bars for all symbols.

    Args:
        time: Bar opens, ms UTC [bar].
        open: First prices [symbol, bar].
        high: Highest prices [symbol, bar].
        low: Lowest prices [symbol, bar].
        close: Last prices [symbol, bar].
        flags: `MASKED` and `AFTER_GAP` [symbol, bar].
        funding: Funding rates booked at the open [symbol, bar], or [symbol, 0].
        flow_bars: Bars with a deposit or withdrawal, ascending.
        flows: Its amount, quote units.
    """

    time: Array
    open: Array
    high: Array
    low: Array
    close: Array
    flags: Array
    funding: Array
    flow_bars: Array
    flows: Array


@attrs.frozen(kw_only=True, eq=False)
class Table:
    """
    The plans of all slots as the kernel reads them, and the ledger it answers in.

    Args:
        rows: The plan row of every market bar [timeline, bar]; see `Tape`.
        row_flags: Flags of the bars that plans are made on, one symbol after the other.
        atr: ATR14 at each of those bars.
        exit_long: Exits asked for at each row, one slot after the other, or one value for all.
        exit_short: The same for short positions.
        asks: `ASK` records in the order of decision.
        ask_bars: The market bar at whose close each is decided.
        ask_ladders: `RUNG` records [ask, rung], or [1, rung] for all.
        clusters: Cluster ids [day, symbol], −1 for none; no rows for no clusters.
    """

    rows: Array
    row_flags: Array
    atr: Array
    exit_long: Array
    exit_short: Array
    asks: Array
    ask_bars: Array
    ask_ladders: Array
    clusters: Array


@attrs.frozen(kw_only=True, eq=False)
class Rules:
    """
    What orders are held to.

    Args:
        rules: One `RULES` record.
        instruments: `INSTRUMENT` records [symbol].
        tiers: `TIER` records [symbol, step].
    """

    rules: Array
    instruments: Array
    tiers: Array

    def with_steps(self, exit_long: int, exit_short: int, ladder: int) -> Rules:
        """Return the same rules for a table whose columns are these: 0 for one value for all rows, else 1."""
        record = self.rules.copy()
        record["exit_long_step"] = exit_long
        record["exit_short_step"] = exit_short
        record["ladder_step"] = ladder
        return attrs.evolve(self, rules=record)
