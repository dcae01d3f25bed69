"""
Predictors of known skill, sent through the gate on real or made-up bars.

A planted predictor mixes the realised return with noise so that its information coefficient is known. Noise
is as persistent as a model's answers are, whose windows overlap. `python -m models.planted` prints how many of each
skill are admitted; it takes real bars when they are there.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    Bars,
    Calibration,
    GateEvidence,
    Need,
    Signals,
    Timeframe,
    backtest,
    forward_return,
    information_coefficient,
    judge_model,
    mean_difference,
    profit_factor_interval,
    resample,
    window_sigma,
)
from tradewind_ml_basic.settings import MlBasicConfig
from tradewind_ml_basic.strategy import MlBasic

Floats = npt.NDArray[np.float64]

HORIZON = 12
BLOCK = 240
WARMUP = 1_000
TEST_ROWS = 3_400
"""Bars of the shipped model's test range."""

MEMORIES = (1, 12, 48, 120)
"""Bars over which a predictor's noise is smoothed."""

SCALE = 0.15
"""The size of what a predictor says, in units of the return's own deviation."""


@attrs.frozen
class Planted:
    """
    The rule of `ml_basic` on expectations that were written down beforehand.

    Args:
        mu: Expected log return per bar.
        probability: The chance that its sign is right.
    """

    mu: Floats
    probability: Floats
    warmup = WARMUP

    def needs(self) -> list[Need]:
        return [Need("atr", {"length": 14}, columns="atr")]

    def signals(self, frame: DataFrame) -> Signals:
        told = frame.assign(mu=self.mu, confidence=self.probability, state=0.0)
        return MlBasic(MlBasicConfig()).signals(told)


def noise(rng: np.random.Generator, rows: int, memory: int) -> Floats:
    """Return standard normal noise smoothed over some bars."""
    raw = rng.normal(size=rows + memory)
    total = np.cumsum(raw)
    smooth = total[memory:] - total[:-memory]
    return np.asarray(smooth / smooth.std())


def predictor(bars: Bars, skill: float, seed: int) -> Floats:
    """Return expectations whose correlation with the standardised outcome is `skill`."""
    rng = np.random.default_rng([seed, round(skill * 1000)])
    sigma = window_sigma(bars.close, HORIZON)
    outcome = forward_return(bars.close, HORIZON) / sigma
    known = np.isfinite(outcome)
    standard = np.zeros(len(bars))
    standard[known] = (outcome[known] - outcome[known].mean()) / outcome[known].std()
    mixed = skill * standard + np.sqrt(1.0 - skill**2) * noise(rng, len(bars), MEMORIES[seed % len(MEMORIES)])
    return np.asarray(np.where(np.isfinite(sigma), SCALE * mixed * sigma, 0.0))


def evidence(bars: Bars, mu: Floats, skill: float, draws: int = 300) -> GateEvidence:
    """Return what a predictor shows after the warm-up."""
    sigma = window_sigma(bars.close, HORIZON)
    realised = forward_return(bars.close, HORIZON)
    rows = slice(WARMUP, len(bars) - HORIZON)
    expected, outcome = mu[rows] / sigma[rows], realised[rows] / sigma[rows]
    curve = Calibration(score=(0.0, 0.3), probability=(0.5, 0.5 + skill / 2.0), count=(0.0, 0.0))
    result = backtest(
        Planted(mu, curve(mu, np.log(sigma))), bars, settings={"certificate": {"enabled": False}, "risk": []}
    )
    pnl = result.trades["pnl"].to_numpy()
    return GateEvidence(
        coefficient=information_coefficient(expected, outcome, block=BLOCK, draws=draws),
        profit_factor=profit_factor_interval(pnl, draws=draws),
        trades=len(pnl),
        persistence=mean_difference((outcome - expected) ** 2, outcome**2, block=BLOCK, draws=draws),
        milliseconds=0.0,
        budget_ms=1.0,
        difference=0.0,
    )


def admissions(bars: Bars, skill: float, count: int, draws: int = 300) -> Iterator[dict[str, Any]]:
    """Yield for each predictor which checks it passed and what it was worth."""
    for seed in range(count):
        shown = evidence(bars, predictor(bars, skill, seed), skill, draws)
        checks = {check.name: check.passed for check in judge_model(shown)}
        yield {
            **checks,
            "admitted": all(checks.values()),
            "coefficient": shown.coefficient.value,
            "profit_factor": shown.profit_factor.value,
            "trades": shown.trades,
        }


def main(count: int) -> None:
    """Print a line per skill."""
    from real_history import read_bars

    path = Path(os.environ["TRADEWIND_MARKET_DATA"]) / "spot" / "1h" / "BTCUSDT-1h.parquet"
    bars = resample(read_bars(path, "1h"), Timeframe("4h"))
    bars = bars.rows(len(bars) - TEST_ROWS - WARMUP, len(bars))
    for skill in (0.0, 0.05, 0.1, 0.2):
        rows = list(admissions(bars, skill, count))
        share = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
        print(
            f"skill {skill:.2f}: admitted {share['admitted']:.1%}; "
            f"coefficient above 0 {share['information_coefficient']:.1%}, "
            f"profit factor above 1 {share['profit_factor_after_costs']:.1%}, beats persistence "
            f"{share['beats_persistence']:.1%}; median profit factor "
            f"{np.median([row['profit_factor'] for row in rows]):.2f}, {share['trades']:.0f} trades",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
