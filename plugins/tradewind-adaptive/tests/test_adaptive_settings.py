"""The settings of `adaptive` have bounds, and its page documents each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.api import SettingsError
from tradewind_adaptive.plugin import tradewind_strategies
from tradewind_adaptive.settings import AdaptiveConfig
from tradewind_adaptive.strategy import Adaptive

README = Path(__file__).parents[1] / "README.md"


def written(value: Any) -> str:
    """Return the value as a settings file writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


@pytest.mark.parametrize("field", attrs.fields(AdaptiveConfig), ids=lambda field: field.name)
def test_the_page_documents_every_setting_with_its_default(field: attrs.Attribute[Any]) -> None:
    assert f"| `{field.name}` | `{written(getattr(AdaptiveConfig(), field.name))}` |" in README.read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"preset": "brave"},
        {"fast_kama_length": 0},
        {"fast_kama_fast": 30},
        {"slow_kama_slow": 5},
        {"long_ema_length": 1},
        {"atr_length": 14.0},
        {"atr_length": True},
        {"regime_er_threshold": 1.5},
        {"regime_confirm": 0},
        {"band_atr": -0.1},
        {"breakout_length": 0},
        {"stop_atr": 0.0},
        {"stop_min": 0.06},
        {"stop_max": float("nan")},
        {"trail_atr": float("inf")},
        {"trail_arm_r": -1.0},
        {"target_r": (3.0, 2.0)},
        {"target_r": (2.0,)},
        {"target_r": (2.0, float("inf"))},
        {"target_fractions": (0.6, 0.5)},
        {"target_fractions": (0.0, 0.5)},
        {"cap": 0.0},
        {"cap": 15.0},
    ],
    ids=str,
)
def test_refuses_a_setting_out_of_bounds_and_names_it(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        AdaptiveConfig(**changes)
    assert caught.value.code == "TW-S004"
    assert caught.value.data["setting"] in {*changes, "fast_kama_fast", "slow_kama_fast", "target_fractions"}


def test_declares_every_indicator_that_it_may_need() -> None:
    (spec,) = tradewind_strategies()
    needed = {need.name for need in Adaptive(AdaptiveConfig(allow_short=True)).needs()}
    assert set(spec.needs) == needed
    assert {need.name for need in Adaptive().needs()} == needed - {"previous_low"}


def test_hands_its_lengths_to_the_indicators() -> None:
    config = AdaptiveConfig(fast_kama_length=7, long_ema_length=99, breakout_length=5, regime_confirm=4, atr_length=9)
    needs = Adaptive(config).needs()
    assert needs[0].params == {"length": 7, "fast": 2, "slow": 30}
    by_name = {need.name: need.params for need in needs}
    assert by_name["ema"] == {"length": 99}
    assert by_name["previous_high"] == {"length": 5}
    assert by_name["regime"]["confirm"] == 4
    assert by_name["regime"]["atr_length"] == by_name["atr"]["length"] == 9
