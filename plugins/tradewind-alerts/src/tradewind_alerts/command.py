"""`tradewind alerts`: a test message, and what became of earlier ones."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradewind.api import UsageError
from tradewind_alerts.receipts import read_receipts

if TYPE_CHECKING:
    from tradewind_alerts.service import Alerts


@click.group()
def alerts() -> None:
    """Send a test message, and show what was delivered."""


@alerts.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.pass_context
def test(ctx: click.Context, as_json: bool) -> None:
    """
    Send a test message on every channel of the settings.

    Exit code 0 when every channel took it, 1 when one did not, 2 when there is none.
    """
    service: Alerts = _context(ctx).service("alerts")
    if not service.channels:
        raise UsageError(
            "alerts have no address.",
            code="TW-U008",
            hint="Write it to .secrets.toml, readable by you alone:\n\n"
            '  [services.alerts]\n  first_url = "tgram://BOT_TOKEN/CHAT_ID"\n',
        )
    answers = asyncio.run(service.try_channels())
    kinds = {channel.name: channel.kind for channel in service.channels}
    if as_json:
        rows = [
            {"channel": name, "kind": kinds[name], "delivered": not why, "why": why} for name, why in answers.items()
        ]
        click.echo(json.dumps(rows, indent=2))
    else:
        for name, why in answers.items():
            said = f"did not take it: {why}" if why else "took the message. Look whether it has arrived."
            click.echo(f"The {name} channel ({kinds[name]}) {said}")
    sys.exit(1 if any(answers.values()) else 0)


@alerts.command()
@click.option(
    "--last", type=click.IntRange(1, 100_000), default=20, metavar="N", help="How many lines, the newest last."
)
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.pass_context
def receipts(ctx: click.Context, last: int, as_json: bool) -> None:
    """Show what was to be delivered, what was, and on which attempt."""
    lines = read_receipts(Path(_context(ctx).service("alerts").config.receipts))[-last:]
    if as_json:
        click.echo(json.dumps(lines, indent=2))
        return
    for line in lines:
        click.echo(f"{_when(line)}  {line['what']:<10} {_rest(line)}")
    if not lines:
        click.echo("No alert was sent from here yet.")


def _when(line: Any) -> str:
    return dt.datetime.fromtimestamp(int(line.get("time_ms", 0)) / 1000, tz=dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _rest(line: Any) -> str:
    if line["what"] == "queued":
        return f"{line.get('id')} {line.get('severity')}: {line.get('title')}. {line.get('text', '')}"
    shown = {name: value for name, value in line.items() if name not in {"time_ms", "what"} and value not in ("", [])}
    words = {name: " ".join(map(str, value)) if isinstance(value, list) else value for name, value in shown.items()}
    return ", ".join(f"{name} {value}" for name, value in words.items())


def _context(ctx: click.Context) -> Any:
    found = ctx.find_root().obj
    if not hasattr(found, "service"):
        raise UsageError("alerts were started by themselves, expected: tradewind alerts.", code="TW-U008")
    return found
