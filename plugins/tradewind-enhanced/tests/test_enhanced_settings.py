"""The settings of `enhanced` have bounds, and its page documents each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.api import SettingsError
from tradewind_enhanced.plugin import tradewind_strategies
from tradewind_enhanced.settings import EnhancedConfig
from tradewind_enhanced.strategy import Enhanced

README = Path(__file__).parents[1] / "README.md"


def written(value: Any) -> str:
    """Return the value as a settings file writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


@pytest.mark.parametrize("field", attrs.fields(EnhancedConfig), ids=lambda field: field.name)
def test_the_page_documents_every_setting_with_its_default(field: attrs.Attribute[Any]) -> None:
    assert f"| `{field.name}` | `{written(getattr(EnhancedConfig(), field.name))}` |" in README.read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"fast_ema_length": 200},
        {"slow_ema_length": 0},
        {"exit_ema_length": 1},
        {"macd_fast": 26},
        {"macd_signal": 0},
        {"rsi_length": 1},
        {"rsi_low": 70.0},
        {"rsi_high": 101.0},
        {"rsi_exit": 40.0},
        {"volume_length": 1},
        {"volume_factor": -1.0},
        {"breakout_length": 0},
        {"confirmations_needed": 4},
        {"confidence_full": 0.0},
        {"confidence_partial": float("nan")},
        {"atr_length": 1},
        {"stop_atr": 0.0},
        {"stop_min": 0.05},
        {"stop_max": 1.0},
        {"trail_atr": 0.0},
        {"trail_arm_r": -0.5},
        {"target_r": (0.0,)},
        {"target_fractions": (1.1,)},
        {"cap": 1.5},
    ],
    ids=str,
)
def test_refuses_a_setting_out_of_bounds_and_names_it(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        EnhancedConfig(**changes)
    assert caught.value.code == "TW-S004"
    assert next(iter(changes)) in str(caught.value)


def test_declares_every_indicator_that_it_may_need() -> None:
    (spec,) = tradewind_strategies()
    needed = {need.name for need in Enhanced(EnhancedConfig(allow_short=True)).needs()}
    assert set(spec.needs) == needed
    assert {need.name for need in Enhanced().needs()} == needed - {"previous_low"}


def test_hands_its_lengths_to_the_indicators() -> None:
    config = EnhancedConfig(fast_ema_length=9, slow_ema_length=99, exit_ema_length=5, volume_length=30, macd_fast=3)
    needs = Enhanced(config).needs()
    assert [need.params["length"] for need in needs if need.name == "ema"] == [9, 99, 5]
    by_name = {need.name: need.params for need in needs}
    assert by_name["sma"] == {"length": 30, "source": "volume"}
    assert by_name["macd"] == {"fast": 3, "slow": 26, "signal": 9}
