"""The settings of `ml_with_sentiment`."""

from __future__ import annotations

import attrs

from tradewind.api import ModelStrategyConfig, whole, within


@attrs.frozen(kw_only=True)
class MlSentimentConfig(ModelStrategyConfig):
    """
    Settings of `ml_with_sentiment`; lengths are in bars.

    Args:
        symbol: The pair whose models are asked; the strategy trades no other.
        sentiment_model: A stamp of the registry, or a folder, of the model that reads sentiment; empty for the one
            that was live at each bar.
        price_model: The same of the price model that stands in.
        fallback_confidence: What a word of the price model counts where the sentiment is stale or absent.
        switch_bars: Bars in a row that a change between the models takes to hold.
        sentiment_veto: Enter no longs while sentiment is far below what it was lately, and no shorts far above.
        veto_z: How many standard deviations are far.
        veto_bars: Bars of the mean and deviation that it is compared with.
    """

    sentiment_model: str = ""
    price_model: str = ""
    fallback_confidence: float = attrs.field(default=0.8, validator=within(0.0, 1.0, above_low=True))
    switch_bars: int = attrs.field(default=2, validator=whole(1, 1000))
    sentiment_veto: bool = True
    veto_z: float = attrs.field(default=2.0, validator=within(0.0, 100.0, above_low=True))
    veto_bars: int = attrs.field(default=180, validator=whole(2, 10_000))
