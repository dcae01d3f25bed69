"""What strategies on models have in common: their settings, and how they look at a market."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from tradewind.errors import StrategyError
from tradewind.learning.rule import ModelRule
from tradewind.model.bounds import check_ladder, check_order, one_of, whole, within
from tradewind.model.costs import Costs
from tradewind.model.instrument import Instrument, check_symbol

LADDERS: Final[dict[str, tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "default": ((), ()),
    "classic": ((2.0,), (1.0,)),
}
"""Take-profit ladders by preset: multiples of the initial risk, and the share of the quantity that each closes."""


def _symbol(_: object, __: attrs.Attribute[str], value: str) -> None:
    check_symbol(value)


@attrs.frozen(kw_only=True)
class ModelStrategyConfig:
    """
    Settings of a strategy on models; lengths are in bars. A strategy's own are a class derived from it.

    Args:
        symbol: The pair whose model is asked; the strategy trades no other.
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
    """

    symbol: str = attrs.field(default="BTCUSDT", validator=_symbol)
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

    def asked(self, kind: str, model: str) -> dict[str, object]:
        """
        Return the settings of the indicator `onnx` for a model of this strategy.

        Args:
            kind: `price` or `sentiment`.
            model: A stamp of the registry, or a folder; empty for the one that was live at each bar.
        """
        allowed = {"allow_unproven": True} if self.allow_unproven_model else {}
        return {"symbol": self.symbol, "kind": kind, "model": model, "horizon": self.horizon, **allowed}

    def check_pair(self, strategy: str, instrument: Instrument, flag: str = "") -> None:
        """
        Refuse another pair than the model's.

        Args:
            strategy: The strategy's name.
            instrument: The pair that it was given.
            flag: What the command that trains a model for it needs beside the pair.

        Raises:
            StrategyError: TW-K006.
        """
        symbol = instrument.symbol
        if symbol != self.symbol:
            command = " ".join(("tradewind train", symbol, *([flag] if flag else [])))
            raise StrategyError(
                f"{strategy} asks the models of {self.symbol} and was given {symbol}.",
                code="TW-K006",
                hint=f"Train them (`{command}`) and set strategies.{strategy}.symbol={symbol}.",
                symbol=symbol,
            )

    def cost_notes(self, instrument: Instrument, costs: Costs) -> list[str]:
        """Return a sentence where a round trip costs more than is reckoned with."""
        taker = costs.taker_fee if instrument.taker_fee is None else float(instrument.taker_fee)
        paid = 2.0 * (taker + costs.slippage + costs.half_spread)
        if paid <= self.round_trip_cost * (1.0 + 1e-9):
            return []
        return [f"a round trip costs {paid:.2%} here, {self.round_trip_cost:.2%} is reckoned with."]
