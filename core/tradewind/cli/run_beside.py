"""The services beside `tradewind run`: those that the settings have a table for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tradewind.cli.context import Context
from tradewind.cli.options import now_ms
from tradewind.live.clock import system_clock
from tradewind.live.control.status import Facts
from tradewind.live.session.companions import Companions
from tradewind.live.session.services import build_service, named_services

if TYPE_CHECKING:
    from tradewind.cli.run_lines import Lines
    from tradewind.live.engine import Emit


def companions_of(context: Context, lines: Lines, emit: Emit) -> Companions:
    """
    Return the services beside a session, not yet started.

    Args:
        context: The settings in force and the catalogue.
        lines: Tells people at the terminal.
        emit: Tells observers, and writes events down.

    Raises:
        TradewindError: When settings or secrets of one cannot be used.
    """
    settings, catalog = context.settings, context.catalog
    services = {entry.name: build_service(entry, settings, catalog) for entry in named_services(settings, catalog)}
    return Companions(services, lines.listen(emit), clock=system_clock(), say=lines.say)


def facts_of(account: str, session_id: int, mode: str) -> Facts:
    """Return which session it is; one that is not kept is named by its process."""
    return Facts(name=account or f"{mode}-{os.getpid()}", session_id=session_id, mode=mode, started_ms=now_ms())
