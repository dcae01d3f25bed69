"""Fresh accounts and the tables of several trials, one after the other, as the kernel carries them out in one call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs
import numpy as np
import numpy.typing as npt

from tradewind.kernel.flat import Place, flat_accounts
from tradewind.kernel.layout import ASK, RULES
from tradewind.kernel.state import Rules, Table
from tradewind.model.limits import Limits

Array = npt.NDArray[Any]

_ASK_BYTES: Final = np.dtype((np.void, ASK.itemsize))
"""Records are copied field by field, bytes in one go."""


@attrs.frozen(kw_only=True, eq=False)
class Lineup:
    """
    Trials whose plans have the same rows, so that they differ in what is asked and in nothing else.

    Args:
        account: `ACCOUNT` records [trial, 1].
        slots: `SLOT` records [trial, slot].
        stops: Plan rows of the last stops [trial, slot, ring].
        profits: Profits of the last closed positions [trial, slot, ring].
        order: Slots at work and queued [trial, 2, slot].
        rules: One `RULES` record each [trial, 1].
        ends: Where each trial's rows end; see `trials.carry`.
        asks: `ASK` records of all trials.
        ask_bars: The market bar at whose close each is decided that is decided at all.
        ask_ladders: `RUNG` records.
        exit_long: Exits asked for.
        exit_short: The same for short positions.
        rows: This and the next three: those of `Table`, the same for all.
        row_flags: Flags of the bars that plans are made on.
        atr: ATR14 at each of them.
        clusters: Cluster ids.
    """

    account: Array
    slots: Array
    stops: Array
    profits: Array
    order: Array
    rules: Array
    ends: Array
    asks: Array
    ask_bars: Array
    ask_ladders: Array
    exit_long: Array
    exit_short: Array
    rows: Array
    row_flags: Array
    atr: Array
    clusters: Array

    @classmethod
    def of(
        cls,
        tables: Sequence[Table],
        rules: Sequence[Rules],
        *,
        balance: float,
        places: Sequence[Place],
        limits: Limits,
        start_ms: int,
    ) -> Lineup:
        """
        Return the trials of these tables, whose rows, bars and number of rungs are the same.

        Args:
            tables: One per trial, at least one.
            rules: What orders are held to, one per trial; they differ in the steps alone.
            balance: Cash at the start, quote units.
            places: Where each slot's rows lie, in slot order.
            limits: They set how far back stops and profits are remembered.
            start_ms: Open of the first market bar, ms UTC.
        """
        shared = tables[0]
        parts = [
            (one.asks.view(_ASK_BYTES), one.ask_bars, one.ask_ladders, one.exit_long, one.exit_short) for one in tables
        ]
        asks, bars, ladders, exit_long, exit_short = (np.concatenate(part) for part in zip(*parts, strict=True))
        account, slots, stops, profits, order = flat_accounts(len(tables), balance, places, limits, start_ms)
        return cls(
            account=account,
            slots=slots,
            stops=stops,
            profits=profits,
            order=order,
            rules=np.frombuffer(b"".join(one.rules.tobytes() for one in rules), dtype=RULES).reshape(len(rules), -1),
            ends=np.cumsum([[len(column) for column in part] for part in parts], axis=0),
            asks=asks.view(ASK),
            ask_bars=bars,
            ask_ladders=ladders,
            exit_long=exit_long,
            exit_short=exit_short,
            rows=shared.rows,
            row_flags=shared.row_flags,
            atr=shared.atr,
            clusters=shared.clusters,
        )
