"""`tradewind pause|resume|stop|flatten|swap`: what a person does to a running session."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.errors import UsageError

_JSON = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
_ACCOUNT = click.option("--account", metavar="NAME", help="Which session, by its account's name or how that begins.")
_ALL = click.option("--all", "everyone", is_flag=True, help="Every running session.")


def _told(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every verb has."""
    for option in (_JSON, _ALL, _ACCOUNT):
        command = option(command)
    return command


@click.command()
@_told
@with_context
def pause(context: Context, account: str | None, everyone: bool, as_json: bool) -> None:
    """Take no new entries; what is open stays, with its stops, until `tradewind resume`."""
    _act(context, {"verb": "pause"}, account, everyone, as_json)


@click.command()
@_told
@with_context
def stop(context: Context, account: str | None, everyone: bool, as_json: bool) -> None:
    """
    End the session in order: no new entries, and what is open stays open.

    Stops remain at the exchange. To close everything instead: `tradewind flatten`.
    """
    _act(context, {"verb": "stop"}, account, everyone, as_json)


@click.command()
@_told
@with_context
def flatten(context: Context, account: str | None, everyone: bool, as_json: bool) -> None:
    """Close every position, wait until zero is verified, and end the session; exit code 1 when it is not."""
    _act(context, {"verb": "flatten"}, account, everyone, as_json)


@click.command()
@click.option("--breaker", default="OPERATOR", metavar="NAME", help="The breaker to clear; a pause by default.")
@_told
@with_context
def resume(context: Context, breaker: str, account: str | None, everyone: bool, as_json: bool) -> None:
    """
    Clear a breaker, so that entries are taken again.

    Breakers that money depends on stand until a person clears them, also across restarts; `tradewind health` names
    those that stand.
    """
    _act(context, {"verb": "resume", "breaker": breaker}, account, everyone, as_json)


@click.command()
@click.argument("strategy", shell_complete=completing.strategies)
@click.option("--plan", is_flag=True, help="Only print what it would do.")
@click.option("--policy", type=click.Choice(["adopt", "close", "freeze"]), default="adopt", show_default=True,
              help="What happens to open positions.")  # fmt: skip
@click.option("--slot", default="", metavar="NAME", help="The place to take; all by default.")
@_told
@with_context
def swap(
    context: Context, strategy: str, plan: bool, policy: str, slot: str, account: str | None, everyone: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """
    Let STRATEGY take over in the running session, between two bars.

    It is tried first on the bars that are known; when it raises within three bars, the one before returns.
    """
    request = {"verb": "swap", "strategy": strategy, "plan": plan, "policy": policy, "slot": slot}
    _act(context, request, account, everyone, as_json)


def _act(context: Context, request: Mapping[str, Any], account: str | None, everyone: bool, as_json: bool) -> None:
    from tradewind.cli.options import now_ms
    from tradewind.live.control.steering import steer

    def progress(words: str) -> None:
        if not as_json:
            click.echo(f"{words} …", err=True)

    outcomes = steer(
        context.settings,
        request,
        chosen(context.settings.state_dir, account, everyone=everyone),
        accounts=[account] if account else [],
        now_ms=now_ms(),
        progress=progress,
        trouble=lambda words: click.echo(words, err=True),
    )
    if as_json:
        click.echo(json.dumps([outcome.to_dict() for outcome in outcomes], indent=2))
    else:
        for outcome in outcomes:
            for line in outcome.lines:
                click.echo(line)
    sys.exit(max(outcome.exit_code for outcome in outcomes))


def chosen(state_dir: Path, account: str | None, *, everyone: bool) -> list[Path]:
    """
    Return the sockets of the sessions that are meant; none when no engine listens.

    Raises:
        UsageError: TW-U008 when several run and none was named.
    """
    from tradewind.live.control.socket import sockets

    found = [path for path in sockets(state_dir) if account is None or path.stem.startswith(account)]
    if len(found) > 1 and not everyone:
        raise UsageError(
            f"{len(found)} sessions are running: {', '.join(path.stem for path in found)}.",
            code="TW-U008",
            hint="Name one with --account, or take all with --all.",
        )
    return found
