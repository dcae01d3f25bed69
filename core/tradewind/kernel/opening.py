"""What happens at a bar's open: flows and funding, exits, gaps, entries (rules O and C5)."""

from __future__ import annotations

from typing import Any, Final

from tradewind.kernel.compile import kernel
from tradewind.kernel.costs import market_price
from tradewind.kernel.fills import (
    EXPIRED,
    LIQUIDATION,
    STOP,
    TRAILING,
    close_position,
    close_tranche,
    end_entry,
    fill_entry,
)
from tradewind.kernel.layout import AFTER_GAP, LIMIT_ENTRY, MASKED
from tradewind.model.decisions import EXIT_CODES

TAKE_PROFIT: Final = EXIT_CODES["take_profit"]
TIME: Final = EXIT_CODES["time"]


@kernel
def plan_bar(code: int) -> int:
    """Return the plan row that holds a market bar (T7)."""
    if code >= 0:
        return code
    return -2 - code


@kernel
def book_flow(account: Any, flow: float) -> None:
    """Book a deposit or withdrawal so that drawdown and daily loss stay the fractions they were (C5)."""
    equity = account["equity"]
    account["cash"] += flow
    account["equity"] += flow
    if equity > 0.0 and equity + flow > 0.0:
        factor = (equity + flow) / equity
        account["peak"] *= factor
        account["day_start"] *= factor
    else:
        account["peak"] = equity + flow
        account["day_start"] = equity + flow


@kernel
def stop_slip(instrument: Any, wild: float, atr: float, high: float, low: float) -> float:
    """Return the slippage of a stop in a bar: more where the bar spans many ATR (I8)."""
    if high - low > wild * atr:
        return instrument["stop_slip"]  # type: ignore[no-any-return]
    return instrument["slip"]  # type: ignore[no-any-return]


@kernel
def leave_at_open(book: Any, tape: Any, k: int, i: int) -> None:
    """Carry out what closes slot `k` at the open of bar `i`: liquidation, exits, time, gaps (I1, O0 to O3)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    instrument = book.instruments[symbol]
    price = tape.open[symbol, i]
    time = tape.time[i]
    side = slot["side"]
    row = plan_bar(tape.rows[k, i])
    if instrument["linear"] != 0:
        if tape.funding.shape[1] > 0:
            paid = -side * slot["quantity"] * price * tape.funding[symbol, i]
            book.account[0]["cash"] += paid
            slot["funding"] += paid
        limit = slot["liquidation"]
        if limit > 0.0 and side * (limit - price) >= 0.0:
            close_position(book, k, time, row, limit, 0.0, LIQUIDATION)
            return
    taker = instrument["taker"]
    if slot["pending_exit"] != 0:
        fill = market_price(price, -side, instrument["slip"], instrument["half"])
        close_position(book, k, time, row, fill, taker, slot["pending_exit"])
        return
    if slot["max_bars"] > 0 and row - slot["entry_row"] >= slot["max_bars"]:
        fill = market_price(price, -side, instrument["slip"], instrument["half"])
        close_position(book, k, time, row, fill, taker, TIME)
        return
    if side * (slot["stop"] - price) >= 0.0:
        stop_out(book, tape, k, i, price)
        return
    j = 0
    while j < slot["tranches"]:
        if side * (price - book.tranches[k, j]["target"]) >= 0.0:
            close_tranche(book, k, j, time, row, price, instrument["maker"], TAKE_PROFIT, 0)
        else:
            j += 1


@kernel
def stop_out(book: Any, tape: Any, k: int, i: int, trigger: float) -> None:
    """Close slot `k` by its stop, triggered at this price in bar `i` (O3, I3)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    instrument = book.instruments[symbol]
    wild = book.rules[0]["wild_bar_atr"]
    slip = stop_slip(instrument, wild, slot["atr"], tape.high[symbol, i], tape.low[symbol, i])
    fill = market_price(trigger, -slot["side"], slip, instrument["half"])
    reason = STOP
    if slot["trailed"] != 0:
        reason = TRAILING
    close_position(book, k, tape.time[i], plan_bar(tape.rows[k, i]), fill, instrument["taker"], reason)


@kernel
def enter_at_open(book: Any, tape: Any, i: int) -> None:
    """Carry out the pending market entries at the open of bar `i`, by rank (O4, T3, T4)."""
    account = book.account[0]
    kept = 0
    for n in range(account["queued"]):
        k = book.order[1, n]
        slot = book.slots[k]
        symbol = slot["symbol"]
        if tape.flags[symbol, i] & MASKED:
            book.order[1, kept] = k
            kept += 1
            continue
        if tape.flags[symbol, i] & AFTER_GAP or slot["side"] != 0:
            end_entry(book, k, EXPIRED)
            continue
        instrument = book.instruments[symbol]
        price = market_price(tape.open[symbol, i], slot["wanted"], instrument["slip"], instrument["half"])
        fill_entry(book, k, tape.time[i], plan_bar(tape.rows[k, i]), price, instrument["taker"], 0)
    account["queued"] = kept


@kernel
def limit_at_open(book: Any, tape: Any, k: int, i: int) -> None:
    """Let the pending limit entry of slot `k` expire, fill at the open of bar `i`, or rest (O5, T4)."""
    slot = book.slots[k]
    symbol = slot["symbol"]
    if tape.flags[symbol, i] & AFTER_GAP or slot["side"] != 0:
        end_entry(book, k, EXPIRED)
        return
    side = slot["wanted"]
    limit = slot["wanted_limit"]
    price = tape.open[symbol, i]
    if side * (limit - price) < 0.0:
        return
    instrument = book.instruments[symbol]
    price = market_price(price, side, instrument["slip"], instrument["half"])
    if side * (price - limit) > 0.0:
        price = limit
    fill_entry(book, k, tape.time[i], plan_bar(tape.rows[k, i]), price, instrument["taker"], 0)


@kernel
def expire_limit(book: Any, k: int) -> None:
    """Let a limit entry that its row left unfilled expire (C7)."""
    if book.slots[k]["wanted"] != 0 and book.slots[k]["wanted_kind"] == LIMIT_ENTRY:
        end_entry(book, k, EXPIRED)
