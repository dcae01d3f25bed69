"""What a session says on a terminal: a line for each thing that happened, a table at the end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tradewind.backtest.tables import iso_time
from tradewind.live.engine import Told
from tradewind.live.position.account import OpenPosition, PlanRow
from tradewind.live.session.figures import Figures
from tradewind.live.session.rows import leaves
from tradewind.live.strategy.seat import Seat
from tradewind.model.decisions import BINDINGS, EXIT_REASONS, OUTCOMES, REGIMES
from tradewind.pipeline.words import condition_words, outcome_words


def lines_of(told: Told, *, every_bar: bool = False) -> Iterator[str]:
    """
    Yield a line for each fill, each trade closed, each decision that asked for an entry, each halt.

    Args:
        told: One moment.
        every_bar: Also a line for each row on which nothing was asked for.
    """
    step = told.step
    for fill in step.fills[step.fills["reason"] == 0]:
        side = "long" if fill["side"] > 0 else "short"
        amount = f"{fill['quantity']:.8g} at {fill['price']:,.8g}, fee {fill['fee']:,.2f}"
        yield _line(int(fill["time"]), told.seats[int(fill["slot"])], f"entered {side} {amount}")
    for trade in step.trades:
        side = "long" if trade["side"] > 0 else "short"
        amount = f"{trade['quantity']:.8g} at {trade['exit_price']:,.8g} by {EXIT_REASONS[int(trade['reason'])]}"
        yield _line(
            int(trade["exit_time"]), told.seats[int(trade["slot"])], f"closed {side} {amount}, {trade['pnl']:+,.2f}"
        )
    asked = {int(ask["slot"]): ask for ask in step.decided}
    sides = {position.slot: position.side for position in step.positions}
    for k, row in enumerate(told.rows):
        held = sides.get(told.seats[k].key, 0)
        if row is not None and (every_bar or k in asked or row.degraded or leaves(row, held)):
            yield _line(int(row.bars.time[-1]), told.seats[k], _decision(row, asked.get(k), held, every_bar=every_bar))
    for ask in step.settled:
        if OUTCOMES[int(ask["outcome"])] != "filled":
            yield _line(step.moment.open_ms, told.seats[int(ask["slot"])], "entry " + OUTCOMES[int(ask["outcome"])])


def _line(time_ms: int, seat: Seat, text: str) -> str:
    return f"{iso_time(time_ms)}  {seat.key.symbol} {seat.strategy}  {text}"


def _decision(row: PlanRow, ask: Any, side: int, *, every_bar: bool) -> str:
    if row.degraded:
        return f"not asked: {row.degraded}"
    plan = row.plan
    words = []
    if ask is not None:
        words.append("enter long" if ask["enter"] > 0 else "enter short")
    if leaves(row, side):
        words.append("leave at the next open")
    text = ", ".join(words) or "no wish"
    if ask is not None:
        outcome = OUTCOMES[int(ask["outcome"])]
        text += f"; {outcome}"
        if ask["quantity"] > 0.0:
            text += (
                f" {ask['quantity']:.8g} at about {ask['price']:,.8g}, stop {ask['distance'] / ask['price']:.2%} away, "
                f"risk {ask['requested_risk']:.2%} -> {ask['effective_risk']:.2%} ({BINDINGS[int(ask['binding'])]})"
            )
        elif outcome.startswith("blocked"):
            text += f" ({outcome_words(outcome)})"
    if every_bar:
        held = condition_words(int(plan.bits[0]), plan.conditions) if plan.conditions else ""
        text += f"; {REGIMES[int(plan.regime[0])]}" + (f"; {held}" if held else "")
    return text


def summary_lines(figures: Figures, positions: Sequence[OpenPosition], halts: Sequence[str]) -> list[str]:
    """Return the table that ends a session."""
    six = figures.summary()
    change = figures.equity / figures.initial_balance - 1.0
    rows = [
        ("Bars", f"{figures.bars:,}"),
        ("Decisions", f"{figures.decisions:,} that asked for an entry"),
        ("Balance at the start", f"{figures.initial_balance:,.2f}"),
        ("Equity now", f"{figures.equity:,.2f} ({change:+.2%})"),
        ("Total P&L", f"{six['total_pnl']:+,.2f}, fees {figures.fees:,.2f} paid"),
        ("Trades closed", f"{six['total_trades']:.0f}, average {six['average_trade']:+,.2f}"),
        ("Win rate", f"{six['win_rate']:.1f}%"),
        ("Sharpe ratio", f"{six['sharpe_ratio']:.2f}"),
        ("Max drawdown", f"{six['max_drawdown']:.2f}%"),
        ("Open positions", _positions(positions)),
    ]
    if halts:
        rows.append(("Halted by", ", ".join(halts)))
    width = max(len(name) for name, _ in rows)
    return [f"  {name:<{width}}  {value}" for name, value in rows]


def _positions(positions: Sequence[OpenPosition]) -> str:
    words = [
        f"{one.slot.symbol} {'long' if one.side > 0 else 'short'} {one.quantity:.8g} from {one.entry_price:,.8g}, "
        f"{one.unrealised_pnl:+,.2f}"
        for one in positions
    ]
    return "; ".join(words) or "none"


def plain_positions(positions: Sequence[OpenPosition]) -> list[Mapping[str, Any]]:
    """Return open positions as values that strict JSON can hold; times are ISO 8601 UTC."""
    return [
        {
            "symbol": one.slot.symbol,
            "slot": one.slot.name,
            "side": "long" if one.side > 0 else "short",
            "quantity": one.quantity,
            "entry_time": iso_time(one.entry_time),
            "entry_price": one.entry_price,
            "mark": one.mark,
            "stop": one.stop,
            "unrealised_pnl": one.unrealised_pnl,
        }
        for one in positions
    ]
