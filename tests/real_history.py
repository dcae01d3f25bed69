"""Where real price history lies, when it is there."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import pandas as pd
import pytest

from tradewind.model.bars import Bars


def real_history() -> Path:
    """Return the folder of real history, or skip the test with the reason."""
    folder = os.environ.get("TRADEWIND_MARKET_DATA", "")
    if not folder:
        pytest.skip("needs real price history: set TRADEWIND_MARKET_DATA to its folder")
    return Path(folder)


@lru_cache(maxsize=4)
def read_bars(path: Path, timeframe: str) -> Bars:
    """Read one Parquet file of bars."""
    frame = pd.read_parquet(path)
    return Bars.from_frame(frame.set_index("open_time"), timeframe)
