"""A strategy that keeps its promises, and one that breaks each."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from kit.indicators import POSITION, SeesTomorrow
from kit.mutants import Mutant, path_of
from tradewind.api import Need, Signals, whole, within
from tradewind.testing import StrategyContract

Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the strategy: a window in bars and a stop in percent of the price."""

    length: int = attrs.field(default=10, validator=whole(2, 200))
    scale: float = attrs.field(default=2.0, validator=within(0.0, 10.0, above_low=True))


@attrs.frozen(kw_only=True)
class Unbounded:
    """The same settings without a range."""

    length: int = attrs.field(default=10, validator=whole(2, 200))
    scale: float = 2.0


class Sound:
    """Buy high in the range of the last bars while the day does too, less of it in a bad mood."""

    def __init__(self, settings: Any = None) -> None:
        self.settings = settings or Settings()

    def needs(self) -> list[Need]:
        """Return the position on both timeframes, and a mood that may be missing."""
        window = {"length": self.settings.length}
        return [
            Need("position", window),
            Need("position", window, columns={"position": "day", "mean": "day_mean"}, timeframe="1d"),
            Need("mood", columns="mood", kind="series", optional=True),
        ]

    def signals(self, frame: pd.DataFrame) -> Signals:
        """Return entries near the top of the range and exits near its bottom."""
        return Signals.from_arrays(frame.index, **self.columns(frame))

    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        """Return the columns of the signals."""
        position, day, mood = (frame[name].to_numpy() for name in ("position", "day", "mood"))
        up = (position > 0.7) & (day > 0.5)
        return {
            "enter": up.astype(np.int8),
            "exit_long": position < 0.2,
            "confidence": np.where(mood < 0.0, 0.5, 1.0),
            "stop_dist": 0.01 * self.settings.scale * frame["close"].to_numpy(),
        }


class OneShort(Sound):
    def signals(self, frame: pd.DataFrame) -> Signals:
        return super().signals(frame.iloc[1:])


class AnswersATable(Sound):
    def signals(self, frame: pd.DataFrame) -> Any:
        return super().signals(frame).to_frame()


class Unsure(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        return super().columns(frame) | {"confidence": frame["mean"].to_numpy()}


class Wordy(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        return super().columns(frame) | {"enter": np.array(["buy"] * len(frame), dtype=object)}


class SeesTheNextClose(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        rises = (frame["close"].shift(-1) > frame["close"]).to_numpy()
        return super().columns(frame) | {"enter": rises.astype(np.int8)}


class KnowsTheHigh(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        return super().columns(frame) | {"confidence": (frame["close"] / frame["close"].max()).to_numpy()}


class NewEachTime(Sound):
    made: ClassVar[itertools.count[int]] = itertools.count()

    def __init__(self, settings: Any = None) -> None:
        super().__init__(settings)
        self.number = next(self.made)

    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        columns = super().columns(frame)
        return columns | {"stop_dist": columns["stop_dist"] * (1.0 + 1e-13 * self.number)}


class CountsCalls(Sound):
    calls = 0

    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        columns = super().columns(frame)
        columns["enter"] = columns["enter"] * (self.calls == 0)
        self.calls += 1
        return columns


class Scribbles(Sound):
    def signals(self, frame: pd.DataFrame) -> Signals:
        answer = super().signals(frame)
        frame["strength"] = frame["position"] * 2.0
        return answer


class PicksByPlace(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        return super().columns(frame) | {"exit_long": frame.iloc[:, 5].to_numpy() < 0.2}


class FailsWithoutMood(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        if frame["mood"].isna().all():
            raise ValueError("no mood at all")
        return super().columns(frame)


class ReadsMoodBackwards(Sound):
    """Fills the mood of the past with what came last."""

    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        columns = super().columns(frame)
        gone = bool(frame["mood"].iloc[-200:].isna().all()) and len(frame) == 400
        return columns | ({"confidence": 0.1} if gone else {})


class Slow(Sound):
    def columns(self, frame: pd.DataFrame) -> dict[str, Any]:
        columns = super().columns(frame)
        columns["enter"] = np.array(
            [int(frame.iloc[row]["position"] > 0.7 and frame.iloc[row]["day"] > 0.5) for row in range(len(frame))]
        )
        return columns


RECORD: Final[dict[str, Any]] = {
    "config": path_of(Settings),
    "needs": ("position",),
    "series": ("?mood",),
    "higher": ("1d",),
}
LEAKY: Final = attrs.evolve(POSITION, factory=path_of(SeesTomorrow))


def _of(component: Any, breaks: str = "", says: str = "", **record: Any) -> Mutant:
    return Mutant(
        contract=StrategyContract,
        breaks=breaks,
        says=says,
        component=component,
        record=RECORD | record,
        attributes={"rows": 400},
        companions=(POSITION,),
    )


MUTANTS: Final = (
    _of(Sound),
    _of(OneShort, "signals_fit_the_frame", "399 rows for 400 bars"),
    _of(AnswersATable, "signals_fit_the_frame", "expected Signals"),
    _of(Unsure, "signals_fit_the_frame", "confidence"),
    _of(Wordy, "signals_fit_the_frame", "objects"),
    _of(SeesTheNextClose, "no_lookahead", "signal"),
    _of(KnowsTheHigh, "no_lookahead", "signal"),
    attrs.evolve(_of(Sound, "no_lookahead", "later bars change a feature"), companions=(LEAKY,)),
    _of(NewEachTime, "deterministic", "stop_dist"),
    _of(CountsCalls, "stateless_between_calls", "another market"),
    _of(Scribbles, "does_not_mutate", "strength"),
    _of(PicksByPlace, "declared_needs_suffice", "foreign column"),
    _of(Sound, "declared_needs_suffice", "'position'", needs=()),
    _of(Sound, "declared_needs_suffice", "'1d'", higher=()),
    _of(FailsWithoutMood, "survives_missing_optional_series", "no mood at all"),
    _of(ReadsMoodBackwards, "survives_missing_optional_series", "earlier row"),
    _of(Sound, "config_bounds", "scale = -1.0", config=path_of(Unbounded)),
    _of(Slow, "speed_budget", "µs"),
)
