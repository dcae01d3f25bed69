"""
Stretches of bars in which nothing can happen but the passing of time, run through in a tight loop.

They do, bit for bit, what the phases of a bar do; they stop before the first bar in which an order could
be carried out or a halt could set in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tradewind.kernel.closing import DAY_MS, fall, next_day, settle, trailed_stop
from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import MASKED
from tradewind.kernel.phases import SIGNAL, plan_bar


@kernel
def idle(
    account: Any, rules: Any, time: Any, equity: Any, cash: Any, exposure: Any, drawdown: Any, i: int, stop: int
) -> int:
    """Pass the bars from `i` to before `stop`, of which there is at least one, without a position; return `stop`."""
    money = account["cash"]
    account["equity"] = money
    bar_ms = rules["bar_ms"]
    rolled = time[i] + bar_ms >= account["next_roll"]
    settle(account, rules, time[i] + bar_ms)
    # Equity stands still: what the days did that rolled before the last one is undone by it.
    roll = first_at(time, (time[stop - 1] + bar_ms) // DAY_MS * DAY_MS - bar_ms, i, stop)
    if rolled or roll > i:
        for n in range(max(roll, i + 1), min(roll + 2, stop)):
            settle(account, rules, time[n] + bar_ms)
    down = fall(account["peak"], money)
    kept = cash.shape[0] > 0
    for n in range(i, stop):
        equity[np.uint64(n)] = money
    for n in range(i, stop):
        exposure[np.uint64(n)] = 0.0
    for n in range(i, stop if kept else i):
        cash[np.uint64(n)] = money
    for n in range(i, stop if kept else i):
        drawdown[np.uint64(n)] = down
    return stop


@kernel
def first_at(moments: Any, moment: int, low: int, high: int) -> int:
    """Return the first index from `low` on at which ascending moments are not before this one, `high` for none."""
    while low < high:
        middle = (low + high) // 2
        if moments[middle] < moment:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def is_quiet(account: Any, rules: Any, slot: Any, instrument: Any) -> bool:
    """Tell whether the only slot at work merely holds a spot position."""
    if slot["side"] <= 0 or slot["pending_exit"] != 0 or slot["wanted"] != 0 or instrument["linear"] != 0:
        return False
    return account["halted_drawdown"] == 0 or rules["flatten_on_drawdown"] == 0  # type: ignore[no-any-return]


@kernel
def places(slot: Any) -> tuple[int, int, int, int, int]:
    """Return symbol and timeline, where the slot's bars and exits begin, and the row whose open is a time exit."""
    return slot["symbol"], slot["timeline"], slot["bar_base"], slot["exit_base"], slot["last_row"]


@kernel
def terms(slot: Any) -> tuple[float, float, float, float, float]:
    """Return what does not change while a position is held: quantity, entry, trailing distance and arming, target."""
    armed_at = slot["trail_arm_r"] * slot["distance"]
    return slot["quantity"], slot["entry_price"], slot["trail_dist"], armed_at, slot["target"]


@kernel
def standing(slot: Any) -> tuple[float, float, float, float, float]:
    """Return what changes from bar to bar: stop, best price, highest, lowest, mark."""
    return slot["stop"], slot["best"], slot["high"], slot["low"], slot["mark"]


@kernel
def balances(account: Any) -> tuple[float, float, float, float, int, int]:
    """Return cash, equity and its peak, equity at the day's start, the daily halt, and when the day rolls."""
    cash, equity, peak = account["cash"], account["equity"], account["peak"]
    return cash, equity, peak, account["day_start"], account["halted_daily"], account["next_roll"]


@kernel
def disturbs(flags: int, open_: float, high: float, low: float, stop: float, target: float) -> bool:
    """Tell whether a bar is masked, or reaches the stop of a long position or its target."""
    # The open decides nothing that the low does not, but is wanted in the cache by the bar that comes after.
    return flags & MASKED != 0 or open_ <= stop or low <= stop or high >= target


@kernel
def hold(
    account: Any, rules: Any, slot: Any, time: Any, open_: Any, high: Any, low: Any, close: Any, flags: Any, rows: Any,
    row_flags: Any, atr: Any, exit_long: Any, equity: Any, cash: Any, exposure: Any, drawdown: Any, instrument: Any,
    i: int, stop: int,
) -> int:  # fmt: skip
    """
    Hold the only position, long on spot, from bar `i` on; return the first bar, at most `stop`, not carried out.

    That is a masked bar, one whose open is due for a time exit, one that reaches the stop or a target, or one
    that could set a halt; and the bar after a row that asks for the exit.
    """
    symbol, k, bar_base, exit_base, last_row = places(slot)
    quantity, entry, gap, armed_at, target = terms(slot)
    protective, best, highest, lowest, mark = standing(slot)
    money, total, peak, day_start, halted_daily, next_roll = balances(account)
    max_fall, max_loss, exit_step = rules["max_drawdown"], rules["max_daily_risk"], rules["exit_long_step"]
    peak_before = peak
    can_halt = account["halted_drawdown"] == 0
    completed = slot["next_row"] - 1
    turn = next_roll - rules["bar_ms"]
    kept = cash.shape[0] > 0
    reached = i
    asked = False
    for bar in range(i, stop):
        # Without a sign, so that no place is looked at for being counted from the end.
        n = np.uint64(bar)
        code = rows[k, n]
        h = high[symbol, n]
        lo = low[symbol, n]
        if disturbs(flags[symbol, n], open_[symbol, n], h, lo, protective, target) or plan_bar(code) >= last_row:
            break
        worth = quantity * close[symbol, n]
        now = money + worth
        top = now if now > peak else peak
        if (can_halt and top - now >= max_fall * top) or (
            halted_daily == 0 and day_start - now >= max_loss * day_start
        ):
            break
        total, peak_before, peak, mark = now, peak, top, close[symbol, n]
        best = h if h > best else best
        highest = h if h > highest else highest
        lowest = lo if lo < lowest else lowest
        equity[n] = total
        exposure[n] = worth
        if kept:
            cash[n] = money
            drawdown[n] = fall(peak, total)
        if time[n] >= turn:
            day_start, halted_daily, next_roll = total, 0, next_day(time[n] + rules["bar_ms"])
            turn = next_roll - rules["bar_ms"]
        reached = bar + 1
        if code >= 0:
            completed = code
            if gap > 0.0:
                protective = trailed_stop(instrument, 1, protective, best, entry, armed_at, gap, atr[bar_base + code])
            if exit_long[(exit_base + code) * exit_step] and row_flags[bar_base + code] & MASKED == 0:
                asked = True
                break
    if reached > i:
        keep_account(account, total, peak, peak_before, day_start, halted_daily, next_roll)
        keep_position(slot, mark, best, highest, lowest, protective, completed, asked)
    return reached


@kernel
def keep_account(
    account: Any, equity: float, peak: float, peak_before: float, day_start: float, halted: int, next_roll: int
) -> None:
    """Write back what `hold` did to the account."""
    account["equity"] = equity
    account["peak"] = peak
    account["peak_before"] = peak_before
    account["day_start"] = day_start
    account["halted_daily"] = halted
    account["next_roll"] = next_roll


@kernel
def keep_position(
    slot: Any, mark: float, best: float, high: float, low: float, stop: float, completed: int, asked: bool
) -> None:
    """Write back what `hold` did to the position."""
    slot["mark"] = mark
    slot["best"] = best
    slot["high"] = high
    slot["low"] = low
    if stop != slot["stop"]:
        slot["stop"] = stop
        slot["trailed"] = 1
    if completed >= slot["next_row"]:
        slot["next_row"] = completed + 1
    if asked:
        slot["pending_exit"] = SIGNAL
