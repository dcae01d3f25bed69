"""Markets, strategies and sessions for the tests of the live engine: nothing waits, nothing is on disk."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import attrs
import numpy as np
import pandas as pd

from tradewind.api import Need, Signals
from tradewind.backtest.assembly import Assembly, assemble
from tradewind.backtest.history import History
from tradewind.backtest.runner import Job, run_job
from tradewind.backtest.strategy import adopt_strategy, choose_strategy
from tradewind.config.schema import Settings
from tradewind.live.engine import Engine, Told
from tradewind.live.feed.feed import Feed, Mark, ReplayFeed
from tradewind.live.paper.paper import PaperAccount
from tradewind.live.session.figures import Figures
from tradewind.live.session.record import NoRecorder, Recorder
from tradewind.live.session.session import Cast, Player, paper_account, seat_all, windows_of
from tradewind.model.bars import Bars
from tradewind.model.instrument import Instrument
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.resample import resample
from tradewind.plugins.catalog import Catalog, load_catalog

HOUR = 3_600_000
START = 1_600_000_000_000 // (4 * HOUR) * (4 * HOUR)
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT")
LOOSE = Limits(max_correlated_risk=0.02, max_daily_risk=0.5, max_drawdown=0.9)


class StillClock:
    """A clock that stands, and on which every sleep is over at once."""

    def __init__(self, now_ms: int = START) -> None:
        self.now = now_ms
        self.slept: list[float] = []

    def now_ms(self) -> int:
        return self.now

    @property
    def rate(self) -> float:
        return 1.0

    def error_ms(self) -> int:
        return 0

    def monotonic_ns(self) -> int:
        return self.now * 1_000_000

    async def sync(self, server_time: Any) -> int:
        return 0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += int(seconds * 1000)
        await asyncio.sleep(0)

    def timeout(self, seconds: float) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(None)


def walk(hours: int, seed: int, *, holes: float = 0.0, bad: float = 0.0) -> Bars:
    """Return hourly bars of a random walk; all seeds share most of their moves. Some are missing or impossible."""
    common = np.random.default_rng(0).normal(0.0002, 0.006, hours)
    draw = np.random.default_rng(seed)
    close = np.round(100.0 * np.exp(np.cumsum(0.8 * common + draw.normal(0.0, 0.006, hours))), 2)
    first = np.concatenate([close[:1], close[:-1]])
    high = np.round(np.maximum(first, close) * (1.0 + np.abs(draw.normal(0.0, 0.003, hours))), 2)
    low = np.round(np.minimum(first, close) * (1.0 - np.abs(draw.normal(0.0, 0.003, hours))), 2)
    low[draw.random(hours) < bad] = -1.0
    bars = Bars(
        timeframe=Timeframe("1h"),
        time=START + np.arange(hours, dtype=np.int64) * HOUR,
        open=first,
        high=high,
        low=low,
        close=close,
        volume=np.round(draw.uniform(10.0, 100.0, hours), 3),
    )
    kept = np.ones(hours, dtype=np.bool_)
    for start in np.flatnonzero(draw.random(hours) < holes):
        kept[start : start + int(draw.integers(1, 9))] = False
    return bars.where(kept)


class Busy:
    """A strategy that asks for something on every other bar, and uses every column."""

    timeframe = "4h"
    warmup = 30

    def needs(self) -> Sequence[Need]:
        return ()

    def signals(self, frame: pd.DataFrame) -> Signals:
        close = frame["close"].to_numpy()
        up = np.zeros(len(close), dtype=np.bool_)
        up[1:] = close[1:] > close[:-1]
        down = np.zeros(len(close), dtype=np.bool_)
        down[3:] = (close[3:] < close[:-3]) & ~up[3:]
        size = np.abs(close) + 1.0
        return Signals.from_arrays(
            frame.index,
            enter=up.astype(np.int8),
            exit_long=down,
            stop_dist=0.01 * size,
            trail_dist=0.02 * size,
            trail_arm_r=0.5,
            tp_r=[1.0, 2.0],
            tp_frac=[0.3, 0.3],
            confidence=1.0 + 0.3 * np.cos(close),
            limit_off=np.where(np.floor(size) % 3 == 0, 0.2, np.nan),
            max_bars=9,
        )


class Lasting(Busy):
    """Enters at once and never wants out."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        return Signals.from_arrays(frame.index, enter=1, stop_dist=0.5 * frame["close"].to_numpy())


class Leaving(Busy):
    """Never wants in, always wants out."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        return Signals.from_arrays(frame.index, enter=0, exit_long=True)


class Silent(Busy):
    """Wants nothing."""

    def signals(self, frame: pd.DataFrame) -> Signals:
        return Signals.from_arrays(frame.index, enter=0)


class Raising(Busy):
    """Works on long histories until a bar, then raises."""

    def __init__(self, from_ms: int) -> None:
        self.from_ms = from_ms

    def signals(self, frame: pd.DataFrame) -> Signals:
        if frame.index[-1].value // 1_000_000 >= self.from_ms:
            raise RuntimeError("no more")
        return Signals.from_arrays(frame.index, enter=0)


def players_of(assemblies: Iterable[Assembly]) -> tuple[Player, ...]:
    """Return what a session knows of strategies."""
    return tuple(
        Player(name=one.strategy.name, settings=one.strategy.settings, pipeline=one.pipeline) for one in assemblies
    )


@attrs.frozen(kw_only=True)
class Setting:
    """Strategies over histories, ready for a backtest or a session."""

    assemblies: tuple[Assembly, ...]
    histories: Mapping[str, History]
    settings: Settings

    @property
    def players(self) -> Cast:
        first = self.assemblies[0]
        return Cast(
            players=players_of(self.assemblies),
            timeframe=next(iter(self.histories.values())).bars.timeframe,
            warmup=max(one.strategy.warmup for one in self.assemblies),
            patience_s=self.settings.live.strategy_seconds,
            limits=first.pipeline.limits,
        )

    def backtest(self) -> Any:
        return run_job(Job(assembly=self.assemblies[0], histories=self.histories, settings=self.settings)).tables

    def feed(self, mark: Mark | None = None) -> ReplayFeed:
        return ReplayFeed(self.histories, StillClock(), mark=mark)


@functools.cache
def catalog() -> Catalog:
    """Return what is installed."""
    return load_catalog()


def named(name: str, settings: Settings | None = None) -> Assembly:
    """Return an installed strategy with its policies."""
    chosen = settings or Settings()
    return assemble(choose_strategy(name, chosen, catalog()), chosen, catalog())


def assembled(strategy: Any, name: str = "busy", settings: Settings | None = None) -> Assembly:
    """Return a strategy of a test, without policies."""
    chosen = settings or Settings(risk=(), limits=LOOSE)
    return assemble(adopt_strategy(strategy, name), chosen, catalog())


def histories_of(bars: Mapping[str, Bars], *, first: int, fine: bool) -> dict[str, History]:
    """Return four-hour histories of hourly bars; the run begins after so many hours."""
    start = START + first * HOUR
    found = {}
    for symbol, one in bars.items():
        coarse = resample(one, "4h")
        end = int(coarse.time[-1]) + 4 * HOUR
        found[symbol] = History(
            instrument=Instrument(symbol=symbol),
            bars=coarse,
            start_ms=start,
            fine=one.between(start, end) if fine else None,
        )
    return found


def busy_setting(
    *strategies: Any, hours: int = 900, first: int = 200, symbols: int = 1, fine: bool = False, holes: float = 0.0,
    bad: float = 0.0, limits: Limits = LOOSE,
) -> Setting:  # fmt: skip
    """Return strategies of tests over random walks."""
    settings = Settings(risk=(), limits=limits, symbols=SYMBOLS[:symbols])
    bars = {symbol: walk(hours, seed, holes=holes, bad=bad) for seed, symbol in enumerate(SYMBOLS[:symbols])}
    given = strategies or (Busy(),)
    return Setting(
        assemblies=tuple(assembled(one, f"s{n}", settings) for n, one in enumerate(given)),
        histories=histories_of(bars, first=first, fine=fine),
        settings=settings,
    )


@attrs.define(kw_only=True)
class Sitting:
    """A session under test, and what it told."""

    engine: Engine
    account: PaperAccount
    told: list[Told] = attrs.field(factory=list)
    events: list[dict[str, Any]] = attrs.field(factory=list)

    def run(self) -> str:
        return asyncio.run(self.engine.run())

    @property
    def trades(self) -> Any:
        return np.concatenate([one.step.trades for one in self.told])

    @property
    def equity(self) -> Any:
        return np.array([one.step.equity for one in self.told])

    def asks(self) -> Any:
        """Return the decisions with their last outcome, in the order of decision."""
        found = np.concatenate([one.step.decided for one in self.told])
        for one in self.told:
            for settled in one.step.settled:
                found["outcome"][(found["slot"] == settled["slot"]) & (found["row"] == settled["row"])] = settled[
                    "outcome"
                ]
        return found

    def kinds(self) -> list[str]:
        return [str(event["kind"]) for event in self.events]


def sitting(
    setting: Setting, *, feed: Feed | None = None, recorder: Recorder | None = None, account: Any = None,
    tell: Any = None, **more: Any,
) -> Sitting:  # fmt: skip
    """Return a session over a setting, as `tradewind run` makes it."""
    players = setting.players
    bars = feed or setting.feed()
    windows = windows_of(bars, players.warmup)
    seats = seat_all(players, bars, windows)
    made = account(seats, bars) if account else paper_account(players, bars, seats, setting.settings)
    if account is None:
        made.lead([window.bars() for window in windows])
    told: list[Told] = []
    events: list[dict[str, Any]] = []

    def hear(one: Told) -> None:
        told.append(one)
        if tell is not None:
            tell(one)

    engine = Engine(
        feed=bars,
        account=made,
        seats=seats,
        windows=windows,
        recorder=recorder or NoRecorder(),
        figures=more.pop("figures", None)
        or Figures(initial_balance=setting.settings.initial_balance, bar_ms=bars.market.ms),
        emit=lambda kind, **facts: events.append({"kind": kind, **facts}),
        tell=hear,
        budget_s=more.pop("budget_s", None),
        **more,
    )
    return Sitting(engine=engine, account=made, told=told, events=events)
