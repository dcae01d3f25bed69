"""
Stretches of bars in which nothing can happen but the passing of time, run through in a tight loop.

They do, bit for bit, what the phases of a bar do; they stop before the first bar in which an order could
be carried out or a halt could set in.
"""

from __future__ import annotations

from typing import Any

from tradewind.kernel.closing import DAY_MS, fall, settle, trailed_stop
from tradewind.kernel.compile import kernel
from tradewind.kernel.layout import MASKED
from tradewind.kernel.phases import SIGNAL, plan_bar


@kernel
def idle(
    account: Any, rules: Any, time: Any, equity: Any, cash: Any, exposure: Any, drawdown: Any, i: int, stop: int
) -> int:
    """Pass the bars from `i` to before `stop` without a position or an entry; return `stop`."""
    money = account["cash"]
    account["equity"] = money
    bar_ms = rules["bar_ms"]
    due = i
    down = 0.0
    for n in range(i, stop):
        close_time = time[n] + bar_ms
        # Equity stands still, so halts can change at the first bar, at the day's roll, and after it.
        if n == due or close_time >= account["next_roll"]:
            due = n + 1 if close_time >= account["next_roll"] else due
            settle(account, rules, close_time)
            down = fall(account["peak"], money)
        equity[n] = money
        cash[n] = money
        exposure[n] = 0.0
        drawdown[n] = down
    return stop


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
def halts(rules: Any, equity: float, peak: float, day_start: float, can_halt: bool, halted_daily: int) -> bool:
    """Tell whether a close at this equity would set a halt that is not set (C3, C4)."""
    if can_halt and peak - equity >= rules["max_drawdown"] * peak:
        return True
    return halted_daily == 0 and day_start - equity >= rules["max_daily_risk"] * day_start


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
    bar_ms, exit_step = rules["bar_ms"], rules["exit_long_step"]
    peak_before = peak
    can_halt = account["halted_drawdown"] == 0
    completed = slot["next_row"] - 1
    asked = False
    n = i
    while n < stop and not asked:
        code = rows[k, n]
        h = high[symbol, n]
        lo = low[symbol, n]
        if disturbs(flags[symbol, n], open_[symbol, n], h, lo, protective, target) or plan_bar(code) >= last_row:
            break
        c = close[symbol, n]
        worth = quantity * c
        now = money + worth
        top = now if now > peak else peak
        if halts(rules, now, top, day_start, can_halt, halted_daily):
            break
        total = now
        peak_before = peak
        peak = top
        mark = c
        best = h if h > best else best
        highest = h if h > highest else highest
        lowest = lo if lo < lowest else lowest
        if code >= 0:
            completed = code
            if gap > 0.0:
                protective = trailed_stop(instrument, 1, protective, best, entry, armed_at, gap, atr[bar_base + code])
            if row_flags[bar_base + code] & MASKED == 0 and exit_long[(exit_base + code) * exit_step]:
                asked = True
        equity[n] = total
        cash[n] = money
        exposure[n] = worth
        drawdown[n] = fall(peak, total)
        close_time = time[n] + bar_ms
        if close_time >= next_roll:
            day_start, halted_daily, next_roll = total, 0, (close_time // DAY_MS + 1) * DAY_MS
        n += 1
    if n > i:
        keep_account(account, total, peak, peak_before, day_start, halted_daily, next_roll)
        keep_position(slot, mark, best, highest, lowest, protective, completed, asked)
    return n


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
