"""The settings of the risk policies have bounds, and their page documents each of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from tradewind.api import RiskPolicySpec, SettingsError
from tradewind_risk.atr_sizing import AtrSizing, AtrSizingConfig
from tradewind_risk.exposure import ExposureConfig
from tradewind_risk.plugin import tradewind_risk_policies
from tradewind_risk.regime import Regime, RegimeConfig

README = Path(__file__).parents[1] / "README.md"
SPECS: dict[str, RiskPolicySpec] = {spec.name: spec for spec in tradewind_risk_policies()}
CONFIGS = {"atr-sizing": AtrSizingConfig, "regime": RegimeConfig, "exposure": ExposureConfig}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_page_documents_every_setting_with_its_default(name: str) -> None:
    section = README.read_text("utf-8").split(f"## `{name}`")[1].split("\n## ")[0]
    for field in attrs.fields(CONFIGS[name]):
        assert f"| `{field.name}` | `{getattr(CONFIGS[name](), field.name)!r}` |" in section


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("atr-sizing", {"base_risk": 0.0}),
        ("atr-sizing", {"base_risk": 2.0}),
        ("atr-sizing", {"atr_length": 1}),
        ("atr-sizing", {"atr_multiplier": 1.1}),
        ("regime", {"trending_multiplier": -0.1}),
        ("regime", {"ranging_multiplier": float("nan")}),
        ("regime", {"volatile_multiplier": 11.0}),
        ("exposure", {"max_position_size": 0.0}),
        ("exposure", {"max_total_exposure": 0.0}),
        ("exposure", {"max_concurrent_positions": 0}),
        ("exposure", {"max_correlated_risk": 1.5}),
    ],
)
def test_refuses_a_setting_out_of_bounds_and_names_it(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(changes))) as caught:
        CONFIGS[name](**changes)
    assert caught.value.code == "TW-S004"


def test_declares_the_indicators_it_needs() -> None:
    assert {name: spec.needs for name, spec in SPECS.items()} == {
        "atr-sizing": ("atr",),
        "regime": ("regime",),
        "exposure": (),
    }
    (atr,) = AtrSizing(AtrSizingConfig(atr_length=20)).needs()
    assert (atr.name, atr.params, atr.columns) == ("atr", {"length": 20}, "sizing_atr")
    (regime,) = Regime().needs()
    assert regime.name == "regime"
