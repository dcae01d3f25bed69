"""
Predictors of known skill, sent through the gate on real or made-up bars.

A planted predictor mixes the realised return with noise so that its information coefficient is known. Noise
is as persistent as a model's answers are, whose windows overlap. `python -m models.planted [COUNT [BLOCK]]` prints how
many of each skill are admitted, on real bars; those without skill once more for each memory of their noise.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pandas import DataFrame

from tradewind.api import (
    BLOCK_HORIZONS,
    Bars,
    Calibration,
    GateEvidence,
    Timeframe,
    each_entry,
    entries_profit_factor,
    forward_return,
    indicator,
    information_coefficient,
    judge_model,
    mean_difference,
    resample,
    window_sigma,
)
from tradewind_ml_basic.settings import MlBasicConfig
from tradewind_ml_basic.strategy import MlBasic

Floats = npt.NDArray[np.float64]

HORIZON = 12
BLOCK = BLOCK_HORIZONS * HORIZON
WARMUP = 1_000
TEST_ROWS = 3_400
"""Bars of the shipped model's test range."""

MEMORIES = (1, 12, 48, 120)
"""Bars over which a predictor's noise is smoothed."""

SCALE = 0.15
"""The size of what a predictor says, in units of the return's own deviation."""


def noise(rng: np.random.Generator, rows: int, memory: int) -> Floats:
    """Return standard normal noise smoothed over some bars."""
    raw = rng.normal(size=rows + memory)
    total = np.cumsum(raw)
    smooth = total[memory:] - total[:-memory]
    return np.asarray(smooth / smooth.std())


def predictor(bars: Bars, skill: float, seed: int, memories: tuple[int, ...] = MEMORIES) -> Floats:
    """Return expectations whose correlation with the standardised outcome is `skill`."""
    rng = np.random.default_rng([seed, round(skill * 1000)])
    sigma = window_sigma(bars.close, HORIZON)
    outcome = forward_return(bars.close, HORIZON) / sigma
    known = np.isfinite(outcome)
    standard = np.zeros(len(bars))
    standard[known] = (outcome[known] - outcome[known].mean()) / outcome[known].std()
    mixed = skill * standard + np.sqrt(1.0 - skill**2) * noise(rng, len(bars), memories[seed % len(memories)])
    return np.asarray(np.where(np.isfinite(sigma), SCALE * mixed * sigma, 0.0))


@lru_cache(maxsize=4)
def _frame(bars: Bars) -> DataFrame:
    frame = bars.to_frame()
    return frame.assign(atr=indicator("atr", length=14).compute(frame)["atr"].to_numpy())


def evidence(bars: Bars, mu: Floats, skill: float, draws: int = 300, block: int = BLOCK) -> GateEvidence:
    """Return what a predictor shows after the warm-up, traded by the rule of `ml_basic`."""
    sigma = window_sigma(bars.close, HORIZON)
    realised = forward_return(bars.close, HORIZON)
    rows = slice(WARMUP, len(bars) - HORIZON)
    expected, outcome = mu[rows] / sigma[rows], realised[rows] / sigma[rows]
    curve = Calibration(score=(0.0, 0.3), probability=(0.5, 0.5 + skill / 2.0), count=(0.0, 0.0))
    heard = np.where(np.arange(len(bars)) >= WARMUP, mu, np.nan)
    told = _frame(bars).assign(mu=heard, confidence=curve(mu, np.log(sigma)), state=0.0)
    entries = each_entry(bars, MlBasic(MlBasicConfig()).signals(told), apart=HORIZON)
    return GateEvidence(
        coefficient=information_coefficient(expected, outcome, block=block, draws=draws),
        profit_factor=entries_profit_factor(
            entries.row - WARMUP, entries.gain, rows=len(bars) - WARMUP, block=block, draws=draws
        ),
        entries=len(entries.gain),
        persistence=mean_difference((outcome - expected) ** 2, outcome**2, block=block, draws=draws),
        milliseconds=0.0,
        budget_ms=1.0,
        difference=0.0,
    )


def admissions(
    bars: Bars,
    skill: float,
    count: int,
    draws: int = 300,
    *,
    memories: tuple[int, ...] = MEMORIES,
    block: int = BLOCK,
) -> Iterator[dict[str, Any]]:
    """Yield for each predictor which checks it passed and what it was worth."""
    for seed in range(count):
        shown = evidence(bars, predictor(bars, skill, seed, memories), skill, draws, block)
        checks = {check.name: check.passed for check in judge_model(shown)}
        yield {
            **checks,
            "admitted": all(checks.values()),
            "coefficient": shown.coefficient.value,
            "profit_factor": shown.profit_factor.value,
            "entries": shown.entries,
        }


def main(count: int, block: int = BLOCK) -> None:
    """Print a line per skill, and for no skill one per memory of the noise."""
    from real_history import read_bars

    path = Path(os.environ["TRADEWIND_MARKET_DATA"]) / "spot" / "1h" / "BTCUSDT-1h.parquet"
    bars = resample(read_bars(path, "1h"), Timeframe("4h"))
    bars = bars.rows(len(bars) - TEST_ROWS - WARMUP, len(bars))
    asked = [(skill, MEMORIES) for skill in (0.0, 0.05, 0.1, 0.2)]
    for skill, memories in [*asked, *((0.0, (memory,)) for memory in (*MEMORIES, 480))]:
        rows = list(admissions(bars, skill, count, memories=memories, block=block))
        share = {name: np.mean([row[name] for row in rows]) for name in rows[0]}
        print(
            f"skill {skill:.2f}, memory {', '.join(map(str, memories))}: admitted {share['admitted']:.1%}; "
            f"coefficient above 0 {share['information_coefficient']:.1%}, "
            f"profit factor above 1 {share['profit_factor_after_costs']:.1%}, beats persistence "
            f"{share['beats_persistence']:.1%}; median profit factor "
            f"{np.median([row['profit_factor'] for row in rows]):.2f}, {share['entries']:.0f} entries",
            flush=True,
        )


if __name__ == "__main__":
    main(*(map(int, sys.argv[1:])) if len(sys.argv) > 1 else (200,))
