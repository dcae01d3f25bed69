"""What repeats itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from tradewind_pandas_ta.columns import Columns
from tradewind_pandas_ta.compute.vendor import pandas_ta


def ebsw(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean of three filtered values over their root mean square."""
    (source,) = bars.series(p.source)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (pandas_ta().ebsw(source, length=p.length, bars=p.bars),)


def reflex(bars: Columns, p: Any) -> tuple[Any, ...]:
    """Return the mean distance of the smoothed price from a line through its past in root mean squares."""
    from tradewind_pandas_ta.compute.recursion import flex

    return (flex(bars.source(p.source), p.length, p.smooth, True),)
