"""What this distribution offers."""

from collections.abc import Iterable

from tradewind import hookimpl
from tradewind.api import StrategySpec


@hookimpl
def tradewind_strategies() -> Iterable[StrategySpec]:
    """Offer `high_risk_high_reward`."""
    yield StrategySpec(
        name="high_risk_high_reward",
        summary="Breakouts from a volatility squeeze with a tight stop, far targets and more risk.",
        factory="tradewind_high_risk.strategy:HighRisk",
        config="tradewind_high_risk.settings:HighRiskConfig",
        needs=("ema", "macd", "rsi", "atr", "squeeze", "regime", "previous_high", "previous_low"),
        timeframe="4h",
        warmup=1000,
        allows_short=True,
    )
