"""The settings of `ml_basic`."""

from __future__ import annotations

import attrs

from tradewind.api import ModelStrategyConfig


@attrs.frozen(kw_only=True)
class MlBasicConfig(ModelStrategyConfig):
    """
    Settings of `ml_basic`; lengths are in bars.

    Args:
        model: A stamp of the registry, or a model's folder; empty for the one that was live at each bar.
    """

    model: str = ""
