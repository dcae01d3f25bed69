"""The settings of the indicator `onnx`."""

from __future__ import annotations

from typing import Literal

import attrs

from tradewind.api import check_symbol, one_of, whole, within


def _symbol(_: object, __: attrs.Attribute[str], value: str) -> None:
    check_symbol(value)


@attrs.frozen(kw_only=True)
class OnnxConfig:
    """
    Which model answers, and when it has no opinion.

    Args:
        symbol: The pair whose model it is.
        kind: `price`, or `sentiment` for one that reads the eight sentiment features too.
        model: A stamp of the registry, or a folder with `model.onnx` and `card.json`; empty for the one that
            was live at each bar.
        horizon: Bars that the model must look ahead; 0 for any.
        folder: The registry.
        allow_unproven: Ask a model that has not passed its gate; while none is live, the newest staged one.
        expiry_days: Days after the end of a model's data from which it has no opinion; 0 for never.
        drift_limit: Population stability index of the inputs above which it has no opinion; 0 for any.
        budget_ms: What one window may take, milliseconds; slower answers are no opinion.
        threads: Threads that answer windows of a long history; a single window takes one.
        batch: Windows asked at once over history.
    """

    symbol: str = attrs.field(default="BTCUSDT", validator=_symbol)
    kind: Literal["price", "sentiment"] = attrs.field(default="price", validator=one_of("price", "sentiment"))
    model: str = ""
    horizon: int = attrs.field(default=0, validator=whole(0))
    folder: str = "ml"
    allow_unproven: bool = False
    expiry_days: float = attrs.field(default=90.0, validator=within(0.0, 36_500.0))
    drift_limit: float = attrs.field(default=0.25, validator=within(0.0, 100.0))
    budget_ms: float = attrs.field(default=100.0, validator=within(0.0, 60_000.0, above_low=True))
    threads: int = attrs.field(default=2, validator=whole(1, 64))
    batch: int = attrs.field(default=16, validator=whole(1, 1024))
