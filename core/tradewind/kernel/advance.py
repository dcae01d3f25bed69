"""
The one implementation of every trading rule: the loop over market bars.

The rules, and their numbers that the other modules name, stand in docs/explanation/kernel.md.
"""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.bar_close import mark, withdraw
from tradewind.kernel.book import Book, Tape
from tradewind.kernel.closing import book_flow, fall
from tradewind.kernel.compile import inlined, kernel
from tradewind.kernel.costs import market_price
from tradewind.kernel.fills import close_position
from tradewind.kernel.layout import MOST_PER_BAR, whole
from tradewind.kernel.phases import decide, enter, leave, plan_bar, protect, resting
from tradewind.kernel.quiet import first_at, hold, idle, is_quiet
from tradewind.model.decisions import EXIT_CODES

END: Final = whole(EXIT_CODES["end"])


@inlined
def carry_out(book: Any, tape: Any, i: int) -> float:
    """Carry out bar `i` in all its phases but the decisions; return the exposure at its close."""
    queued = book.account[0]["queued"]
    busy = leave(book, tape, i)
    enter(book, tape, i)
    resting(book, tape, i)
    protect(book, tape, i, busy, queued)
    held: float = mark(book, tape, i)
    withdraw(book, tape, i)
    return held


@kernel
def advance(
    account: Any, slots: Any, stops: Any, profits: Any, order: Any, asks: Any, ask_bars: Any, ask_ladders: Any,
    fills: Any, trades: Any, instruments: Any, tiers: Any, rules: Any, time: Any, open_: Any, high: Any, low: Any,
    close: Any, flags: Any, funding: Any, rows: Any, row_flags: Any, atr: Any, exit_long: Any, exit_short: Any,
    flow_bars: Any, flows: Any, clusters: Any, equity: Any, cash: Any, exposure: Any, drawdown: Any, i0: int, i1: int,
) -> int:  # fmt: skip
    """
    Move the account from market bar `i0` to before `i1` and return the bar reached.

    The bar reached is below `i1` when the buffers of fills or trades might not hold the next bar's:
    enlarge them and go on from there. The arrays are those of `Book`, `Tape` and `Curve`; `ask_bars` are the
    market bars at whose close the asks are decided; `flow_bars` and `flows` are the bars with a deposit or
    withdrawal and its amount.
    """
    book = Book(
        account, slots, stops, profits, order, asks, ask_ladders, fills, trades, instruments, tiers, rules, clusters
    )
    tape = Tape(time, open_, high, low, close, flags, funding, rows, row_flags, atr, exit_long, exit_short)
    one = account[0]
    a = first_at(ask_bars, i0, 0, ask_bars.shape[0])
    f = first_at(flow_bars, i0, 0, flow_bars.shape[0])
    i = i0
    while i < i1:
        # Quiet stretches end with the bar at whose close there is something to decide, or before a flow.
        until = i1
        if a < ask_bars.shape[0] and ask_bars[a] < until:
            until = ask_bars[a] + 1
        flowing = False
        if f < flow_bars.shape[0] and flow_bars[f] < until:
            until = flow_bars[f]
            flowing = until == i
        start = i
        if one["active"] == 0 and not flowing:
            i = idle(one, rules[0], time, equity, cash, exposure, drawdown, i, until)
        elif one["active"] == 1 and not flowing:
            slot = slots[order[0, 0]]
            if is_quiet(one, rules[0], slot, instruments[slot["symbol"]]):
                i = hold(
                    one, rules[0], slot, time, open_, high, low, close, flags, rows, row_flags, atr, exit_long,
                    equity, cash, exposure, drawdown, instruments[slot["symbol"]], i, until,
                )  # fmt: skip
        if i == start:
            most = one["active"] * MOST_PER_BAR
            if one["fills"] + most > fills.shape[0] or one["trades"] + most > trades.shape[0]:
                return i
            if flowing:
                book_flow(one, flows[f])
                f += 1
            exposure[i] = carry_out(book, tape, i)
            equity[i] = one["equity"]
            if cash.shape[0] > 0:
                cash[i] = one["cash"]
                drawdown[i] = fall(one["peak"], one["equity"])
            i += 1
        while a < ask_bars.shape[0] and ask_bars[a] == i - 1:
            decide(book, a, time[i - 1] + rules[0]["bar_ms"])
            a += 1
    return i1


@kernel
def finish(book: Any, tape: Any, curve: Any, i: int) -> None:
    """
    Close what is open after bar `i`, at its close with slippage (R4).

    The curve's last row, and the peak with it, become those of the account after the closing.
    """
    account = book.account[0]
    before = account["trades"]
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if slot["side"] != 0:
            instrument = book.instruments[slot["symbol"]]
            price = market_price(slot["mark"], -slot["side"], instrument["slip"], instrument["half"])
            row = plan_bar(tape.rows[slot["timeline"], i])
            taker = instrument["taker"]
            close_position(account, slot, instrument, book.fills, book.trades, tape.time[i], row, price, taker, END)
    if account["trades"] == before:
        return
    account["equity"] = account["cash"]
    account["peak"] = account["peak_before"]
    if account["equity"] > account["peak"]:
        account["peak"] = account["equity"]
    curve.equity[i] = account["equity"]
    curve.exposure[i] = 0.0
    if curve.cash.shape[0] > 0:
        curve.cash[i] = account["cash"]
        curve.drawdown[i] = fall(account["peak"], account["equity"])
