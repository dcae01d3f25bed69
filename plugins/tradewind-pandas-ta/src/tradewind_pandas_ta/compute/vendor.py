"""pandas-ta, imported when a formula of it is first used: its import takes a second."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np

from tradewind_pandas_ta.columns import Floats


@cache
def pandas_ta() -> Any:
    """Return the package."""
    with warnings.catch_warnings():
        # importing it calls what later versions of pandas will drop; nothing it computes does
        warnings.simplefilter("ignore")
        import pandas_ta
    return pandas_ta


def answers(table: Any, *places: int) -> tuple[Floats, ...]:
    """Return columns of its answer by place: their names hold the settings, their order does not."""
    return tuple(np.array(table.iloc[:, place], dtype=np.float64) for place in places)
