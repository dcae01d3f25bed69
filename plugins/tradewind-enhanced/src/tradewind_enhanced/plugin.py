"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import StrategySpec


@hookimpl
def tradewind_strategies() -> Iterable[StrategySpec]:
    """Offer `enhanced`."""
    yield StrategySpec(
        name="enhanced",
        summary="Trend following that waits until EMA, MACD, RSI, volume and price agree.",
        factory="tradewind_enhanced.strategy:Enhanced",
        config="tradewind_enhanced.settings:EnhancedConfig",
        needs=("ema", "macd", "rsi", "atr", "sma", "regime", "previous_high", "previous_low"),
        timeframe="4h",
        warmup=1000,
        allows_short=True,
    )
