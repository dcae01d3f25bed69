"""A recorded session's bars as a feed, with what people did to the session between them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence

import attrs

from tradewind.backtest.history import History
from tradewind.config.schema import Settings
from tradewind.live.clock import Clock
from tradewind.live.control.commands import Command
from tradewind.live.engine import Engine
from tradewind.live.feed.feed import ReplayFeed
from tradewind.live.feed.moment import Moment
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.position.operator import OPERATOR
from tradewind.live.review.recorded import Record, place_of
from tradewind.live.session.session import Cast, cast, on_each
from tradewind.live.strategy.seat import Handover, Seat
from tradewind.pipeline.decide import Deciding
from tradewind.plugins.catalog import Catalog
from tradewind.store.records import BarDecision

LATE = "blocked:stale_data"


class Teller(ReplayFeed):
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
            self._open_windows_anew()
            for seat in self._seats:
                player = next(one for one in self._players.players if one.name == seat.key.name)
                seat.strategy, seat.decider.pipeline = player.name, player.pipeline
                seat.before, seat.trial, seat.frozen, seat.quarantine = None, 0, False, ""
        self._session = number

    def _open_windows_anew(self) -> None:
        """At a venue a process that starts knows the bars of the warm-up and none before them."""
        if self._record.saved is not None or self._engine is None:
            return
        for window in self._engine.windows:
            window.shrink(self._players.warmup)

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
