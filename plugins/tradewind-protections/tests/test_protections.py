"""What the protections do to limits, and their settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.api import Limits, Plan, SettingsError, Signals
from tradewind_protections.plugin import tradewind_risk_policies
from tradewind_protections.policies import (
    Cooldown,
    CooldownConfig,
    LowProfit,
    LowProfitConfig,
    StopGuard,
    StopGuardConfig,
)

README = Path(__file__).parents[1] / "README.md"
CONFIGS: dict[str, Any] = {"cooldown": CooldownConfig, "stop-guard": StopGuardConfig, "low-profit": LowProfitConfig}
POLICIES: dict[str, Any] = {"cooldown": Cooldown(), "stop-guard": StopGuard(), "low-profit": LowProfit()}


def test_cooldown_is_the_longer_of_the_accounts_and_its_own() -> None:
    assert Cooldown(CooldownConfig(bars=5)).limits(Limits()) == Limits(cooldown_bars=5)
    assert Cooldown(CooldownConfig(bars=5)).limits(Limits(cooldown_bars=9)) == Limits(cooldown_bars=9)
    assert Cooldown(CooldownConfig(bars=0)).limits(Limits(cooldown_bars=0)) == Limits(cooldown_bars=0)


def test_stop_guard_takes_the_tighter_of_each_number() -> None:
    guard = StopGuard(StopGuardConfig(stops=3, window=20, bars=30))
    assert guard.limits(Limits()) == Limits(stop_guard_stops=3, stop_guard_window=24, stop_guard_bars=30)
    tight = Limits(stop_guard_stops=2, stop_guard_window=48, stop_guard_bars=60)
    assert guard.limits(tight) == tight


def test_stop_guard_switches_on_a_guard_that_the_account_has_off() -> None:
    assert StopGuard(StopGuardConfig(stops=3)).limits(Limits(stop_guard_stops=0)).stop_guard_stops == 3


def test_low_profit_switches_its_lock_on() -> None:
    policy = LowProfit(LowProfitConfig(trades=4, required=0.01, bars=12))
    assert policy.limits(Limits()) == Limits(low_profit_trades=4, low_profit_required=0.01, low_profit_bars=12)


def test_low_profit_takes_the_tighter_of_each_number() -> None:
    policy = LowProfit(LowProfitConfig(trades=4, required=0.01, bars=12))
    tight = Limits(low_profit_trades=2, low_profit_required=0.02, low_profit_bars=24)
    assert policy.limits(tight) == tight
    assert policy.limits(Limits(low_profit_trades=6, low_profit_bars=1)).low_profit_trades == 4


@pytest.mark.parametrize("name", POLICIES)
def test_leaves_the_plan_as_it_is(name: str) -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="4h", tz="UTC")
    plan = Plan.from_arrays(index, enter=[1, 0, -1], risk=0.01)
    after = POLICIES[name].plan(pd.DataFrame({"close": np.ones(3)}, index=index), Signals.from_arrays(index), plan)
    assert after is plan


@pytest.mark.parametrize("name", POLICIES)
def test_tightening_twice_is_tightening_once(name: str) -> None:
    once = POLICIES[name].limits(Limits())
    assert once != Limits()
    assert POLICIES[name].limits(once) == once


@pytest.mark.parametrize("name", CONFIGS)
def test_the_page_documents_every_setting_with_its_default(name: str) -> None:
    section = README.read_text("utf-8").split(f"## `{name}`")[1].split("\n## ")[0]
    for field in attrs.fields(CONFIGS[name]):
        assert f"| `{field.name}` | `{getattr(CONFIGS[name](), field.name)!r}` |" in section


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("cooldown", {"bars": -1}),
        ("cooldown", {"bars": 1.5}),
        ("stop-guard", {"stops": 0}),
        ("stop-guard", {"window": 0}),
        ("stop-guard", {"bars": -1}),
        ("low-profit", {"trades": 0}),
        ("low-profit", {"required": 1.5}),
        ("low-profit", {"bars": -1}),
    ],
)
def test_refuses_a_setting_out_of_bounds_and_names_it(name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=next(iter(changes))) as caught:
        CONFIGS[name](**changes)
    assert caught.value.code == "TW-S004"


def test_offers_the_three_policies() -> None:
    assert [spec.name for spec in tradewind_risk_policies()] == list(POLICIES)
