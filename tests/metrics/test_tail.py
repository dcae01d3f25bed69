"""Losses in the tail."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from tradewind.metrics.tail import conditional_value_at_risk, value_at_risk


@pytest.mark.parametrize("figure", [value_at_risk, conditional_value_at_risk])
def test_an_account_that_never_moves_loses_nothing_and_not_less_than_nothing(figure: Callable[..., float]) -> None:
    assert math.copysign(1.0, figure(np.zeros(30))) == 1.0


def test_the_loss_is_positive_and_the_mean_of_the_tail_is_no_smaller() -> None:
    returns = np.linspace(-0.10, 0.10, 21).astype(np.float64)
    assert value_at_risk(returns, 0.95) == pytest.approx(0.09)
    assert conditional_value_at_risk(returns, 0.95) == pytest.approx(0.095)
