"""What the oracle hands out: plain records with exact decimals."""

from __future__ import annotations

from decimal import Decimal

import attrs


@attrs.frozen(kw_only=True)
class Fill:
    """
    One execution.

    Args:
        time: Open of the market bar it happened in, UTC milliseconds.
        symbol: The pair.
        strategy: Whose order it was.
        side: +1 for a purchase, −1 for a sale.
        price: Quote units.
        quantity: Base units ordered.
        fee: Quote units.
        reason: `entry`, or why the position was closed.
        position: Number of the position it opened or closed.
    """

    time: int
    symbol: str
    strategy: str
    side: int
    price: Decimal
    quantity: Decimal
    fee: Decimal
    reason: str
    position: int


@attrs.frozen(kw_only=True)
class Trade:
    """One tranche from its entry to its exit, as rules R1 to R3 of the page have it."""

    symbol: str
    strategy: str
    side: int
    entry_time: int
    entry_price: Decimal
    exit_time: int
    exit_price: Decimal
    quantity: Decimal
    fees: Decimal
    pnl: Decimal
    pnl_pct: Decimal
    r_multiple: Decimal
    exit_reason: str
    bars_held: int
    mae: Decimal
    mfe: Decimal
    ambiguous: bool
    position: int


@attrs.frozen(kw_only=True)
class EquityRow:
    """The account after one market bar; amounts in quote units, drawdown a fraction of the peak."""

    time: int
    equity: Decimal
    cash: Decimal
    exposure: Decimal
    drawdown: Decimal
    flow: Decimal


@attrs.define(kw_only=True)
class Decision:
    """
    What became of one row that asked for an entry.

    `outcome` changes from `sent` to `filled` or `expired` as the run goes on; all else stays.
    """

    time: int
    symbol: str
    strategy: str
    enter: int
    outcome: str
    requested_risk: Decimal
    effective_risk: Decimal
    quantity: Decimal
    distance: Decimal
    price: Decimal
    binding: str
    bits: int


@attrs.frozen(kw_only=True)
class Holding:
    """A position that is still open at the end: marked at the last good close, profit before fees (rule R4)."""

    symbol: str
    strategy: str
    side: int
    entry_time: int
    entry_price: Decimal
    quantity: Decimal
    stop: Decimal
    mark: Decimal
    unrealised_pnl: Decimal


@attrs.frozen(kw_only=True)
class OracleRun:
    """
    The whole answer.

    Args:
        trades: In the order in which tranches closed.
        fills: In the order in which they happened.
        equity: One row per market bar.
        decisions: One row per asked plan row.
        positions: What is still open.
        near_ties: Comparisons so close that floats may decide them otherwise, in words.
    """

    trades: list[Trade]
    fills: list[Fill]
    equity: list[EquityRow]
    decisions: list[Decision]
    positions: list[Holding]
    near_ties: list[str]
