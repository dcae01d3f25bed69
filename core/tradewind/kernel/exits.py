"""Leaving a position at a bar's open and inside it: exits, time, gaps, liquidation, stops, targets (rules O and I)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import market_price
from tradewind.kernel.fills import LIQUIDATION, SURE, close_position, close_tranche
from tradewind.kernel.layout import whole
from tradewind.model.decisions import EXIT_CODES

STOP: Final = whole(EXIT_CODES["stop"])
TRAILING: Final = whole(EXIT_CODES["trailing"])
TAKE_PROFIT: Final = whole(EXIT_CODES["take_profit"])
TIME: Final = whole(EXIT_CODES["time"])


@kernel
def is_calm(slot: Any, row: int, high: float, low: float) -> bool:
    """Tell whether a bar leaves a position as it is: no exit due, and neither stop, liquidation nor target reached."""
    if slot["pending_exit"] != 0 or row >= slot["last_row"]:
        return False
    if slot["side"] > 0:
        return low > slot["stop"] and high < slot["target"] and low > slot["liquidation"]  # type: ignore[no-any-return]
    if high >= slot["stop"] or low <= slot["target"]:
        return False
    return high < slot["liquidation"] or slot["liquidation"] <= 0.0  # type: ignore[no-any-return]


@kernel
def stop_out(
    account: Any, slot: Any, instrument: Any, fills: Any, trades: Any,
    time: int, row: int, trigger: float, span: float, wild: float,
) -> None:  # fmt: skip
    """Close a position by its stop, triggered at this price, with the slippage of stops (O3, I3, I8)."""
    slip = instrument["slip"]
    if span > wild * slot["atr"]:
        slip = instrument["stop_slip"]
    fill = market_price(trigger, -slot["side"], slip, instrument["half"])
    reason = TRAILING if slot["trailed"] != 0 else STOP
    close_position(account, slot, instrument, fills, trades, time, row, fill, instrument["taker"], reason)


@kernel
def take_profits(
    account: Any, slot: Any, instrument: Any, fills: Any, trades: Any,
    time: int, row: int, reached: float, at_price: float, unsure: int,
) -> None:  # fmt: skip
    """Close every tranche whose target lies at or before `reached`, at `at_price` or, when that is 0, at its target."""
    side = slot["side"]
    j = 0
    while j < slot["tranches"]:
        target = slot["tranche_target"][j]
        if side * (reached - target) >= 0.0:
            price = at_price if at_price > 0.0 else target
            maker = instrument["maker"]
            close_tranche(account, slot, instrument, fills, trades, j, time, row, price, maker, TAKE_PROFIT, unsure)
        else:
            j += 1


@kernel
def leave_at_open(
    account: Any, slot: Any, instrument: Any, fills: Any, trades: Any,
    time: int, row: int, price: float, span: float, wild: float,
) -> None:  # fmt: skip
    """
    Carry out what closes a position at a bar's open (I1, O1 to O3).

    Args:
        account: Its cash receives.
        slot: The position.
        instrument: The symbol's rules.
        fills: Where fills are written.
        trades: Where trades are written.
        time: Open time of the market bar, ms.
        row: Its plan bar.
        price: Its open.
        span: Its high less its low.
        wild: The span in ATR from which stops slip more.
    """
    side = slot["side"]
    limit = slot["liquidation"]
    if limit > 0.0 and side * (limit - price) >= 0.0:
        close_position(account, slot, instrument, fills, trades, time, row, limit, 0.0, LIQUIDATION)
        return
    reason = slot["pending_exit"]
    if reason == 0 and row >= slot["last_row"]:
        reason = TIME
    if reason != 0:
        fill = market_price(price, -side, instrument["slip"], instrument["half"])
        close_position(account, slot, instrument, fills, trades, time, row, fill, instrument["taker"], reason)
        return
    if side * (slot["stop"] - price) >= 0.0:
        stop_out(account, slot, instrument, fills, trades, time, row, price, span, wild)
        return
    take_profits(account, slot, instrument, fills, trades, time, row, price, price, SURE)


@kernel
def mark_ambiguous(slot: Any, extreme: float) -> None:
    """Flag the tranches whose target lies within the bar, whatever closes them (I6)."""
    for j in range(slot["tranches"]):
        if slot["side"] * (extreme - slot["tranche_target"][j]) >= 0.0:
            slot["tranche_ambiguous"][j] = 1


@kernel
def stop_or_target(
    account: Any, slot: Any, instrument: Any, rules: Any, fills: Any, trades: Any,
    time: int, row: int, high: float, low: float,
) -> None:  # fmt: skip
    """Evaluate liquidation, stop and targets of an open position inside a bar (I1, I3 to I7)."""
    side = slot["side"]
    adverse = low if side > 0 else high
    kind = high if side > 0 else low
    limit = slot["liquidation"]
    if limit > 0.0 and side * (limit - adverse) >= 0.0 and side * (limit - slot["stop"]) > 0.0:
        close_position(account, slot, instrument, fills, trades, time, row, limit, 0.0, LIQUIDATION)
        return
    stopped = side * (slot["stop"] - adverse) >= 0.0
    inside = slot["entered_inside"] != 0
    if inside or (stopped and rules["optimistic"] == 0):
        mark_ambiguous(slot, kind)
    if rules["optimistic"] != 0 or not (stopped or inside):
        unsure = 1 if stopped else 0
        take_profits(account, slot, instrument, fills, trades, time, row, kind, 0.0, unsure)
    if stopped and slot["side"] != 0:
        wild = rules["wild_bar_atr"]
        stop_out(account, slot, instrument, fills, trades, time, row, slot["stop"], high - low, wild)
