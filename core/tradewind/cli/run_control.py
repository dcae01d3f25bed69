"""The ear of `tradewind run`: what `tradewind pause|stop|flatten|resume|swap|health` talk to."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tradewind.backtest.assembly import assemble
from tradewind.backtest.strategy import choose_strategy
from tradewind.cli.context import Context
from tradewind.cli.options import now_ms
from tradewind.errors import LiveError
from tradewind.live.clock import system_clock
from tradewind.live.control.commands import CommandLog
from tradewind.live.control.control import Control
from tradewind.live.control.socket import path_of
from tradewind.live.control.status import Facts
from tradewind.live.engine import Engine
from tradewind.live.session.session import on_each
from tradewind.live.watch.watching import watch_over
from tradewind.pipeline.decide import Deciding

if TYPE_CHECKING:
    from tradewind.store.sql_journal import SqlJournal


Another = Callable[[str], Deciding]


@contextmanager
def controlled(
    context: Context, engine: Engine, *, another: Another, account: str, session_id: int, mode: str,
    say: Callable[[str], None],
) -> Iterator[Control]:  # fmt: skip
    """
    Give the ear of a session, with a connection to the database of its own when the session is kept.

    Args:
        context: The settings in force and the catalogue.
        engine: The session's engine.
        another: Builds the strategy of a swap from its name.
        account: The account's name in the store; empty for a session that is not kept.
        session_id: The session's row; 0 for none.
        mode: `paper` or `live`.
        say: Tells people at the terminal.
    """
    settings = context.settings
    # What is not kept has no name in the store: the process gives it one.
    name = account or f"{mode}-{os.getpid()}"
    journal = _journal(context) if account else None
    clock = system_clock()
    try:
        yield Control(
            engine,
            Facts(name=name, session_id=session_id, mode=mode, started_ms=now_ms()),
            clock=clock,
            pipelines=lambda name: on_each(another(installed(name)), settings.symbols),
            socket_path=path_of(settings.state_dir, name),
            log=CommandLog(journal, account) if journal is not None else None,
            flags=settings.state_dir,
            say=say,
            watch=watch_over(
                engine,
                settings,
                clock=clock,
                journal=journal,
                account_fp=account,
                folder=_place(context) if journal is not None else None,
            ),
        )
    finally:
        if journal is not None:
            journal.close()


def _place(context: Context) -> Path | None:
    """Return the folder of the database, None when it is on a server."""
    from tradewind.store.address import address_of

    path = address_of(context.settings).path
    return path.parent if path is not None else None


def _journal(context: Context) -> SqlJournal:
    # SQLAlchemy is not paid for by sessions that are not kept.
    from tradewind.store.address import address_of
    from tradewind.store.opening import open_store
    from tradewind.store.sql_journal import SqlJournal

    return SqlJournal(open_store(address_of(context.settings), pool_size=1))


def installed(name: str) -> str:
    """
    Return the name of a strategy when it is one of the catalogue.

    Raises:
        LiveError: TW-L010 for a file: only what is installed enters a running session.
    """
    if ".py" in name:
        raise LiveError(
            f"{name[:80]} is a file; a running session takes installed strategies only.",
            code="TW-L010",
            hint="Package it (`tradewind plugins new`), or start a session with it.",
        )
    return name


def another_here(context: Context, name: str) -> Deciding:
    """
    Return an installed strategy with its policies, in this process.

    Raises:
        TradewindError: When there is no strategy of this name, or its settings cannot be used.
    """
    chosen = choose_strategy(name, context.settings, context.catalog)
    return assemble(chosen, context.settings, context.catalog).pipeline
