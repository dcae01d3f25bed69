"""
The one implementation of every trading rule: the loop over market bars.

The rules, and their numbers that the other modules name, stand in docs/explanation/kernel.md.
"""

from __future__ import annotations

from typing import Any

from tradewind.kernel.book import Book, Tape
from tradewind.kernel.chain import decide
from tradewind.kernel.closing import complete_row, mark, settle, sweep
from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import market_price
from tradewind.kernel.fills import close_position
from tradewind.kernel.inside import limit_inside, liquidate_inside, stop_or_target
from tradewind.kernel.layout import LIMIT_ENTRY, MASKED
from tradewind.kernel.opening import book_flow, enter_at_open, leave_at_open, limit_at_open, plan_bar
from tradewind.model.decisions import EXIT_CODES

END = EXIT_CODES["end"]


@kernel
def first_at(bars: Any, i: int) -> int:
    """Return the index of the first entry of an ascending array that is not below `i`."""
    low = 0
    high = bars.shape[0]
    while low < high:
        middle = (low + high) // 2
        if bars[middle] < i:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def at_open(book: Any, tape: Any, i: int) -> None:
    """Do what the open of bar `i` brings, exits of every slot before entries (rules O)."""
    account = book.account[0]
    for j in range(account["active"]):
        k = book.order[0, j]
        if book.slots[k]["side"] != 0 and tape.flags[book.slots[k]["symbol"], i] & MASKED == 0:
            leave_at_open(book, tape, k, i)
    if account["queued"] > 0:
        enter_at_open(book, tape, i)
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if slot["wanted_kind"] == LIMIT_ENTRY and tape.flags[slot["symbol"], i] & MASKED == 0:
            limit_at_open(book, tape, k, i)


@kernel
def inside_bar(book: Any, tape: Any, i: int) -> None:
    """Do what the range of bar `i` brings (rules I)."""
    account = book.account[0]
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if tape.flags[slot["symbol"], i] & MASKED:
            continue
        if slot["side"] != 0:
            if book.instruments[slot["symbol"]]["linear"] != 0:
                liquidate_inside(book, tape, k, i)
        elif slot["wanted_kind"] == LIMIT_ENTRY:
            limit_inside(book, tape, k, i)
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if slot["side"] != 0 and tape.flags[slot["symbol"], i] & MASKED == 0:
            stop_or_target(book, tape, k, i)


@kernel
def at_close(book: Any, tape: Any, i: int) -> float:
    """Mark the account at the close of bar `i` and take over the rows it completes; return the exposure (rules C)."""
    account = book.account[0]
    total = 0.0
    held = 0.0
    for j in range(account["active"]):
        k = book.order[0, j]
        if book.slots[k]["side"] != 0:
            total += mark(book, tape, k, i)
            held += book.slots[k]["quantity"] * book.slots[k]["mark"]
    account["equity"] = account["cash"] + total
    settle(book, tape.time[i] + book.rules[0]["bar_ms"])
    for j in range(account["active"]):
        k = book.order[0, j]
        if tape.rows[k, i] >= 0:
            complete_row(book, tape, k, tape.rows[k, i])
    sweep(book)
    return held


@kernel
def advance(
    account: Any,
    slots: Any,
    tranches: Any,
    ladders: Any,
    stops: Any,
    profits: Any,
    order: Any,
    asks: Any,
    ask_bars: Any,
    ask_ladders: Any,
    fills: Any,
    trades: Any,
    counts: Any,
    instruments: Any,
    tiers: Any,
    rules: Any,
    time: Any,
    open_: Any,
    high: Any,
    low: Any,
    close: Any,
    flags: Any,
    funding: Any,
    rows: Any,
    row_flags: Any,
    atr: Any,
    exit_long: Any,
    exit_short: Any,
    flow_bars: Any,
    flows: Any,
    clusters: Any,
    equity: Any,
    cash: Any,
    exposure: Any,
    i0: int,
    i1: int,
) -> int:
    """
    Move the account from market bar `i0` to before `i1` and return the bar reached.

    The bar reached is below `i1` when the buffers of fills or trades might not hold the next bar's:
    enlarge them and go on from there. The arrays are those of `Book` and `Tape`; `flow_bars` and `flows`
    are the bars with a deposit or withdrawal and its amount; `equity`, `cash` and `exposure` [bar] are
    written at every close.
    """
    book = Book(
        account, slots, tranches, ladders, stops, profits, order, asks, ask_ladders, fills, trades, counts,
        instruments, tiers, rules,
    )  # fmt: skip
    tape = Tape(time, open_, high, low, close, flags, funding, rows, row_flags, atr, exit_long, exit_short)
    rungs = ladders.shape[1]
    a = first_at(ask_bars, i0)
    f = first_at(flow_bars, i0)
    for i in range(i0, i1):
        most = account[0]["active"] * (2 * rungs + 3)
        if counts[0] + most > fills.shape[0] or counts[1] + most > trades.shape[0]:
            return i
        while f < flow_bars.shape[0] and flow_bars[f] == i:
            book_flow(account[0], flows[f])
            f += 1
        held = 0.0
        if account[0]["active"] > 0:
            at_open(book, tape, i)
            inside_bar(book, tape, i)
            held = at_close(book, tape, i)
        else:
            account[0]["equity"] = account[0]["cash"]
            settle(book, time[i] + rules[0]["bar_ms"])
        equity[i] = account[0]["equity"]
        cash[i] = account[0]["cash"]
        exposure[i] = held
        account[0]["reserved_now"] = 0
        while a < ask_bars.shape[0] and ask_bars[a] == i:
            decide(book, a, time[i] + rules[0]["bar_ms"], clusters)
            a += 1
    return i1


@kernel
def finish(book: Any, tape: Any, i: int, equity: Any, cash: Any, exposure: Any) -> None:
    """Close what is open after bar `i`, at its close with slippage, and correct the curve's last row (R4)."""
    account = book.account[0]
    for j in range(account["active"]):
        k = book.order[0, j]
        slot = book.slots[k]
        if slot["side"] != 0:
            instrument = book.instruments[slot["symbol"]]
            price = market_price(slot["mark"], -slot["side"], instrument["slip"], instrument["half"])
            close_position(book, k, tape.time[i], plan_bar(tape.rows[k, i]), price, instrument["taker"], END)
    account["equity"] = account["cash"]
    equity[i] = account["equity"]
    cash[i] = account["cash"]
    exposure[i] = 0.0
