"""An indicator that keeps its promises, and one that breaks each."""

from __future__ import annotations

import itertools
from typing import Any, ClassVar, Final

import attrs
import numpy as np
import numpy.typing as npt
import pandas as pd

from kit.mutants import Mutant
from tradewind.api import whole, within
from tradewind.plugins.specs import IndicatorSpec
from tradewind.testing import IndicatorContract

Floats = npt.NDArray[np.float64]


@attrs.frozen(kw_only=True)
class Settings:
    """Settings of the indicator: a window in bars and a factor."""

    length: int = attrs.field(default=10, validator=whole(2, 200))
    scale: float = attrs.field(default=1.0, validator=within(0.0, 10.0))


class Sound:
    """The position of the close in the range of the last bars, and its mean: 0.5 when there is no range."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()

    def warmup(self) -> int:
        """Return the window less one, twice over: the mean is of positions."""
        return 2 * (self.settings.length - 1)

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        """Return both columns."""
        position = self.position(bars)
        mean = position.rolling(self.settings.length).mean()
        answer = pd.DataFrame({"position": position, "mean": mean}, index=bars.index)
        answer.iloc[: self.warmup()] = np.nan
        return answer

    def position(self, bars: pd.DataFrame) -> pd.Series[float]:
        """Return where the close lies between the lowest low and the highest high."""
        low = bars["low"].rolling(self.settings.length).min()
        reach = bars["high"].rolling(self.settings.length).max() - low
        inside = (bars["close"] - low) / reach.where(reach > 0.0)
        return inside.where(~(reach == 0.0), 0.5) * self.settings.scale


class SeesTomorrow(Sound):
    def position(self, bars: pd.DataFrame) -> pd.Series[float]:
        return super().position(bars).shift(-1).ffill()


class ScalesByTheWhole(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        answer = super().compute(bars)
        most = answer.max()
        return answer / most.where(most > 0.0, 1.0)


class Centred(Sound):
    def position(self, bars: pd.DataFrame) -> pd.Series[float]:
        return super().position(bars).rolling(5, center=True, min_periods=1).mean()


class KnowsTheLength(Sound):
    """Changes nothing by rows, everything by how many there are."""

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return super().compute(bars) + len(bars)


class WarmsUpLonger(Sound):
    """Says that it is ready long before it is."""

    def warmup(self) -> int:
        return 3

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return Sound(self.settings).compute(bars)


class WarmsUpShorter(Sound):
    """Says that it is not ready when it is, as its values show."""

    def warmup(self) -> int:
        return 50

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return Sound(self.settings).compute(bars)


class SpeaksEarly(Sound):
    """Gives one output before the other is ready."""

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        position = self.position(bars)
        return pd.DataFrame({"position": position, "mean": position.rolling(self.settings.length).mean()})


class DropsRows(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return super().compute(bars).dropna()


class ForgetsTheIndex(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return super().compute(bars).reset_index(drop=True)


class NewEachTime(Sound):
    """Adds a little more for every object that was made before it."""

    made: ClassVar[itertools.count[int]] = itertools.count()

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.number = next(self.made)

    def position(self, bars: pd.DataFrame) -> pd.Series[float]:
        return super().position(bars) * (1.0 + 1e-13 * self.number)


class Remembers(Sound):
    """Lets the last market leak into the next."""

    last = 0.0

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        answer = super().compute(bars) + self.last
        self.last = float(bars["close"].iloc[-1])
        return answer


class Scribbles(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        answer = super().compute(bars)
        bars["range"] = bars["high"] - bars["low"]
        return answer


class Overwrites(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        answer = super().compute(bars)
        bars.loc[bars.index[-1], "close"] = 0.0
        return answer


class LosesJumps(Sound):
    """Has no answer to a move of more than a tenth."""

    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return self.instead(super().compute(bars), bars, np.nan)

    @staticmethod
    def instead(answer: pd.DataFrame, bars: pd.DataFrame, value: float) -> pd.DataFrame:
        """Put a value where the market jumped and the answer was known."""
        wild = (bars["high"] / bars["low"] > 1.1).to_numpy() & answer["mean"].notna().to_numpy()
        answer.loc[wild] = value
        return answer


class Infinite(LosesJumps):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return self.instead(Sound(self.settings).compute(bars), bars, np.inf)


class DividesByTheRange(Sound):
    def position(self, bars: pd.DataFrame) -> pd.Series[float]:
        low = bars["low"].rolling(self.settings.length).min()
        reach = bars["high"].rolling(self.settings.length).max() - low
        return (bars["close"] - low) / reach


class NeedsABeginning(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        if len(bars) < self.settings.length:
            raise ValueError("not enough bars")
        return super().compute(bars)


class NamedOtherwise(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return super().compute(bars).rename(columns={"mean": "average"})


class Objects(Sound):
    def compute(self, bars: pd.DataFrame) -> pd.DataFrame:
        return super().compute(bars).astype(object)


RECORD: Final[dict[str, Any]] = {
    "outputs": ("position", "mean"),
    "inputs": ("high", "low", "close"),
    "config": "kit.indicators:Settings",
}

POSITION: Final = IndicatorSpec(
    name="position", summary="The position in the range.", factory="kit.indicators:Sound", **RECORD
)
"""The sound indicator, for the strategies and policies of the tests."""


def _of(component: Any, breaks: str = "", says: str = "", **attributes: Any) -> Mutant:
    return Mutant(
        contract=IndicatorContract,
        breaks=breaks,
        says=says,
        component=component,
        record=RECORD,
        attributes={"rows": 200, **attributes},
    )


MUTANTS: Final = (
    _of(Sound),
    _of(SeesTomorrow, "no_lookahead", "later bars"),
    _of(ScalesByTheWhole, "no_lookahead", "later bars"),
    _of(Centred, "no_lookahead", "later bars"),
    _of(KnowsTheLength, "no_lookahead", "later bars"),
    _of(WarmsUpLonger, "warmup_exact", "warmup() is 3"),
    _of(WarmsUpShorter, "warmup_exact", "warmup() is 50"),
    _of(SpeaksEarly, "warmup_exact", "holds a value"),
    _of(DropsRows, "same_length", "rows for 236 bars"),
    _of(ForgetsTheIndex, "same_length", "another index"),
    _of(NewEachTime, "deterministic", "a second time"),
    _of(Remembers, "deterministic", "keeps something"),
    _of(Scribbles, "does_not_mutate", "range"),
    _of(Overwrites, "does_not_mutate", "'close'"),
    _of(LosesJumps, "finite_after_warmup", "nan"),
    _of(Infinite, "finite_after_warmup", "inf"),
    _of(DividesByTheRange, "flat_market", "flat"),
    _of(NeedsABeginning, "one_bar", "not enough bars"),
    _of(NamedOtherwise, "declared_outputs", "average"),
    _of(Objects, "declared_outputs", "object"),
)
