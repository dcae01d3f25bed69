"""The shipped rule strategies keep their promises on markets of every kind, with real indicators."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import attrs
import numpy as np
import pandas as pd
import pytest

from tradewind.backtest.assembly import indicator_lookup
from tradewind.config.schema import Settings
from tradewind.errors import SettingsError
from tradewind.model.bars import Bars
from tradewind.model.decisions import OUTCOME_CODES
from tradewind.model.limits import Limits
from tradewind.pipeline.certify import certify
from tradewind.pipeline.decide import Decided, Pipeline
from tradewind.pipeline.features import features
from tradewind.plugins.catalog import load_catalog
from tradewind.testing import markets

ROWS: Final = 1600
WARMUP: Final = 1000
CATALOG: Final = load_catalog()
POLICIES: Final = ("atr-sizing", "regime", "exposure", "cooldown", "stop-guard", "low-profit")
MARKETS: Final = ("trends", "storms", "random_walk", "regimes", "jumps", "gaps", "missing_bars", "flat")


@attrs.frozen(kw_only=True)
class Promise:
    """
    What a strategy may ask for at most.

    Args:
        stops: Least and largest stop distance, fractions of the price.
        cap: Notional cap, a fraction of equity.
        confidences: Risk multipliers that it uses.
        first: The first row on which all its features can be known.
        held: Conditions that hold on every bar that asks to buy.
    """

    stops: tuple[float, float]
    cap: float
    confidences: set[float]
    first: int
    held: set[str]


PROMISES: Final = {
    "adaptive": Promise(
        stops=(0.012, 0.06),
        cap=0.15,
        confidences={1.0},
        first=199,
        held={"cross", "above_200", "trending", "band"},
    ),
    "enhanced": Promise(
        stops=(0.015, 0.05),
        cap=0.10,
        confidences={1.0, float(np.float32(0.7))},
        first=199,
        held={"ema_trend", "above_50", "macd_positive", "macd_rising"},
    ),
    "high_risk_high_reward": Promise(
        stops=(0.012, 0.9),
        cap=0.25,
        confidences={1.5},
        first=138,
        held={"breakout", "macd_positive", "rsi_strong", "above_100", "squeeze"},
    ),
}


def trends(seed: int, rows: int) -> Bars:
    """Return long quiet trends up and down with pauses, in which every strategy finds something."""
    rng = np.random.default_rng(seed)
    drift = np.repeat(rng.choice([-0.004, -0.001, 0.0, 0.002, 0.004], rows // 40 + 1), 40)[:rows]
    return walked(drift + rng.normal(0.0, 0.005, rows), rng)


def storms(seed: int, rows: int) -> Bars:
    """Return a calm market in which a tenth of the time every second bar undoes the one before, widely."""
    rng = np.random.default_rng(seed)
    wild = np.repeat(rng.random(rows // 40 + 1) < 0.15, 40)[:rows]
    swing = np.where(np.arange(rows) % 2 == 0, 0.03, -0.03)
    return walked(np.where(wild, swing, 0.0) + rng.normal(0.0, 0.005, rows), rng)


def walked(returns: Any, rng: np.random.Generator) -> Bars:
    rows = len(returns)
    close = 100.0 * np.exp(np.cumsum(returns))
    first = np.concatenate([[100.0], close[:-1]])
    reach = rng.uniform(0.0, 0.004, (2, rows)) * close
    frame = pd.DataFrame(
        {
            "open": first,
            "high": np.maximum(first, close) + reach[0],
            "low": np.minimum(first, close) - reach[1],
            "close": close,
            "volume": rng.lognormal(3.0, 0.5, rows),
        },
        index=pd.date_range("2021-01-01", periods=rows, freq="4h", tz="UTC"),
    )
    return Bars.from_frame(frame, "4h")


@lru_cache(maxsize=16)
def market(name: str) -> Bars:
    if name in {"trends", "storms"}:
        return {"trends": trends, "storms": storms}[name](3, ROWS)
    if name == "flat":
        return markets.flat(ROWS)
    made: Bars = getattr(markets, name)(seed=5, rows=ROWS)
    return made


def pipeline(strategy: str, **settings: Any) -> Pipeline:
    return Pipeline(
        limits=Limits(),
        name=strategy,
        strategy=CATALOG.build("strategies", strategy, settings),
        policies={name: CATALOG.build("risk_policies", name) for name in POLICIES},
        lookup=indicator_lookup(CATALOG, Settings()),
        warmup=WARMUP,
    )


@lru_cache(maxsize=64)
def decided(strategy: str, name: str, allow_short: bool = False) -> Decided:
    return pipeline(strategy, allow_short=allow_short)(market(name))


def held(found: Decided, condition: str) -> Any:
    signals = found.signals
    return (signals.bits >> signals.conditions.index(condition)) & 1 == 1


each_strategy = pytest.mark.parametrize("strategy", PROMISES)
each_market = pytest.mark.parametrize("name", MARKETS)


@each_strategy
def test_asks_to_buy_and_to_leave_in_a_market_that_trends(strategy: str) -> None:
    found = decided(strategy, "trends")
    assert (found.plan.enter[WARMUP:] == 1).sum() >= 3
    assert found.plan.exit_long[WARMUP:].any()


@each_strategy
@each_market
def test_asks_for_nothing_before_its_features_are_known_and_takes_nothing_in_the_warm_up(
    strategy: str, name: str
) -> None:
    found = decided(strategy, name)
    assert not found.signals.enter[: PROMISES[strategy].first].any()
    features = [column for column in found.frame.columns if not column.startswith(("policy_", "sizing_"))]
    unknown = found.frame[features].drop(columns="volr", errors="ignore").isna().any(axis=1).to_numpy()
    assert not found.signals.enter[unknown].any()
    forbidden = found.plan.veto[:WARMUP]
    assert (forbidden == OUTCOME_CODES["blocked:warming_up"]).all()


@each_strategy
@each_market
@pytest.mark.parametrize("allow_short", [False, True], ids=["long", "both"])
def test_every_entry_has_a_stop_within_its_clips_and_stays_within_its_cap(
    strategy: str, name: str, allow_short: bool
) -> None:
    promise, found = PROMISES[strategy], decided(strategy, name, allow_short)
    entries = found.plan.enter != 0
    share = (found.plan.stop_dist / found.frame["close"].to_numpy())[entries]
    low, high = promise.stops
    assert ((share >= low * (1 - 1e-12)) & (share <= high * (1 + 1e-12))).all()
    assert (found.plan.cap[entries] <= promise.cap).all()
    assert set(np.unique(found.plan.confidence[entries]).tolist()) <= promise.confidences
    assert (found.plan.trail_dist[entries] > 0.0).all()
    assert not np.isin(found.plan.regime, (0, 1, 2), invert=True).any()


@each_strategy
@each_market
def test_every_entry_is_explained_by_its_conditions(strategy: str, name: str) -> None:
    found = decided(strategy, name)
    for condition in PROMISES[strategy].held:
        assert held(found, condition)[found.signals.enter == 1].all(), condition


@each_strategy
def test_sells_short_only_when_allowed(strategy: str) -> None:
    assert not any((decided(strategy, name).signals.enter == -1).any() for name in MARKETS)
    assert any((decided(strategy, name, True).signals.enter == -1).any() for name in MARKETS)


@each_strategy
def test_allowing_shorts_changes_no_long_entry(strategy: str) -> None:
    for name in MARKETS:
        long, both = decided(strategy, name).signals, decided(strategy, name, True).signals
        np.testing.assert_array_equal(both.enter == 1, long.enter == 1)
        np.testing.assert_array_equal(both.exit_long, long.exit_long)


@each_strategy
def test_a_market_that_stands_still_gives_no_reason_to_trade(strategy: str) -> None:
    assert not decided(strategy, "flat", True).signals.enter.any()


@each_strategy
def test_the_regime_is_the_detectors(strategy: str) -> None:
    seen: set[float] = set()
    for name in MARKETS:
        found = decided(strategy, name)
        detected = found.frame["regime"].fillna(0.0).to_numpy()
        np.testing.assert_array_equal(found.signals.regime, detected)
        np.testing.assert_array_equal(found.plan.regime, detected)
        seen |= set(detected.tolist())
    assert seen == {0.0, 1.0, 2.0}


@each_strategy
def test_earns_its_look_ahead_and_warm_up_certificate(strategy: str) -> None:
    certificate = certify(pipeline(strategy), market("trends"), warmup=WARMUP, cuts=12, seed=1)
    assert certificate.passed, certificate


@each_strategy
def test_every_length_that_the_settings_accept_the_indicators_accept_too(strategy: str) -> None:
    bars, settings_class = market("trends").rows(0, 400), CATALOG.get("strategies", strategy).settings_class()
    assert settings_class is not None
    lengths = [
        field.name for field in attrs.fields(settings_class) if type(getattr(settings_class(), field.name)) is int
    ]
    assert lengths
    for name in lengths:
        for length in (1, 2, 3):
            try:
                built = CATALOG.build("strategies", strategy, {name: length})
            except SettingsError:
                continue
            frame = features(bars, built.needs(), indicator_lookup(CATALOG, Settings()))
            assert len(built.signals(frame)) == len(bars), (name, length)
