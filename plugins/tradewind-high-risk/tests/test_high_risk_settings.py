"""The settings of `high_risk_high_reward` have bounds, and its page documents each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.api import SettingsError
from tradewind_high_risk.plugin import tradewind_strategies
from tradewind_high_risk.settings import HighRiskConfig
from tradewind_high_risk.strategy import HighRisk

README = Path(__file__).parents[1] / "README.md"


def written(value: Any) -> str:
    """Return the value as a settings file writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(written, value))}]"
    return repr(value)


@pytest.mark.parametrize("field", attrs.fields(HighRiskConfig), ids=lambda field: field.name)
def test_the_page_documents_every_setting_with_its_default(field: attrs.Attribute[Any]) -> None:
    assert f"| `{field.name}` | `{written(getattr(HighRiskConfig(), field.name))}` |" in README.read_text("utf-8")


@pytest.mark.parametrize(
    "changes",
    [
        {"macd_fast": 13},
        {"macd_slow": 2},
        {"macd_signal": 0},
        {"rsi_length": 1},
        {"rsi_entry": 101.0},
        {"rsi_exit": 55.0},
        {"trend_ema_length": 1},
        {"breakout_length": 0},
        {"squeeze_length": 1},
        {"squeeze_std": 0.0},
        {"squeeze_window": 1},
        {"squeeze_percentile": 101.0},
        {"squeeze_within": 0},
        {"confidence": 0.0},
        {"atr_length": 1},
        {"stop_atr": 0.0},
        {"stop_min": 0.6},
        {"round_trip_cost": -0.001},
        {"stop_cost_factor": 0.5},
        {"trail_atr": float("inf")},
        {"trail_arm_r": -1.0},
        {"target_r": (3.0, 3.0)},
        {"target_fractions": (0.6, 0.6)},
        {"cap": 0.0},
    ],
    ids=str,
)
def test_refuses_a_setting_out_of_bounds_and_names_it(changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        HighRiskConfig(**changes)
    assert caught.value.code == "TW-S004"
    assert next(iter(changes)) in str(caught.value)


def test_declares_every_indicator_that_it_may_need() -> None:
    (spec,) = tradewind_strategies()
    needed = {need.name for need in HighRisk(HighRiskConfig(allow_short=True)).needs()}
    assert set(spec.needs) == needed
    assert {need.name for need in HighRisk().needs()} == needed - {"previous_low"}


def test_hands_its_numbers_to_the_indicators() -> None:
    needs = HighRisk(HighRiskConfig(macd_signal=4, squeeze_percentile=25.0, squeeze_within=3)).needs()
    by_name = {need.name: need.params for need in needs}
    assert by_name["macd"] == {"fast": 5, "slow": 13, "signal": 4}
    assert by_name["squeeze"] == {"length": 20, "std": 2.0, "window": 120, "quantile": 0.25, "within": 3}
