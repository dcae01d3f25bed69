"""Trade what a model of prices and sentiment expects, and fall back on prices alone."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    OPINION_CODES,
    Costs,
    Instrument,
    Need,
    Signals,
    bits_of,
    opinion_conditions,
    opinion_notes,
)
from tradewind_ml_sentiment.settings import MlSentimentConfig
from tradewind_ml_sentiment.sources import standing, with_sentiment

Floats = npt.NDArray[np.float64]

_OUTPUTS = ("mu", "sigma", "confidence", "state")


@attrs.frozen
class MlWithSentiment:
    """
    Buy when a model expects more than the costs of a trade, one and a half times.

    While sentiment is fresh, a model that reads prices and sentiment is asked. Where it is stale or
    absent, a model of prices alone is asked in its place and counts less: no neutral value is ever put
    in place of a sentiment that is not known. A very low sentiment can forbid longs, a very high one shorts.

    Args:
        config: The settings.
    """

    config: MlSentimentConfig = attrs.field(factory=MlSentimentConfig)

    def needs(self) -> list[Need]:
        """Return the features: both models' answers, the sentiment and ATR."""
        c = self.config
        return [
            Need(
                "onnx",
                c.asked("sentiment", c.sentiment_model),
                columns={name: f"sentiment_model_{name}" for name in _OUTPUTS},
                series="sentiment",
                optional=True,
            ),
            Need(
                "onnx",
                c.asked("price", c.price_model),
                columns={name: f"price_model_{name}" for name in _OUTPUTS},
            ),
            Need(
                "sentiment",
                columns={name: name for name in ("sentiment_score", "sentiment_state")},
                kind="series",
                optional=True,
            ),
            Need("atr", {"length": c.atr_length}, columns="atr"),
        ]

    def signals(self, frame: DataFrame) -> Signals:
        """Return the wishes per bar."""
        c = self.config
        chosen = self._chosen(frame)
        mu, state, probability = (self._told(frame, name, chosen) for name in ("mu", "state", "confidence"))
        close, atr = _floats(frame, "close"), _floats(frame, "atr")
        wishes = c.rule.wishes(close, atr, mu, probability)
        least = c.hurdle * c.round_trip_cost
        z = standing(_floats(frame, "sentiment_score"), c.veto_bars)
        low, high = (z < -c.veto_z) & c.sentiment_veto, (z > c.veto_z) & c.sentiment_veto
        enter = wishes["enter"]
        wishes["enter"] = np.where(((enter == 1) & low) | ((enter == -1) & high), 0, enter).astype(np.int8)
        wishes["confidence"] = wishes["confidence"] * np.where(chosen, 1.0, c.fallback_confidence)
        conditions = {
            "expects_up": mu > least,
            "expects_down": mu < -least,
            "fallback": ~chosen,
            "sentiment_low": low,
            "sentiment_high": high,
            **opinion_conditions(mu, state),
        }
        return Signals.from_arrays(frame.index, conditions=tuple(conditions), bits=bits_of(conditions), **wishes)

    def check(self, instrument: Instrument, costs: Costs, frame: DataFrame) -> list[str]:
        """
        Say which models there are, where they have no opinion, and where costs are higher than reckoned with.

        Raises:
            StrategyError: TW-K006 for another pair than the models'.
        """
        self.config.check_pair("ml_with_sentiment", instrument, "--force-sentiment")
        notes = [*self._alone(frame)]
        chosen = self._chosen(frame)
        notes += opinion_notes(self._told(frame, "state", chosen))
        share = float(np.mean(~chosen)) if len(chosen) else 0.0
        if share > 0.0:
            notes.append(f"the price model alone was asked on {share:.0%} of the bars.")
        return [*notes, *self.config.cost_notes(instrument, costs)]

    def _alone(self, frame: DataFrame) -> list[str]:
        """Say so when only one of the models is there."""
        missing = [
            kind
            for kind in ("sentiment", "price")
            if (states := _floats(frame, f"{kind}_model_state")).size
            and not np.any(np.isfinite(states) & (states != OPINION_CODES["no_model"]))
        ]
        if len(missing) != 1:
            return []
        other = "price" if missing == ["sentiment"] else "sentiment"
        return [f"there is no {missing[0]} model: the {other} model is asked on every bar that it can answer."]

    def _chosen(self, frame: DataFrame) -> npt.NDArray[np.bool_]:
        return with_sentiment(
            _floats(frame, "sentiment_state"),
            _floats(frame, "sentiment_model_state"),
            _floats(frame, "price_model_state"),
            self.config.switch_bars,
        )

    @staticmethod
    def _told(frame: DataFrame, name: str, chosen: npt.NDArray[np.bool_]) -> Any:
        return np.where(chosen, _floats(frame, f"sentiment_model_{name}"), _floats(frame, f"price_model_{name}"))


def _floats(frame: DataFrame, name: str) -> Floats:
    return frame[name].to_numpy(dtype=np.float64)
