"""`tradewind sandbox`: an exchange on this machine, to rehearse on."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import secrets
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from tradewind.api import UsageError, check_symbol
from tradewind_sandbox.connection import facts_of, remove_connection, write_connection
from tradewind_sandbox.credentials import Credentials
from tradewind_sandbox.faults.files import read_script
from tradewind_sandbox.market.driver import open_histories
from tradewind_sandbox.sandbox import Sandbox, open_sandbox
from tradewind_sandbox.server.serving import SandboxServer
from tradewind_sandbox.server.ticking import Ticking
from tradewind_sandbox.settings import SandboxConfig, config_from

_GLANCE_S: Final = 0.2


@click.command()
@click.option("--replay", "folder", metavar="FOLDER", help="Replay price files of this folder.")
@click.option("--source", metavar="NAME", help="Replay this data source, such as synthetic.")
@click.option("--symbol", "symbols", multiple=True, metavar="SYMBOL", help="Pair to list; may be repeated.")
@click.option("--timeframe", metavar="LENGTH", help="Bars to replay, such as 1m.")
@click.option("--start", metavar="DATE", help="First moment, ISO 8601, UTC.")
@click.option("--speed", type=float, metavar="N", help="Market seconds in a second; 0 stands still until told.")
@click.option("--seed", type=int, metavar="N", help="Seed of everything drawn.")
@click.option(
    "--balance", "balances", multiple=True, metavar="ASSET=AMOUNT", help="What the account holds; repeatable."
)
@click.option("--faults", metavar="FILE", help="Fault script, TOML or JSON.")
@click.option("--port", type=int, metavar="PORT", help="Port of the exchange; 0 for any free one.")
@click.option("--control-port", type=int, metavar="PORT", help="Port of control and truth; 0 for any free one.")
@click.option("--seconds", type=float, default=0.0, metavar="N", help="End after so many seconds; 0 for never.")
@click.option("--json", "machine", is_flag=True, help="Print addresses and keys as JSON.")
@click.pass_context
def sandbox(ctx: click.Context, /, **options: Any) -> None:
    """
    Run an exchange on this machine that speaks the Binance Spot protocol.

    It replays history at any speed, keeps an account with play money, and does what a fault script says.
    Addresses and keys are printed and written to sandbox.json in the state folder. Ctrl-C ends it.
    """
    context = _context(ctx)
    settings = context.settings
    config = config_from({**settings.commands.get("sandbox", {}), **_given(options)})
    symbols = config.symbols or tuple(settings.symbols)
    for symbol in symbols:
        check_symbol(symbol)
    source = _source(context, options["folder"], config)
    start_ms = _moment(config.start) if config.start else None
    histories = open_histories(source, symbols, config.sandbox.market, start_ms=start_ms, seed=config.seed)
    script = None
    if config.faults:
        script = read_script(Path(config.faults), histories[0].start_ms, seed=config.seed)
    made = open_sandbox(
        histories,
        config.sandbox,
        script=script,
        seed=config.seed,
        credentials=Credentials.made_of(secrets.token_bytes(32)),
    )
    asyncio.run(_serve(made, config, Path(settings.state_dir), options["seconds"], machine=options["machine"]))


def _context(ctx: click.Context) -> Any:
    found = ctx.find_root().obj
    if not hasattr(found, "settings") or not hasattr(found, "catalog"):
        raise UsageError("the sandbox was started by itself, expected: tradewind sandbox.", code="TW-U008")
    return found


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that were given on the command line."""
    names = ("source", "timeframe", "start", "speed", "seed", "faults", "port", "control_port")
    values = {name: options[name] for name in names if options[name] is not None}
    if options["symbols"]:
        values["symbols"] = tuple(options["symbols"])
    if options["balances"]:
        values["balances"] = dict(_balance(one) for one in options["balances"])
    return values


def _balance(text: str) -> tuple[str, str]:
    asset, sign, amount = text.partition("=")
    if not sign or not asset:
        raise UsageError(f"--balance was {text!r}, expected an asset and an amount such as USDT=10000.", code="TW-U008")
    return asset, amount


def _source(context: Any, folder: str | None, config: SandboxConfig) -> Any:
    if folder is None:
        return context.source(config.source or None)
    if not Path(folder).exists():
        raise UsageError(f"the folder {folder!r} is not there.", code="TW-U007", hint="Name a folder of price files.")
    return context.catalog.build("data_sources", "files", {"path": [folder]})


def _moment(text: str) -> int:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"--start was {text!r}, expected a date such as 2024-08-01 or 2024-08-01T16:00.",
            code="TW-U008",
            hint="Dates are ISO 8601 and UTC unless they state another zone.",
        ) from None
    aware = found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)
    return int(aware.timestamp() * 1000)


async def _serve(made: Sandbox, config: SandboxConfig, folder: Path, seconds: float, *, machine: bool) -> None:
    server = SandboxServer(
        ticking=Ticking.at_speed(made, config.speed, time.monotonic),
        token=secrets.token_hex(32),
        rules=config.sockets,
        port=config.port,
        control_port=config.control_port,
    )
    await server.start()
    facts = facts_of(server, made.credentials)
    path = None
    try:
        path = write_connection(folder, facts)
        click.echo(json.dumps(facts) if machine else _told(facts, made, path))
        await _until_ended(server, seconds)
    finally:
        if path is not None:
            remove_connection(path, server.token)
        await server.stop()
    click.echo("The sandbox has ended.", err=True)


async def _until_ended(server: SandboxServer, seconds: float) -> None:
    loop, ended, told = asyncio.get_running_loop(), asyncio.Event(), False
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    until = loop.time() + seconds if seconds else float("inf")
    try:
        while not ended.is_set() and loop.time() < until:
            failure = server.failed()
            if failure is not None:
                raise failure
            if server.ticking.sandbox.driver.over and not told:
                told = True
                click.echo("The history is over: nothing is traded any more, orders are still taken.", err=True)
            try:
                await asyncio.wait_for(ended.wait(), min(_GLANCE_S, max(0.0, until - loop.time())))
            except TimeoutError:
                continue
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _told(facts: Mapping[str, Any], made: Sandbox, path: Path) -> str:
    begun = dt.datetime.fromtimestamp(made.clock.market_ms / 1000, dt.UTC)
    rows = (
        ("REST", facts["base_url"] + "/api"),
        ("market streams", facts["stream_url"]),
        ("WebSocket API", facts["ws_api_url"]),
        ("truth and control", facts["control_url"] + "/_truth"),
        ("control token", facts["control_token"]),
        ("API key (HMAC)", facts["api_key"]),
        ("API secret", facts["api_secret"]),
        ("API key (Ed25519)", facts["ed25519_api_key"]),
        ("private key", f"in {path}"),
    )
    symbols = ", ".join(facts["symbols"])
    head = f"Sandbox of {symbols} from {begun:%Y-%m-%d %H:%M} UTC at {facts['speed']:g} times the speed."
    lines = [head, *(f"  {name:<18} {value}" for name, value in rows)]
    return "\n".join([*lines, "The keys are worth nothing anywhere else. Ctrl-C ends it."])
