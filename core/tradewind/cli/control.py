"""`tradewind pause|resume|stop|flatten|swap`: what a person does to a running session."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradewind.cli import completing
from tradewind.cli.context import Context, with_context
from tradewind.errors import LiveError, UsageError

if TYPE_CHECKING:
    from tradewind.live.outcome import Outcome

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
    from tradewind.live.breakers import BREAKERS

    if breaker not in BREAKERS:
        raise UsageError(f"the breaker was {breaker!r}, expected one of {', '.join(sorted(BREAKERS))}.", code="TW-U008")
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
    outcomes = [
        _ask(path, request, quiet=as_json) for path in chosen(context.settings.state_dir, account, everyone=everyone)
    ]
    unheard = [outcome.account for outcome in outcomes if not outcome.heard]
    if not outcomes or unheard:
        outcomes = [outcome for outcome in outcomes if outcome.heard]
        outcomes += _through_the_database(context, request, unheard or ([account] if account else []))
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
    from tradewind.live.control_socket import sockets

    found = [path for path in sockets(state_dir) if account is None or path.stem.startswith(account)]
    if len(found) > 1 and not everyone:
        raise UsageError(
            f"{len(found)} sessions are running: {', '.join(path.stem for path in found)}.",
            code="TW-U008",
            hint="Name one with --account, or take all with --all.",
        )
    return found


def _ask(path: Path, request: Mapping[str, Any], *, quiet: bool) -> Outcome:
    from tradewind.live.control_socket import ask
    from tradewind.live.outcome import Outcome

    try:
        for piece in ask(path, request):
            if "ok" in piece:
                return Outcome.from_answer(path.stem, str(request["verb"]), piece)
            if not quiet:
                click.echo(f"{piece.get('progress', '')} …", err=True)
    except LiveError as error:
        click.echo(error.message, err=True)
    return Outcome(account=path.stem, verb=str(request["verb"]), heard=False)


def _through_the_database(context: Context, request: Mapping[str, Any], accounts: list[str]) -> list[Outcome]:
    from tradewind.cli.options import now_ms
    from tradewind.live.remote import leave_word
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store

    place = address_of(context.settings)
    if place.path is not None and not place.path.is_file():
        raise _nobody(context.settings.state_dir)
    with open_store(place, pool_size=1) as store:
        found = leave_word(store, request, accounts, now_ms=now_ms())
    if not found:
        raise _nobody(context.settings.state_dir)
    return found


def _nobody(state_dir: Path) -> LiveError:
    return LiveError(
        f"no engine is running in {state_dir}, and none has been.",
        code="TW-L008",
        hint="Name the settings that the session was started with: --settings FILE, or --set state_dir=FOLDER.",
    )
