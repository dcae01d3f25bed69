"""The probabilistic and the deflated Sharpe ratio against their authors' own numbers."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from metrics.curves import random_returns
from tradewind.metrics.significance import (
    deflated_sharpe_ratio,
    expected_best_sharpe,
    probabilistic_sharpe_ratio,
    sharpe_probability,
)

DAYS = 250
"""Trading days of a year in the papers."""


def test_the_example_of_the_deflated_sharpe_paper_is_reached() -> None:
    # Bailey and López de Prado (2014): annual Sharpe ratio 2.5 over 1,250 days, skewness −3, kurtosis 10,
    # found among 100 trials whose annual Sharpe ratios vary by 0.5: threshold 0.1132, deflated 0.9004.
    best = expected_best_sharpe(100, 0.5 / DAYS)
    assert best == pytest.approx(0.1132, abs=5e-5)

    deflated = sharpe_probability(2.5 / math.sqrt(DAYS), -3.0, 10.0, 1250, best)

    assert deflated == pytest.approx(0.9004, abs=5e-5)


def test_more_trials_of_the_paper_reject_the_discovery_or_keep_it() -> None:
    # The same paper: 46 trials leave 0.9505, above 95%; 88 normal ones would be as many.
    forty_six = sharpe_probability(2.5 / math.sqrt(DAYS), -3.0, 10.0, 1250, expected_best_sharpe(46, 0.5 / DAYS))
    eighty_eight = sharpe_probability(2.5 / math.sqrt(DAYS), 0.0, 3.0, 1250, expected_best_sharpe(88, 0.5 / DAYS))

    assert forty_six == pytest.approx(0.9505, abs=5e-5)
    assert eighty_eight == pytest.approx(0.9505, abs=5e-4)


def test_with_normal_returns_it_is_the_usual_test_of_a_mean() -> None:
    ratio, periods = 0.1, 101

    expected = NormalDist().cdf(ratio * math.sqrt(periods - 1) / math.sqrt(1.0 + 0.5 * ratio**2))
    assert sharpe_probability(ratio, 0.0, 3.0, periods) == pytest.approx(expected)


def test_from_returns_it_is_what_their_moments_give() -> None:
    returns = random_returns(1)
    centred = returns - returns.mean()
    skew = np.mean(centred**3) / np.mean(centred**2) ** 1.5
    tails = np.mean(centred**4) / np.mean(centred**2) ** 2
    ratio = returns.mean() / returns.std(ddof=1)

    assert probabilistic_sharpe_ratio(returns) == pytest.approx(sharpe_probability(ratio, skew, tails, len(returns)))


def test_one_trial_deflates_nothing_and_more_deflate_more() -> None:
    returns = random_returns(2)
    deflated = [deflated_sharpe_ratio(returns, trials, 1e-3) for trials in (1, 2, 10, 100, 10_000)]

    assert deflated[0] == probabilistic_sharpe_ratio(returns)
    assert deflated == sorted(deflated, key=lambda value: -(value or 0.0))
    assert len(set(deflated)) == 5


def test_equal_trials_deflate_nothing() -> None:
    assert expected_best_sharpe(50, 0.0) == 0.0


@pytest.mark.parametrize("returns", [[], [0.01], [0.01, 0.01, 0.01], [0.0, 0.0]])
def test_without_variance_it_is_not_defined(returns: list[float]) -> None:
    assert probabilistic_sharpe_ratio(np.array(returns)) is None
    assert deflated_sharpe_ratio(np.array(returns), 3, 1e-3) is None


def test_the_best_of_many_without_skill_is_about_what_was_expected() -> None:
    rng = np.random.default_rng(0)
    best = rng.normal(0.0, 0.06, size=(4_000, 50)).max(axis=1).mean()

    assert expected_best_sharpe(50, 0.06**2) == pytest.approx(best, rel=0.02)
