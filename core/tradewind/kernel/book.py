"""The arrays of a run under two names, as the phases of a bar see them."""

from __future__ import annotations

from typing import Any, NamedTuple


class Book(NamedTuple):
    """
    Everything the kernel changes, and what it holds orders to.

    Shapes: `slots` [slot]; `stops` and `profits` are rings [slot, length]; `order` [2, slot] holds the slots
    that have a position or an entry, ascending, and those with a pending market entry by rank; `ask_ladders`
    [ask or 1, rung]; `instruments` [symbol]; `tiers` [symbol, step]; `clusters` [day, symbol].
    """

    account: Any
    slots: Any
    stops: Any
    profits: Any
    order: Any
    asks: Any
    ask_ladders: Any
    fills: Any
    trades: Any
    instruments: Any
    tiers: Any
    rules: Any
    clusters: Any


class Tape(NamedTuple):
    """
    What the market and the plans say.

    Shapes: prices, `flags` and `funding` [symbol, bar] (`funding` may be [symbol, 0]); `rows` [timeline,
    bar] holds the plan row a bar belongs to, r where the bar completes it and −2 − r where it does not (−1
    before the first row); `row_flags` and `atr` lie over the plan bars of all symbols, the exits over the
    rows of all slots, one after the other.
    """

    time: Any
    open: Any
    high: Any
    low: Any
    close: Any
    flags: Any
    funding: Any
    rows: Any
    row_flags: Any
    atr: Any
    exit_long: Any
    exit_short: Any


class Curve(NamedTuple):
    """The account at every close, quote units but for the drawdown: arrays [bar]."""

    equity: Any
    cash: Any
    exposure: Any
    drawdown: Any
