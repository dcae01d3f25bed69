"""Trade what a price model expects."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    Costs,
    Instrument,
    Need,
    Signals,
    StrategyError,
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
        asked: dict[str, Any] = {"symbol": c.symbol, "kind": "price", "model": c.model, "horizon": c.horizon}
        if c.allow_unproven_model:
            asked["allow_unproven"] = True
        return [
            Need("onnx", asked),
            Need("atr", {"length": c.atr_length}, columns="atr"),
        ]

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
        c = self.config
        if instrument.symbol != c.symbol:
            raise StrategyError(
                f"ml_basic asks the model of {c.symbol} and was given {instrument.symbol}.",
                code="TW-K006",
                hint=f"Train one (`tradewind train {instrument.symbol}`) and set "
                f"strategies.ml_basic.symbol={instrument.symbol}.",
                symbol=instrument.symbol,
            )
        notes = opinion_notes(_floats(frame, "state"))
        taker = costs.taker_fee if instrument.taker_fee is None else float(instrument.taker_fee)
        paid = 2.0 * (taker + costs.slippage + costs.half_spread)
        if paid > c.round_trip_cost * (1.0 + 1e-9):
            notes.append(f"a round trip costs {paid:.2%} here, {c.round_trip_cost:.2%} is reckoned with.")
        return notes


def _floats(frame: DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)
