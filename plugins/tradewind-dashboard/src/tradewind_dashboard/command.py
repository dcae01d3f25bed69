"""`tradewind dashboard`: serve until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final

import attrs
import click

from tradewind.api import Board, Outlook, Panels, Steering, UsageError, structure, with_context
from tradewind_dashboard.login import Logins, token_of
from tradewind_dashboard.settings import DashboardConfig
from tradewind_dashboard.sight import Sight

if TYPE_CHECKING:
    from tradewind_dashboard.guard import Guard

_ARENAS: Final = -8
"""`M_ARENA_MAX` of glibc's mallopt(3)."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65_535), metavar="PORT", help="Port to listen on; 0 for any free one.")
@click.option("--seconds", type=float, default=0.0, metavar="N", help="End after so many seconds; 0 for never.")
@with_context
def dashboard(context: Any, port: int | None, seconds: float) -> None:
    """
    Show running sessions in a browser.

    It reads the database and asks engines how they stand; with commands.dashboard.controls = true a browser may do
    what the command line does. It is a process of its own, and ending it ends nothing else. The link it prints logs
    a browser in.
    """
    settings = context.settings
    config = structure(settings.commands.get("dashboard", {}), DashboardConfig, "commands.dashboard")
    if port is not None:
        config = attrs.evolve(config, port=port)
    token, made = token_of(settings.state_dir)
    logins = Logins(token, idle_s=60.0 * config.idle_minutes, ticks=time.monotonic)
    from tradewind_dashboard.app import application  # the web's libraries are not paid for by wrong settings

    sight = _sight(context)
    del settings
    listening = _listening(config)
    host, number = listening.getsockname()[:2]
    link = f"http://{'[' + host + ']' if ':' in host else host}:{number}/login#{token}"
    click.echo(f"The dashboard is at {link}")
    click.echo("The link logs this browser in" + ("." if made else "; it is the same as last time."))
    if config.controls:
        click.echo("Controls are on: who has the link can pause, stop, flatten, swap and panic.")
    _share_heaps()
    try:
        asyncio.run(_serve(application(sight, config, logins), listening, seconds))
    finally:
        sight.board.close()


def _share_heaps() -> None:
    """Let all threads share two heaps, where the C library is glibc: with one for each, memory creeps up for hours."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_ARENAS, 2)


def _sight(context: Any) -> Sight:
    """Return what is looked at, by settings from which keys and other secrets of venues and services are taken out."""
    settings, catalog = context.settings, context.catalog
    keyless = attrs.evolve(settings, executors={}, services={name: {} for name in settings.services})
    vars(context).pop("loaded", None)  # what was read of keys is let go
    board = Board(keyless)
    return Sight(
        board=board,
        outlook=Outlook(keyless, catalog),
        panels=Panels(keyless, catalog, board),
        steering=Steering(keyless),
        tradewind=_again(context),
    )


def _again(context: Any) -> tuple[str, ...]:
    """Return how the command line is started with the settings of this one."""
    file = () if context.settings_file is None else ("--settings", str(context.settings_file))
    profile = () if context.profile is None else ("--profile", str(context.profile))
    given = [word for one in context.assignments for word in ("--set", one)]
    return (sys.executable, "-m", "tradewind", *file, *profile, *given)


def _listening(config: DashboardConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once; else each waits for an acknowledgement, 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((config.host, config.port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"port {config.port} of {config.host} cannot be used: {error.strerror}.",
            code="TW-U008",
            hint="Name another one with --port.",
        ) from error
    return listening


async def _serve(app: Guard, listening: socket.socket, seconds: float) -> None:
    import uvicorn

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=256,
            timeout_keep_alive=10,
            timeout_graceful_shutdown=2,
            ws="none",
            proxy_headers=False,
        )
    )
    ending = asyncio.create_task(_end(server, seconds)) if seconds > 0.0 else None
    await server.serve(sockets=[listening])
    if ending is not None:
        ending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ending


async def _end(server: Any, seconds: float) -> None:
    await asyncio.sleep(seconds)
    server.should_exit = True
