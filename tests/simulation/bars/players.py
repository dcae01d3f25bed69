"""Strategies, a model and sentiment as the simulation has them: they work, until their time has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import numpy as np
import pandas as pd

from live.market import Busy
from simulation.bars.kinds import MODELS, PLUGINS
from tradewind.api import IndicatorSpec, Need, PluginError, Signals
from tradewind.errors import DataError
from tradewind.live.session.session import Cast, Player
from tradewind.model.conditions import bits_of
from tradewind.model.limits import Limits
from tradewind.model.timeframe import Timeframe
from tradewind.pipeline.decide import Pipeline
from tradewind.pipeline.join import Series
from tradewind.sentiment.by_symbol import SymbolSeries, sentiment_of
from tradewind.sentiment.series import FRESH, STATE
from tradewind.sentiment.speaker import Speaker

if TYPE_CHECKING:
    from simulation.bars.world import World

NAMES: Final = ("busy", "modelled", "moody")
"""The strategies, in the order of their priority."""
BROKEN: Final = frozenset(
    {
        "raises",
        "hangs",
        "wrong_kind",
        "wrong_shape",
        "exits",
        "model_missing",
        "model_slow",
        "model_raises",
        "model_shape",
    }
)
"""Faults after which a slot must not be traded."""
HOURS: Final = 10_000.0
HOUR_MS: Final = 3_600_000
"""So long sentiment that was asked for is not asked for again."""
WARMUP: Final = 30


class Odd(Busy):
    """Does what a strategy should not do, when its time has come."""

    warmup = WARMUP

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    def signals(self, frame: pd.DataFrame) -> Signals:
        """Answer, or worse."""
        fault = self.world.fault(PLUGINS)
        if fault in {"raises", "exits"}:
            raise (
                self.world.random.choice((RuntimeError("no more"), MemoryError(), RecursionError()))
                if (fault == "raises")
                else SystemExit(3)
            )
        if fault == "hangs":
            self.world.loop.took_s = HOURS
        if fault == "wrong_kind":
            return self.world.random.choice((None, [], frame, 7))  # type: ignore[return-value]
        if fault == "wrong_shape":
            return Signals.from_arrays(frame.index[1:], enter=1)
        if fault == "mutates":
            self._mutate(frame)
        said = self.answer(frame)
        return said.replaced(stop_dist=np.full(len(frame), np.nan), enter=1) if fault == "answers_nan" else said

    def _mutate(self, frame: pd.DataFrame) -> None:
        way = self.world.random.randrange(3)
        if way == 0:
            frame["close"] = 1.0
        elif way == 1:
            frame.loc[frame.index[-1], "close"] = 1e9
        else:
            frame["close"].to_numpy()[:] = 0.0

    def answer(self, frame: pd.DataFrame) -> Signals:
        """Answer as it should."""
        return super().signals(frame)


class Modelled(Odd):
    """Enters where the model expects a rise."""

    def needs(self) -> Sequence[Need]:
        """Ask for the model."""
        return (Need("oracle"),)

    def answer(self, frame: pd.DataFrame) -> Signals:
        """Answer as it should."""
        mu = frame["mu"].to_numpy()
        conditions = {"no_opinion": ~np.isfinite(mu)}
        return Signals.from_arrays(
            frame.index,
            enter=(mu > 0.0).astype(np.int8),
            exit_long=mu < 0.0,
            stop_dist=0.02 * frame["close"].to_numpy(),
            max_bars=5,
            conditions=tuple(conditions),
            bits=bits_of(conditions),
        )


class Moody(Odd):
    """Enters while sentiment is fresh."""

    def needs(self) -> Sequence[Need]:
        """Ask for sentiment, and go on without it."""
        return (Need("sentiment", kind="series", optional=True),)

    def answer(self, frame: pd.DataFrame) -> Signals:
        """Answer as it should."""
        fresh = frame[STATE].to_numpy() == FRESH if STATE in frame.columns else np.zeros(len(frame), dtype=np.bool_)
        return Signals.from_arrays(
            frame.index, enter=fresh.astype(np.int8), stop_dist=0.015 * frame["close"].to_numpy(), max_bars=4
        )


@attrs.frozen
class Oracle:
    """A model as an indicator: it expects that what rose falls."""

    world: Any = attrs.field(eq=False, hash=False)

    __hash__ = object.__hash__

    def warmup(self) -> int:
        """Return what it needs before its first opinion."""
        return 3

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        """Return what it expects, or worse."""
        return pd.DataFrame(self.arrays({"close": bars["close"].to_numpy()}), index=bars.index)

    def arrays(self, bars: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what it expects, or worse."""
        fault = self.world.fault(tuple(kind for kind in MODELS if kind != "model_missing"))
        close = bars["close"]
        mu = np.full(len(close), np.nan)
        mu[3:] = close[:-3] - close[3:]
        if fault == "model_raises":
            raise RuntimeError("onnx")
        if fault == "model_slow":
            self.world.loop.took_s = 30.0
        if fault == "model_nan":
            mu[:] = np.nan
        return {"mu": mu[1:] if fault == "model_shape" else mu}


@attrs.define(eq=False)
class Host(SymbolSeries):
    """The sentiment of one symbol, asked for anew whenever something became of it."""

    world: Any = attrs.field(kw_only=True)
    _mood: str = attrs.field(default="", init=False)

    def joined(self, bars: Any) -> pd.DataFrame | None:
        """Return its columns."""
        if self._mood != self.world.mood:
            self._mood, self._span = self.world.mood, None
        return super().joined(bars)


@attrs.frozen(eq=False)
class Mood:
    """Sentiment by symbol, as a session has it, without the thread that looks after it."""

    world: Any

    def joined(self, bars: Any) -> pd.DataFrame | None:
        """Return the columns for bars of no symbol: there are none."""
        del bars
        return None

    def of(self, symbol: str, *, watched: bool = False) -> Host:
        """Return the series of one symbol."""
        del watched
        speaker = Speaker(name="sayings", source=Sayings(self.world))
        return Host(
            name="sentiment",
            symbol=symbol,
            speakers=[speaker],
            make=sentiment_of,
            clock=lambda: int(self.world.now_ms()) + HOUR_MS,
            world=self.world,
        )


@attrs.frozen(eq=False)
class Sayings:
    """A source of daily sentiment."""

    world: Any

    def series(self, symbol: str, start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
        """Return what was said, or worse."""
        del symbol, start, end
        state = self.world.mood
        today = pd.Timestamp(self.world.now_ms(), unit="ms", tz="UTC").normalize()
        days = pd.date_range(today - pd.Timedelta(days=60), today - pd.Timedelta(days=1), freq="D")
        if state == "sentiment_stale":
            days = days[:-4]
        if state == "sentiment_down":
            raise self.world.random.choice((DataError("no answer", code="TW-D010"), RuntimeError("a plugin's fault")))
        values: Any = np.sin(np.arange(len(days)))
        if state == "sentiment_garbage":
            values[-1] = self.world.random.choice((np.nan, np.inf, 7.0, -1e308))
        frame = pd.DataFrame({"mean": values, "known_at": days + pd.Timedelta(days=1, hours=1)}, index=days)
        if state == "sentiment_garbage" and self.world.random.random() < 0.5:
            wrong: pd.DataFrame = self.world.random.choice(
                (
                    frame.drop(columns="mean"),
                    frame.astype({"mean": str}),
                    frame.iloc[::-1],
                    frame.drop(columns="known_at"),
                )
            )
            return wrong
        return frame


def _lookup(world: World) -> Any:
    spec = IndicatorSpec(
        name="oracle", summary="A model.", factory="tradewind:hookimpl", outputs=("mu",), abstains=True
    )

    def find(name: str, params: Mapping[str, Any]) -> tuple[IndicatorSpec, Any]:
        del params
        if world.fault(("model_missing",)):
            raise PluginError(f"the model of {name} is not there.", code="TW-P005")
        return spec, Oracle(world)

    return find


def cast_of(world: World, limits: Limits, timeframe: Timeframe) -> Cast:
    """Return the strategies of a world."""
    kinds = {"busy": Odd, "modelled": Modelled, "moody": Moody}
    mood: dict[str, Series] = {"sentiment": Mood(world)}
    players = tuple(
        Player(
            name=name,
            settings={},
            pipeline=Pipeline(
                name=name,
                strategy=kinds[name](world, name),
                policies={},
                lookup=_lookup(world),
                limits=limits,
                warmup=WARMUP,
                series=mood if name == "moody" else {},
            ),
        )
        for name in world.strategies
    )
    return Cast(players=players, timeframe=timeframe, warmup=WARMUP, patience_s=1.0, limits=limits)
