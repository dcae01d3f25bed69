"""The engine over the real order desk and a simulated exchange: what the kernel decides is what the venue holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from live.market import Busy, assembled, players_of
from simulation.process import ACCOUNT_FP, Process
from simulation.world import START_MS, Scene, World
from tradewind.api import Signals
from tradewind.config.schema import Settings
from tradewind.live.engine import Engine, Told
from tradewind.live.feed.moment import Candle, Moment
from tradewind.live.session.figures import Figures
from tradewind.live.session.session import Cast, seat_all, windows_of
from tradewind.live.venue.account import VenueAccount
from tradewind.live.venue.keeping import VenueKeeper
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.store.records import ChainState

MINUTES = 25
LIMITS = Limits(max_daily_risk=0.5, max_drawdown=0.9, max_position=0.3, max_correlated_risk=1.0)


class Restless(Busy):
    """In on two rises, out on a fall, with a trail and a target."""

    timeframe = "1m"
    warmup = 2

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        up = np.zeros(len(close), dtype=np.bool_)
        up[1:] = close[1:] > close[:-1]
        return Signals.from_arrays(
            frame.index,
            enter=up.astype(np.int8),
            exit_long=~up,
            stop_dist=0.02 * close,
            trail_dist=0.004 * close,
            trail_arm_r=0.05,
            tp_r=[0.4],
            tp_frac=[0.5],
        )


class Minutes:
    """A feed of minutes made of what the world's market did, second by second."""

    timeframe = market = Timeframe("1m")

    def __init__(self, process: Process) -> None:
        self._world = process.world
        self.clock = process.clock
        self.names = process.world.symbols
        self.instruments = tuple(process.desk.bench.instruments[name] for name in self.names)

    def warm(self) -> Mapping[str, Bars]:
        none = np.zeros(0)
        empty = Bars(
            timeframe=self.market, time=none.astype(np.int64), open=none, high=none, low=none, close=none, volume=none
        )
        return dict.fromkeys(self.names, empty)

    async def moments(self) -> AsyncIterator[Moment]:
        world = self._world
        opened = START_MS // 60_000 * 60_000 + 60_000
        for _ in range(MINUTES):
            await asyncio.sleep(max(0.0, (opened - world.now_ms()) / 1000.0))
            seen: dict[str, list[float]] = {name: [] for name in self.names}
            while world.now_ms() < opened + 60_000:
                for name in self.names:
                    seen[name].append(float(world.price(name)))
                await asyncio.sleep(1)
            bars = tuple(
                Candle(opened, prices[0], max(prices), min(prices), prices[-1], 1_000.0) for prices in seen.values()
            )
            yield Moment(open_ms=opened, close_ms=opened + 60_000, bars=bars, rows=bars, closes_row=True)
            opened += 60_000


class Trader(Process):
    """A process that runs the engine in place of wishes drawn at random."""

    told: Sequence[Told] = ()

    async def _live(self) -> None:
        self.desk._session = attrs.evolve(self.desk._session, account_fp=ACCOUNT_FP)
        await self.desk.start()
        self.started = True
        feed = Minutes(self)
        settings = Settings(risk=(), limits=LIMITS)
        playing = players_of([assembled(Restless(), "trend", settings)])
        players = Cast(players=playing, timeframe=feed.timeframe, warmup=2, patience_s=1.0, limits=LIMITS)
        windows = windows_of(feed, 2)
        seats = seat_all(players, feed, windows)
        account = VenueAccount(
            [seat.key for seat in seats], feed.instruments, feed.timeframe, feed.market, desk=self.desk, limits=LIMITS,
            costs=settings.costs, account_fp=ACCOUNT_FP, session_id=self.desk.bench.session_id,
        )  # fmt: skip
        account.seat(seats)
        self.account = account
        told: list[Told] = []
        self.told = told
        engine = Engine(
            feed=feed, account=account, seats=seats, windows=windows,
            recorder=VenueKeeper(self.journal, self.desk, ACCOUNT_FP, self.desk.bench.session_id, feed.instruments),
            figures=Figures(initial_balance=10_000.0, bar_ms=60_000), emit=lambda kind, **facts: None,
            tell=told.append, budget_s=None,
        )  # fmt: skip
        self.reason = await engine.run()


class Quiet(World):
    """A world without weather, in which the engine trades."""

    async def _story(self) -> None:
        self._walk()
        self.processes.append(Trader(self, 0))
        for _ in range((MINUTES + 2) * 60):
            await asyncio.sleep(1)
            self._walk()
        self.truth.finish()


@pytest.mark.critical
@pytest.mark.parametrize("seed", [3, 11])
def test_what_the_kernel_decides_is_what_the_venue_holds(seed: int) -> None:
    world = Quiet(Scene(seed=seed, intensity=0.0, only=frozenset()))
    outcome = world.run()
    process: Any = world.processes[0]
    told: Sequence[Told] = process.told
    assert list(outcome.violations) == []
    assert process.reason == "the data ended"
    assert len(told) == MINUTES
    assert outcome.entries > 3
    assert sum(len(one.step.trades) for one in told) > 3
    assert [halt.breaker for halt in process.journal.active_halts(ACCOUNT_FP)] == []
    assert len(process.journal.disk.history) >= MINUTES
    rows = [(row.symbol, row.bar_open_ms) for row in process.journal.disk.decisions.values()]
    assert len(rows) == len(set(rows)) == 2 * MINUTES
    disk = process.journal.disk
    assert {row.outcome for row in disk.executions.values()} >= {OUTCOME_CODES["filled"]}
    waiting = [row.bar_open_ms for row in disk.executions.values() if row.outcome == OUTCOME_CODES["sent"]]
    unsettled = {chain.bar_open_ms for chain in disk.chains.values() if chain.state is not ChainState.CLOSED}
    assert set(waiting) <= unsettled
    sums = [(row.pnl, row.entry_time) for row in disk.trades.values() if row.exit_time <= told[-1].step.moment.open_ms]
    shown = [(Decimal(str(float(one["pnl"]))), int(one["entry_time"])) for each in told for one in each.step.trades]
    assert {(float(pnl), time) for pnl, time in sums} <= {(float(pnl), time) for pnl, time in shown}
    assert {row.quantity for row in disk.positions.values()} == {
        one.quantity for one in process.desk.positions() if one.quantity > Decimal("0.001")
    }
    for one in told:
        for position in one.step.positions:
            assert position.stop is not None
