"""The trades that a bar strategy would make by itself: whose entry price an exit looks back on."""

from __future__ import annotations

import attrs


@attrs.define(kw_only=True)
class Replay:
    """
    One position at a time, bought and sold at opens, without costs, caps or halts.

    It enters at the open after a bar that wants to and does not want out again, leaves at the open
    after a bar that is done, and inside a bar at the stop or, failing that, at the target. Only the
    price of its entries is ever used.

    Args:
        stop_loss_pct: Stop distance as a fraction of the entry price, or None.
        take_profit_pct: Target distance as a fraction of the entry price, or None.
    """

    stop_loss_pct: float | None
    take_profit_pct: float | None
    in_position: bool = False
    entry_price: float | None = None
    _enters: bool = attrs.field(default=False, init=False)
    _leaves: bool = attrs.field(default=False, init=False)

    def trade(self, open_price: float, high: float, low: float) -> None:
        """Carry out what the bar before decided at this bar's open, then its stop and target (quote units)."""
        if self._leaves:
            self.in_position = False
        elif self._enters and open_price > 0.0:
            self.in_position, self.entry_price = True, float(open_price)
        self._enters = self._leaves = False
        if not self.in_position or self.entry_price is None:
            return
        stopped = self.stop_loss_pct is not None and low <= self.entry_price * (1.0 - self.stop_loss_pct)
        reached = self.take_profit_pct is not None and high >= self.entry_price * (1.0 + self.take_profit_pct)
        if stopped or reached:
            self.in_position = False

    def entry_price_for(self, close: float, *, wanted: bool) -> float:
        """
        Return the entry price to ask about on this bar, quote units.

        In a position: its own. Flat, on a bar that wants in: the close, as if bought now, so a
        strategy that would leave at once is found out. Flat otherwise: that of the last position,
        which the kernel may still hold, or the close when there was none.
        """
        if self.entry_price is None or (wanted and not self.in_position):
            return float(close)
        return self.entry_price

    def decide(self, *, wanted: bool, done: bool) -> None:
        """Take note of the bar's answers, to be carried out at the next open."""
        self._leaves = self.in_position and done
        self._enters = not self.in_position and wanted and not done
