"""Trade what a price model expects."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    Costs,
    Instrument,
    Need,
    Signals,
    bits_of,
    opinion_conditions,
    opinion_notes,
)
from tradewind_ml_basic.settings import MlBasicConfig

Floats = npt.NDArray[np.float64]


@attrs.frozen
class MlBasic:
    """
    Buy when a model expects more than the costs of a trade, one and a half times.

    The model tells at each close the expected return over its horizon and how likely its sign is
    right; the second sizes the position. A position is closed when as much is expected the other way, after
    the horizon, or at its stop. Without an opinion nothing is entered and a position keeps its stop.

    Args:
        config: The settings.
    """

    config: MlBasicConfig = attrs.field(factory=MlBasicConfig)

    def needs(self) -> list[Need]:
        """Return the features: the model's answer and ATR."""
        c = self.config
        return [Need("onnx", c.asked("price", c.model)), Need("atr", {"length": c.atr_length}, columns="atr")]

    def signals(self, frame: DataFrame) -> Signals:
        """Return the wishes per bar."""
        close, atr, mu = (_floats(frame, name) for name in ("close", "atr", "mu"))
        least = self.config.hurdle * self.config.round_trip_cost
        conditions = {
            "expects_up": mu > least,
            "expects_down": mu < -least,
            **opinion_conditions(mu, _floats(frame, "state")),
        }
        return Signals.from_arrays(
            frame.index,
            conditions=tuple(conditions),
            bits=bits_of(conditions),
            **self.config.rule.wishes(close, atr, mu, _floats(frame, "confidence")),
        )

    def check(self, instrument: Instrument, costs: Costs, frame: DataFrame) -> list[str]:
        """
        Say where the model has no opinion, and where costs are higher than reckoned with.

        Raises:
            StrategyError: TW-K006 for another pair than the model's.
        """
        self.config.check_pair("ml_basic", instrument)
        return [*opinion_notes(_floats(frame, "state")), *self.config.cost_notes(instrument, costs)]


def _floats(frame: DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)
