"""`tradewind performance`: what sessions have achieved, from the database."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import click

from tradewind.cli.context import Context, with_context

if TYPE_CHECKING:
    from tradewind.store.accounts import Performance, Session

KEYS: Final = ("total_pnl", "win_rate", "sharpe_ratio", "max_drawdown", "total_trades", "average_trade")


@click.command()
@click.option("--backtests", is_flag=True, help="Backtests instead of sessions on paper and live.")
@click.option("--last", type=click.IntRange(1, 1000), default=1, metavar="N", help="The last N sessions; 1 by default.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@with_context
def performance(context: Context, backtests: bool, last: int, as_json: bool) -> None:
    """Show what the newest sessions have achieved."""
    from tradewind.store.accounts import TRADING
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store
    from tradewind.store.performances import newest_sessions

    address = address_of(context.settings)
    rows = []
    if address.path is None or address.path.exists():
        modes = ("backtest",) if backtests else TRADING
        with open_store(address, mode="read") as store, store.snapshot() as connection:
            rows = [_plain(*row) for row in newest_sessions(connection, modes=modes, limit=last)]
    if as_json:
        click.echo(json.dumps(rows, indent=2, allow_nan=False))
        return
    for row in rows:
        _show(row)
    if not rows:
        click.echo("There are no sessions yet; `tradewind run adaptive` makes one on paper.", err=True)


def _plain(session: Session, found: Performance | None) -> dict[str, Any]:
    from tradewind.backtest.tables import iso_time

    figures = dict(found.figures) if found is not None else {}
    return {
        "id": session.id,
        "mode": session.mode,
        "strategy": session.strategy_name,
        "symbols": session.symbol.split(","),
        "timeframe": session.timeframe,
        "start": iso_time(session.start_time),
        "end": None if session.ended_ms is None else iso_time(session.ended_ms),
        "end_reason": session.end_reason,
        "initial_balance": float(session.initial_balance),
        **{name: figures.get(name) for name in KEYS},
    }


def _show(row: dict[str, Any]) -> None:
    state = f"{row['end']} ({row['end_reason']})" if row["end"] else "running"
    click.secho(f"Session {row['id']}: {row['strategy']} on {', '.join(row['symbols'])} {row['timeframe']}", bold=True)
    click.echo(f"  {row['mode']}, {row['start']} to {state}")
    if row["total_pnl"] is None:
        click.echo("  no figures yet")
        return
    lines = (
        ("Total P&L", f"{row['total_pnl']:+,.2f} of {row['initial_balance']:,.2f}"),
        ("Win rate", f"{row['win_rate']:.1f}%"),
        ("Sharpe ratio", f"{row['sharpe_ratio']:.2f}"),
        ("Max drawdown", f"{row['max_drawdown']:.2f}%"),
        ("Total trades", f"{row['total_trades']:.0f}"),
        ("Average trade", f"{row['average_trade']:+,.2f}"),
    )
    for name, value in lines:
        click.echo(f"  {name:<13}  {value}")
