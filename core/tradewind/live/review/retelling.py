"""
Tell a recorded session's bars again, through the same pipeline and kernel, with what people did to it.

Nothing of the record flows into a decision but what no bar can tell: commands, bars that came too late,
rows on which a strategy was not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.history import History, Window
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.errors import ResultError
from tradewind.live.clock import Clock
from tradewind.live.engine import Engine
from tradewind.live.paper.keeping import Keeper
from tradewind.live.review.recorded import Record, Retold, place_of
from tradewind.live.review.teller import Teller
from tradewind.live.session.figures import Figures
from tradewind.live.session.session import (
    Cast,
    Request,
    cast,
    identity_of,
    load,
    paper_account,
    seat_all,
    windows_of,
)
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.plugins.catalog import Catalog
from tradewind.store.disk import Disk
from tradewind.store.memory import MemoryJournal
from tradewind.store.records import LeaseOwner

ALL = 10**12
"""Moments that are kept back: everything is written at the end."""


def retell(record: Record, settings: Settings, catalog: Catalog, clock: Clock) -> Retold:
    """
    Tell a session again and return what came of it.

    Args:
        record: The session.
        settings: The settings in force: those that it was started with.
        catalog: What the loaded plugins offer.
        clock: The machine's clock.

    Raises:
        ResultError: TW-R003 when settings differ from those of the session.
        DataError: When the source does not tell its bars any more.
    """
    session = record.session
    names = tuple(session.strategy_name.split(", "))
    chosen = attrs.evolve(settings, symbols=tuple(session.symbol.split(",")), timeframe=session.timeframe)
    players = cast(names, chosen, catalog)
    _refuse_others(record, players, chosen)
    if record.balance is not None:
        chosen = attrs.evolve(chosen, initial_balance=float(record.balance))
    feed = Teller(_histories(record, players, chosen, catalog), clock, record, players, catalog, chosen)
    windows = windows_of(feed, players.warmup)
    seats = seat_all(players, feed, windows)
    account = paper_account(players, feed, seats, chosen)
    account.lead([window.bars() for window in windows])
    disk = Disk()
    journal = MemoryJournal(disk)
    owner = LeaseOwner(uuid="parity", host="", pid=0, boot_id="")
    lease = journal.acquire_lease(session.account_fp, owner, now_ms=0)
    with journal.begin(lease) as unit:
        row = unit.add_session(attrs.evolve(session, id=0))
    engine = Engine(
        feed=feed,
        account=account,
        seats=seats,
        windows=windows,
        recorder=Keeper(journal, lease, row.id, every=ALL),
        figures=Figures(initial_balance=chosen.initial_balance, bar_ms=feed.market.ms),
        emit=lambda kind, **facts: None,  # noqa: ARG005  # nobody listens
        budget_s=None,
    )
    feed.drives(engine, account)
    asyncio.run(engine.run())
    return Retold(
        decisions={place_of(one): one for one in disk.decisions.values()},
        executions={place_of(one): one for one in disk.executions.values()},
        trades=tuple(disk.trades.values()),
        positions=tuple(disk.positions.values()),
    )


def _refuse_others(record: Record, players: Cast, settings: Settings) -> None:
    known: Mapping[str, Any] = record.session.detail.get("settings", {})
    now = identity_of(players, settings, Request(strategies=players.names))
    differ = [name for name in known if name != "window" and _plain(now.get(name)) != _plain(known[name])]
    if differ:
        raise ResultError(
            f"the settings differ from those of session {record.session.id}: {', '.join(differ)}.",
            code="TW-R003",
            hint="Name the settings that it was started with, the options of the command line included (--set …).",
        )


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def _histories(record: Record, players: Cast, settings: Settings, catalog: Catalog) -> dict[str, History]:
    source = build_source(settings.source, settings, catalog)
    named = record.session.detail.get("market", "")
    market = Timeframe(named) if named else players.timeframe
    window = Window(start_ms=record.first_ms, end_ms=record.end_ms(market), days=None)
    if record.session.detail.get("replay", False):
        return load(window, players, settings, source)
    coarse = load(window, players, attrs.evolve(settings, use_finer_bars=False), source)
    if market == players.timeframe:
        return coarse
    start, end = (pd.Timestamp(ms, unit="ms", tz="UTC") for ms in (record.first_ms, record.end_ms(market)))
    return {
        symbol: attrs.evolve(history, fine=Bars.from_frame(source.bars(history.instrument, market, start, end), market))
        for symbol, history in coarse.items()
    }
