"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import StrategySpec


@hookimpl
def tradewind_strategies() -> Iterable[StrategySpec]:
    """Offer `ml_basic`."""
    yield StrategySpec(
        name="ml_basic",
        summary="Trades what a price model expects, when that is worth its costs.",
        factory="tradewind_ml_basic.strategy:MlBasic",
        config="tradewind_ml_basic.settings:MlBasicConfig",
        needs=("onnx", "atr"),
        timeframe="4h",
        warmup=1000,
        allows_short=True,
    )
