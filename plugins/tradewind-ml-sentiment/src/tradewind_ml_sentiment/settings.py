"""The settings of `ml_with_sentiment`."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from tradewind.api import ModelRule, check_ladder, check_order, check_symbol, one_of, whole, within

LADDERS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "default": ((), ()),
    "classic": ((2.0,), (1.0,)),
}
"""Take-profit ladders by preset: multiples of the initial risk, and the share of the quantity that each closes."""


def _symbol(_: object, __: attrs.Attribute[str], value: str) -> None:
    check_symbol(value)


@attrs.frozen(kw_only=True)
class MlSentimentConfig:
    """
    Settings of `ml_with_sentiment`; lengths are in bars.

    Args:
        symbol: The pair whose models are asked; the strategy trades no other.
        sentiment_model: A stamp of the registry, or a folder, of the model that reads sentiment; empty for the one
            that was live at each bar.
        price_model: The same of the price model that stands in.
        allow_unproven_model: Ask a model that has not passed its gate; never with real money.
        horizon: Bars that the model looks ahead; a position is closed after as many.
        allow_short: Enter short as well.
        preset: The take-profit ladder where none is given: `default` has none, `classic` closes all at 2R.
        hurdle: Multiples of the round-trip cost that must be expected.
        round_trip_cost: Cost of entry and exit together that is reckoned with, a fraction of the value.
        atr_length: Wilder length of the average true range.
        stop_min: Least stop distance, a fraction of the price.
        stop_max: Largest stop distance, a fraction of the price.
        target_r: Take-profit rungs in units of the initial risk, rising.
        target_fractions: Share of the quantity that each rung closes.
        cap: Largest notional of a position, a fraction of equity.
        fallback_confidence: What a word of the price model counts where the sentiment is stale or absent.
        switch_bars: Bars in a row that a change between the models takes to hold.
        sentiment_veto: Enter no longs while sentiment is far below what it was lately, and no shorts far above.
        veto_z: How many standard deviations are far.
        veto_bars: Bars of the mean and deviation that it is compared with.
    """

    symbol: str = attrs.field(default="BTCUSDT", validator=_symbol)
    sentiment_model: str = ""
    price_model: str = ""
    allow_unproven_model: bool = False
    horizon: int = attrs.field(default=12, validator=whole(1, 1000))
    allow_short: bool = False
    preset: Literal["default", "classic"] = attrs.field(default="default", validator=one_of(*LADDERS))
    hurdle: float = attrs.field(default=1.5, validator=within(0.0, 100.0))
    round_trip_cost: float = attrs.field(default=0.003, validator=within(0.0, 0.1))
    atr_length: int = attrs.field(default=14, validator=whole(2))
    stop_min: float = attrs.field(default=0.02, validator=within(0.0, 0.5, above_low=True))
    stop_max: float = attrs.field(default=0.1, validator=within(0.0, 0.9, above_low=True))
    target_r: tuple[float, ...] = attrs.field()
    target_fractions: tuple[float, ...] = attrs.field()
    cap: float = attrs.field(default=0.1, validator=within(0.0, 1.0, above_low=True))

    fallback_confidence: float = attrs.field(default=0.8, validator=within(0.0, 1.0, above_low=True))
    switch_bars: int = attrs.field(default=2, validator=whole(1, 1000))
    sentiment_veto: bool = True
    veto_z: float = attrs.field(default=2.0, validator=within(0.0, 100.0, above_low=True))
    veto_bars: int = attrs.field(default=180, validator=whole(2, 10_000))

    @target_r.default
    def _preset_targets(self) -> tuple[float, ...]:
        return LADDERS.get(self.preset, LADDERS["default"])[0]

    @target_fractions.default
    def _preset_fractions(self) -> tuple[float, ...]:
        return LADDERS.get(self.preset, LADDERS["default"])[1]

    def __attrs_post_init__(self) -> None:
        check_order(self, ("stop_min", "stop_max"))
        check_ladder(self.target_r, self.target_fractions)

    @property
    def rule(self) -> ModelRule:
        """The rule that these settings make."""
        return ModelRule(
            horizon=self.horizon,
            round_trip_cost=self.round_trip_cost,
            hurdle=self.hurdle,
            allow_short=self.allow_short,
            stop_min=self.stop_min,
            stop_max=self.stop_max,
            target_r=self.target_r,
            target_fractions=self.target_fractions,
            cap=self.cap,
        )
