"""
Tell a recorded session's bars again, through the same pipeline and kernel, with what people did to it.

Nothing of the record flows into a decision but what no bar can tell: commands, bars that came too late,
rows on which a strategy was not asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import pandas as pd

from tradewind.backtest.history import History, Window
from tradewind.backtest.source import build_source
from tradewind.config.schema import Settings
from tradewind.errors import ResultError
from tradewind.live.checkpoint import Saved
from tradewind.live.clock import Clock
from tradewind.live.commands import Command
from tradewind.live.engine import Engine
from tradewind.live.feed import ReplayFeed
from tradewind.live.figures import Figures
from tradewind.live.keeping import Keeper
from tradewind.live.moment import Moment
from tradewind.live.operator import OPERATOR
from tradewind.live.paper import PaperAccount
from tradewind.live.seat import Handover, Seat
from tradewind.live.session import (
    Cast,
    Request,
    cast,
    identity_of,
    load,
    on_each,
    paper_account,
    seat_all,
    windows_of,
)
from tradewind.model.bars import Bars
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.decide import Deciding
from tradewind.plugins.catalog import Catalog
from tradewind.store.accounts import Execution, Position, Session, Trade
from tradewind.store.disk import Disk
from tradewind.store.memory import MemoryJournal
from tradewind.store.records import BarDecision, LeaseOwner

LATE = "blocked:stale_data"
ALL = 10**12
"""Moments that are kept back: everything is written at the end."""

Place = tuple[str, str, int]
"""Slot, symbol, and the open of a bar, UTC milliseconds."""


@attrs.frozen(kw_only=True, eq=False)
class Record:
    """
    What is kept of an account's sessions.

    Args:
        session: The newest session.
        decisions: How bars were decided, by place.
        executions: The decision ledger, by place.
        trades: Closed trades, in order.
        positions: What is open.
        commands: What people asked for, oldest first.
        saved: The newest checkpoint; None for a session at a venue.
    """

    session: Session
    decisions: Mapping[Place, BarDecision]
    executions: Mapping[Place, Execution]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]
    commands: tuple[Command, ...]
    saved: Saved | None

    @property
    def first_ms(self) -> int:
        """Open of the session's first market bar, UTC milliseconds."""
        return self.saved.start_ms if self.saved is not None else min(bar for _, _, bar in self.decisions)

    def end_ms(self, market: Timeframe) -> int:
        """Return the close of the last market bar that was carried out."""
        if self.saved is not None:
            return self.saved.mark.last_ms + market.ms
        return max(bar for _, _, bar in self.decisions) + Timeframe(self.session.timeframe).ms


@attrs.frozen(kw_only=True, eq=False)
class Retold:
    """
    What came of telling a session again.

    Args:
        decisions: As in the record.
        executions: The same.
        trades: The same.
        positions: The same.
    """

    decisions: Mapping[Place, BarDecision]
    executions: Mapping[Place, Execution]
    trades: tuple[Trade, ...]
    positions: tuple[Position, ...]


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
    feed = _Teller(_histories(record, players, chosen, catalog), clock, record, players, catalog, chosen)
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


def place_of(row: BarDecision | Execution) -> Place:
    """Return whose row it is, and of which bar."""
    return row.slot, row.symbol, row.bar_open_ms


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


class _Teller(ReplayFeed):
    """History told again; before each moment, what was done after the one before it is done again."""

    def __init__(
        self, histories: Mapping[str, History], clock: Clock, record: Record, players: Cast, catalog: Catalog,
        settings: Settings,
    ) -> None:  # fmt: skip
        super().__init__(histories, clock)
        self._record = record
        self._players = players
        self._pipelines_of = _Pipelines(settings, catalog)
        self._due = sorted(record.commands, key=lambda command: (command.bar_ms, command.id))
        self._session: int | None = None
        self._engine: Engine | None = None
        self._account: PaperAccount | None = None

    def drives(self, engine: Engine, account: PaperAccount) -> None:
        """Take note of the engine that listens."""
        self._engine, self._account = engine, account

    async def moments(self) -> AsyncIterator[Moment]:
        for moment in self.told():
            rows = self._rows(moment)
            self._begin_session(rows)
            await self._carry_out(moment.open_ms)
            self._silence(rows)
            self.clock.stand_at(moment.close_ms)
            await asyncio.sleep(0)
            yield attrs.evolve(moment, late=any(row.plan.get("veto") == LATE for row in rows.values()))

    def _rows(self, moment: Moment) -> dict[int, BarDecision]:
        """Return what the record says of the rows that this moment completes, by the seat's place."""
        found = {}
        for k, seat in enumerate(self._seats):
            candle = moment.rows[seat.key.at]
            if candle is None:
                continue
            row = self._record.decisions.get((seat.key.name, seat.key.symbol, candle.time))
            if row is not None:
                found[k] = row
        return found

    @property
    def _seats(self) -> Sequence[Seat]:
        return self._engine.seats if self._engine is not None else ()

    def _begin_session(self, rows: Mapping[int, BarDecision]) -> None:
        """Who sat down in the middle of a session is gone in the next one."""
        number = next((row.session_id for row in rows.values()), self._session)
        if self._session is not None and number != self._session:
            for seat in self._seats:
                player = next(one for one in self._players.players if one.name == seat.key.name)
                seat.strategy, seat.decider.pipeline = player.name, player.pipeline
                seat.before, seat.trial, seat.frozen, seat.quarantine = None, 0, False, ""
        self._session = number

    async def _carry_out(self, open_ms: int) -> None:
        while self._due and self._due[0].bar_ms < open_ms:
            await self._do(self._due.pop(0))

    async def _do(self, command: Command) -> None:
        account, engine = self._account, self._engine
        waits = command.done_ms is None and command.verb != "flatten"
        if account is None or engine is None or waits:
            return
        if command.answer.startswith(("handed to", "the engine had ended")):
            return
        if command.verb == "pause":
            await account.pause()
        elif command.verb == "resume":
            await account.resume(str(command.arguments.get("breaker", OPERATOR)))
        elif command.verb == "flatten":
            await account.flatten()
        elif command.verb == "swap" and command.answer == "swapped":
            name = str(command.arguments["strategy"])
            handover = Handover(command.arguments["policy"])
            slot = str(command.arguments["slot"])
            await engine.swap(name, on_each(self._pipelines_of(name), self.names), handover, slot=slot)

    def _silence(self, rows: Mapping[int, BarDecision]) -> None:
        """Do not ask a strategy where it was not asked, or where it failed in a way that only time tells."""
        for k, row in rows.items():
            seat = self._seats[k]
            if not seat.trial:
                ledger = self._record.executions.get(place_of(row))
                seat.quarantine = ledger.reason if row.decision == "degraded" and ledger is not None else ""


class _Pipelines:
    """Strategies that took over, built once."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._built: dict[str, Deciding] = {}

    def __call__(self, name: str) -> Deciding:
        if name not in self._built:
            self._built[name] = cast((name,), self._settings, self._catalog).players[0].pipeline
        return self._built[name]


Values = Callable[[Any], Mapping[str, Any]]


def unlike(mine: Mapping[Place, Any], theirs: Mapping[Place, Any], values: Values) -> dict[Place, str]:
    """Return what differs between two sets of rows by place, in words, in the order of their bars."""
    found = {}
    for place in sorted({*mine, *theirs}, key=lambda place: (place[2], place)):
        if place not in mine:
            found[place] = "is in the retelling alone"
        elif place not in theirs:
            found[place] = "is in the record alone"
        else:
            one, other = values(mine[place]), values(theirs[place])
            names = [name for name in one if one[name] != other.get(name)]
            if names:
                found[place] = ", ".join(
                    f"{name} {_shown(one[name])}, again {_shown(other.get(name))}" for name in names
                )
    return found


def _shown(value: Any) -> str:
    return f"{value:f}" if isinstance(value, Decimal) else str(value)[:40]
