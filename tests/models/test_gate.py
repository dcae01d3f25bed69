"""The gate: what it asks, and how rarely noise gets through."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
import pytest

from models.planted import MEMORIES, TEST_ROWS, WARMUP, admissions
from tradewind.api import Bars, Estimate, GateEvidence, Timeframe, entries_profit_factor, judge_model

GOOD = GateEvidence(
    coefficient=Estimate(value=0.1, low=0.02, high=0.18),
    profit_factor=Estimate(value=1.4, low=1.1, high=1.8),
    entries=300,
    persistence=Estimate(value=0.01, low=-0.01, high=0.03),
    milliseconds=1.0,
    budget_ms=50.0,
    difference=1e-8,
)
NAN = float("nan")


def failed(evidence: GateEvidence) -> list[str]:
    return [check.name for check in judge_model(evidence) if not check.passed]


def test_a_model_that_has_shown_everything_passes() -> None:
    assert failed(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"coefficient": Estimate(value=0.1, low=0.0, high=0.2)}, "information_coefficient"),
        ({"coefficient": Estimate(value=NAN, low=NAN, high=NAN)}, "information_coefficient"),
        ({"profit_factor": Estimate(value=1.4, low=1.0, high=1.8)}, "profit_factor_after_costs"),
        ({"profit_factor": Estimate(value=NAN, low=NAN, high=NAN)}, "profit_factor_after_costs"),
        ({"persistence": Estimate(value=0.0, low=-1.0, high=1.0)}, "beats_persistence"),
        ({"milliseconds": 50.1}, "time_budget"),
        ({"milliseconds": NAN}, "time_budget"),
        ({"difference": 1.1e-6}, "batch_equals_single"),
        ({"difference": NAN}, "batch_equals_single"),
    ],
)
def test_each_check_withholds_the_pass_alone(changes: dict[str, Any], name: str) -> None:
    assert failed(attrs.evolve(GOOD, **changes)) == [name]


def market(rows: int) -> Bars:
    """Return 4h bars of a walk with bursts of volatility and a drift."""
    rng = np.random.default_rng(11)
    vol = 0.008 * np.exp(np.convolve(rng.normal(0.0, 0.3, rows + 59), np.ones(60) / np.sqrt(60), "valid"))
    close = 20_000.0 * np.exp(np.cumsum(rng.normal(0.0, 1.0, rows) * vol + 0.0001))
    first = np.concatenate([[20_000.0], close[:-1]])
    spread = np.abs(rng.normal(0.0, 0.5, rows)) * vol
    return Bars(
        timeframe=Timeframe("4h"),
        time=1_577_836_800_000 + 14_400_000 * np.arange(rows),
        open=first,
        high=np.maximum(first, close) * (1.0 + spread),
        low=np.minimum(first, close) * (1.0 - spread),
        close=close,
        volume=rng.lognormal(5.0, 0.5, rows),
    )


def test_of_200_predictors_without_skill_at_most_one_in_twenty_is_admitted() -> None:
    rows = list(admissions(market(3_000), 0.0, 200, draws=100, memories=(*MEMORIES, 480)))
    admitted = sum(row["admitted"] for row in rows)
    assert len(rows) == 200
    assert admitted <= 10, f"{admitted} of 200 were admitted"
    assert sum(row["entries"] for row in rows) > 200 * 200, "they hardly trade: the gate was not put to the test"


def test_of_predictors_with_a_skill_of_a_fifth_four_in_five_are_admitted() -> None:
    rows = list(admissions(market(WARMUP + TEST_ROWS), 0.2, 60, draws=100))
    admitted = sum(row["admitted"] for row in rows)
    assert admitted >= 48, f"{admitted} of 60 were admitted"
    assert np.median([row["profit_factor"] for row in rows]) > 1.2


def test_skill_is_told_from_noise() -> None:
    bars = market(6_000)
    noise = [row["coefficient"] for row in admissions(bars, 0.0, 8, draws=50)]
    skilled = list(admissions(bars, 0.2, 8, draws=200))
    assert min(row["coefficient"] for row in skilled) > max(noise)
    assert all(row["information_coefficient"] and row["beats_persistence"] for row in skilled)


def entries_factor(gains: list[float], apart: int, rows: int = 2_000) -> Estimate:
    row = np.arange(len(gains)) * apart
    return entries_profit_factor(row, np.array(gains), rows=rows, block=60, draws=500)


def test_gains_alone_prove_nothing_while_they_are_one_bet() -> None:
    together, spread = entries_factor([0.01] * 30, apart=2), entries_factor([0.01] * 30, apart=60)
    assert (together.low, together.value) == (0.0, np.inf)
    assert spread.low > 1.0


def test_the_ends_of_a_profit_factor_are_those_that_one_in_four_lies_beyond() -> None:
    rng = np.random.default_rng(3)
    gains = rng.normal(0.001, 0.02, 400)
    found = entries_factor(gains.tolist(), apart=5)
    # entries that share no block's outcome: the bootstrap over bars is that over entries
    drawn = gains[rng.integers(0, 400, size=(4_000, 400))]
    again = np.maximum(drawn, 0.0).sum(axis=1) / -np.minimum(drawn, 0.0).sum(axis=1)
    low, high = np.quantile(again, [0.25, 0.75])
    assert (found.low, found.high) == pytest.approx((low, high), rel=0.05)


def test_no_entries_are_no_profit_factor() -> None:
    found = entries_profit_factor(np.empty(0, dtype=np.intp), np.empty(0), rows=1_000, block=60)
    assert np.isnan(found.value)
    assert (found.low, found.high) == (0.0, np.inf)
