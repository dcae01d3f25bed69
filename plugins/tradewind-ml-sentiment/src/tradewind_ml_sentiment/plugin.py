"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import StrategySpec


@hookimpl
def tradewind_strategies() -> Iterable[StrategySpec]:
    """Offer `ml_with_sentiment`."""
    yield StrategySpec(
        name="ml_with_sentiment",
        summary="Trades what a model of prices and sentiment expects, and a price model's word without sentiment.",
        factory="tradewind_ml_sentiment.strategy:MlWithSentiment",
        config="tradewind_ml_sentiment.settings:MlSentimentConfig",
        needs=("onnx", "atr"),
        series=("?sentiment",),
        timeframe="4h",
        warmup=1000,
        allows_short=True,
    )
