"""What a training is told."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import attrs

from tradewind.api import Timeframe, check_symbol, one_of, whole, within
from tradewind_train.architecture import ARCHITECTURES


def _symbol(_: object, __: attrs.Attribute[str], value: str) -> None:
    check_symbol(value)


def _timeframe(_: object, __: attrs.Attribute[str], value: str) -> None:
    Timeframe(value)


@attrs.frozen(kw_only=True)
class TrainConfig:
    """
    The settings of a training; options of the command go over them.

    Args:
        arch: The network, `cnn_lstm` or `transformer`.
        timeframe: The bars it is fitted on.
        horizon: Bars ahead that it tells of.
        epochs: Most passes over the training range.
        patience: Passes without a better validation loss after which it stops.
        batch: Windows per step.
        learning_rate: Of the optimiser (Adam).
        clip: Targets beyond this many sigmas count as this many.
        seed: Of weights, order and dropout.
        threads: Threads to use.
        folder: The registry of models.
    """

    arch: Literal["cnn_lstm", "transformer"] = attrs.field(default="cnn_lstm", validator=one_of(*ARCHITECTURES))
    timeframe: str = attrs.field(default="4h", validator=_timeframe)
    horizon: int = attrs.field(default=12, validator=whole(1, 1000))
    epochs: int = attrs.field(default=30, validator=whole(1, 1000))
    patience: int = attrs.field(default=5, validator=whole(1, 1000))
    batch: int = attrs.field(default=128, validator=whole(1, 4096))
    learning_rate: float = attrs.field(default=0.001, validator=within(0.0, 1.0, above_low=True))
    clip: float = attrs.field(default=4.0, validator=within(0.0, 100.0, above_low=True))
    seed: int = attrs.field(default=7, validator=whole(0, 2**31 - 1))
    threads: int = attrs.field(default=2, validator=whole(1, 64))
    folder: Path = Path("ml")


@attrs.frozen(kw_only=True)
class Task:
    """
    One model to make.

    Args:
        symbol: The pair.
        kind: `price` or `sentiment`.
        config: The settings.
    """

    symbol: str = attrs.field(validator=_symbol)
    kind: str
    config: TrainConfig

    def params(self) -> dict[str, object]:
        """Return what decides the weights, beside the data."""
        told = {name: value for name, value in attrs.asdict(self.config).items() if name != "folder"}
        return {"symbol": self.symbol, "kind": self.kind, **told}
