"""The pass over the curves of finished runs says the same compiled and as plain Python."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tradewind.kernel import door
from tradewind.kernel.compile import uncompiled
from tradewind.kernel.survey import survey

HOUR_MS = 3_600_000


def surveyed(run: Any, equity: Any, exposure: Any) -> list[Any]:
    runs, bars = equity.shape
    depth, ratio = np.empty(runs), np.empty((runs, bars))
    counts = np.empty((3, runs), dtype=np.int64)
    with np.errstate(all="ignore"):
        run(np.arange(bars) * HOUR_MS, equity, exposure, 100.0, HOUR_MS, 1e-12, depth, *counts, ratio)
    return [depth.tolist(), counts.tolist(), ratio.tolist()]


@pytest.mark.parametrize("seed", range(8))
def test_the_source_surveys_as_the_compiled_code_does(seed: int) -> None:
    rng = np.random.default_rng(seed)
    equity = np.round(100.0 + np.cumsum(rng.normal(0.0, 3.0, (3, 200)), axis=1), int(rng.integers(0, 3)))
    equity[0, 150:] = rng.choice([0.0, -5.0, 1e300])
    exposure = np.where(rng.random((3, 200)) < 0.5, 0.0, -2.0 * equity)
    assert surveyed(uncompiled(survey), equity, exposure) == surveyed(door.compiled_survey(), equity, exposure)


def test_a_fall_lasts_from_its_peak_to_the_close_that_is_back_at_it() -> None:
    equity = np.array([[110.0, 99.0, 105.0, 110.0, 120.0, 119.0, 119.0, 118.0]])
    depth, (lasted, longest, held), ratio = surveyed(door.compiled_survey(), equity, np.zeros((1, 8)))
    assert depth == [1.0 - 99.0 / 110.0]
    # the deepest fall takes three bars; the one that is still open at the end is as long
    assert (lasted, longest, held) == ([3 * HOUR_MS], [3 * HOUR_MS], [0])
    assert ratio == [[0.0] * 8]
