"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import StrategySpec


@hookimpl
def tradewind_strategies() -> Iterable[StrategySpec]:
    """Offer `adaptive`."""
    yield StrategySpec(
        name="adaptive",
        summary="Trend following with adaptive moving averages, entered only in a trending regime.",
        factory="tradewind_adaptive.strategy:Adaptive",
        config="tradewind_adaptive.settings:AdaptiveConfig",
        needs=("kama", "ema", "atr", "regime", "previous_high", "previous_low"),
        timeframe="4h",
        warmup=1000,
        allows_short=True,
    )
