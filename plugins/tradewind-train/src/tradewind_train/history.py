"""The history that a training learns from: its bars, and the sentiment of the same source."""

from __future__ import annotations

from typing import Any, Final

import attrs

from tradewind.api import Bars, DataError, bars_are_made_up, load_bars, load_sentiment
from tradewind_train.dataset import Dataset, make_dataset
from tradewind_train.settings import Task

_SAMPLE: Final = "sample"
_FILES: Final = "files"


@attrs.frozen(kw_only=True)
class Stretch:
    """
    Which part of a symbol's history is asked for.

    Args:
        start_ms: First bar open, UTC milliseconds; None for the start of the data.
        end_ms: The bars end before this open; None for the end of the data.
        days: Length before the end, in place of a start.
    """

    start_ms: int | None = None
    end_ms: int | None = None
    days: float | None = None


@attrs.frozen(kw_only=True, eq=False)
class TrainingHistory:
    """
    The bars of one symbol and where they come from.

    Args:
        symbol: The pair.
        settings: The settings in force, their source the one that answered.
        catalog: What the loaded plugins offer.
        bars: The bars.
        made_up: They are no market's.
    """

    symbol: str
    settings: Any
    catalog: Any
    bars: Bars
    made_up: bool

    def dataset(self, task: Task) -> Dataset:
        """
        Return what a model of the task's kind is made of.

        Raises:
            DataError: TW-D002 when there is no sentiment for one that reads it.
            ModelError: TW-M007 when there are too few bars, or too few with known inputs.
        """
        sentiment = (
            None if task.kind == "price" else load_sentiment(self.symbol, self.bars, self.settings, self.catalog)
        )
        return make_dataset(self.bars, task.kind, task.config.horizon, sentiment)


def settings_of_source(settings: Any, named: str | None) -> Any:
    """
    Return the settings with the source that a training reads.

    That is the one named, or the settings' own; in place of the made-up sample, which is only there
    until a source is named, it is `files`: a model of made-up bars is of use to nobody.

    Args:
        settings: The settings in force.
        named: What the command names; None for nothing.
    """
    if named is not None:
        return attrs.evolve(settings, source=named)
    return attrs.evolve(settings, source=_FILES) if settings.source == _SAMPLE else settings


def training_history(
    symbol: str, timeframe: str, settings: Any, catalog: Any, stretch: Stretch, *, now_ms: int
) -> TrainingHistory:
    """
    Load the bars to learn from.

    Args:
        symbol: The pair.
        timeframe: The bar length, such as `4h`.
        settings: The settings in force, as of `settings_of_source`.
        catalog: What the loaded plugins offer.
        stretch: Which part.
        now_ms: The wall clock, UTC milliseconds.

    Raises:
        DataError: TW-D001 for an unknown symbol, TW-D002 without bars in the range.
    """
    try:
        bars = load_bars(symbol, timeframe, settings, catalog, now_ms=now_ms, **attrs.asdict(stretch))
    except DataError as error:
        if error.code != "TW-D001" or settings.source != _FILES:
            raise
        raise DataError(
            f"there are no bars of {symbol} in files to learn from.",
            code="TW-D001",
            hint=f"{error.hint.rstrip('.')}. Name another source, such as --source binance, or where files lie: "
            "sources.files.path.",
            symbol=symbol,
        ) from error
    made_up = bars_are_made_up(symbol, bars, settings, catalog)
    return TrainingHistory(symbol=symbol, settings=settings, catalog=catalog, bars=bars, made_up=made_up)
